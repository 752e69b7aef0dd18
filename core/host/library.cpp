#define BOOST_DLL_USE_STD_FS
#include "host/library.hpp"

#include "host/note.hpp"

#include <boost/dll/shared_library.hpp>
#include <dlfcn.h>
#include <fmt/format.h>

#include <exception>
#include <mutex>
#include <string>
#include <string_view>

namespace aorta::host {
namespace {

constexpr char kSymbol[] = "aorta_plugin";

Error refused(const std::filesystem::path& path, std::string message) {
    return {ErrorCode::InvalidData, std::move(message), path.string()};
}

/// The loader's own words: the text of the error category around them misleads.
std::string_view dlerror_of(std::string_view what) {
    constexpr std::string_view kMark = "(dlerror system message: ";
    const std::size_t begin = what.find(kMark);
    if (begin == std::string_view::npos) {
        return what;
    }
    what.remove_prefix(begin + kMark.size());
    return what.substr(0, what.rfind(')'));
}

Result<const aorta_plugin_entry*> open(const std::filesystem::path& path) {
    namespace dll = boost::dll;
    // RTLD_NODELETE makes the closing below harmless and the symbol valid for ever.
    const auto mode = dll::load_mode::rtld_now | dll::load_mode::rtld_local |
                      static_cast<dll::load_mode::type>(RTLD_NODELETE);
    try {
        dll::shared_library library(path, mode);
        if (!library.has(kSymbol)) {
            return refused(path, fmt::format("does not export the symbol {}", kSymbol));
        }
        return &library.get<const aorta_plugin_entry>(kSymbol);
    } catch (const std::exception& error) {
        return refused(path, fmt::format("cannot be loaded: {}", dlerror_of(error.what())));
    } catch (...) {
        return refused(path, "cannot be loaded: a constructor in it threw");
    }
}

/// What the code says must be what the note said: the file may have been replaced in between, or
/// another file of that name was loaded before.
Result<void> compare(const aorta_plugin_entry& entry,
                     const Note& note,
                     const std::filesystem::path& path) {
    if (entry.size != note.entry_size || entry.abi_major != note.abi_major ||
        entry.abi_minor != note.abi_minor) {
        return refused(path,
                       fmt::format("contradicts itself: its note says ABI {}.{} and an entry of {} "
                                   "bytes, its code {}.{} and {}",
                                   note.abi_major,
                                   note.abi_minor,
                                   note.entry_size,
                                   entry.abi_major,
                                   entry.abi_minor,
                                   entry.size));
    }
    if (entry.descriptor.data == nullptr || entry.descriptor.size != note.descriptor.size() ||
        std::string_view(entry.descriptor.data, note.descriptor.size()) != note.descriptor) {
        return refused(path,
                       "contradicts itself: the descriptor in its note is not the one in its code "
                       "(if the file was replaced, restart aorta)");
    }
    if (entry.create == nullptr) {
        return refused(path, "has no create function");
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<const Library>> load(const std::filesystem::path& path) {
    // The dynamic loader belongs to the process, and so does this lock.
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const auto note = read_note(path);
    if (!note) {
        return note.error();
    }
    auto descriptor = config::parse_descriptor(note->descriptor);
    if (!descriptor) {
        return refused(path,
                       fmt::format("has a bad descriptor: {}: {}",
                                   descriptor.error().where,
                                   descriptor.error().message));
    }
    const auto entry = open(path);
    if (!entry) {
        return entry.error();
    }
    if (auto same = compare(**entry, *note, path); !same) {
        return same.error();
    }
    return std::make_shared<const Library>(path, std::move(*descriptor), *entry);
}

}  // namespace aorta::host
