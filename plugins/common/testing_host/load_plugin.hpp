// A built plugin, for tests of what has no logic beside its plugin.cpp.
#pragma once

#include <aorta/abi.h>

#include <dlfcn.h>

#include <string>

namespace aorta::testing_host {

/// The entry of a plugin of this build such as "sink_discard", or null. Never unloaded.
inline const aorta_plugin_entry* load_plugin(const std::string& build_directory,
                                             const std::string& name) {
    const std::string path = build_directory + "/lib/aorta/plugins/" + name + ".so";
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    return library == nullptr
               ? nullptr
               : static_cast<const aorta_plugin_entry*>(::dlsym(library, "aorta_plugin"));
}

}  // namespace aorta::testing_host
