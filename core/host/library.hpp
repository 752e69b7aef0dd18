// A loaded plugin file.
#pragma once

#include "config/descriptor.hpp"

#include <aorta/abi.h>
#include <aorta/result.hpp>

#include <filesystem>
#include <memory>
#include <utility>

namespace aorta::host {

/// A plugin whose code is in this process. A value behind a shared pointer: instances hold it.
/// The code itself is never unloaded, since threads and destructors of it may outlive everything
/// that can be counted. Immutable, any thread.
class Library {
public:
    Library(std::filesystem::path path,
            config::Descriptor descriptor,
            const aorta_plugin_entry* entry)
        : path_(std::move(path)), descriptor_(std::move(descriptor)), entry_(entry) {}

    const std::filesystem::path& path() const { return path_; }

    const config::Descriptor& descriptor() const { return descriptor_; }

    /// Valid until the process ends.
    const aorta_plugin_entry& entry() const { return *entry_; }

private:
    std::filesystem::path path_;
    config::Descriptor descriptor_;
    const aorta_plugin_entry* entry_;
};

/// Reads the note again and refuses as read_note does; then loads the file with all its symbols
/// resolved, and refuses (InvalidData, `where` is the path) what cannot be loaded, naming the
/// missing symbol, and what the symbol `aorta_plugin` says otherwise than the note. Runs the
/// constructors of the file, which may hang: the caller sets the deadline. One load at a time, from
/// any thread.
Result<std::shared_ptr<const Library>> load(const std::filesystem::path& path);

}  // namespace aorta::host
