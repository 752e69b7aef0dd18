// The ELF note of a plugin: its ABI and descriptor, read without running any of its code.
#pragma once

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace aorta::host {

struct Note {
    std::uint32_t abi_major = 0;
    std::uint32_t abi_minor = 0;
    std::uint32_t entry_size = 0;  // sizeof(aorta_plugin_entry) in the plugin
    std::string descriptor = {};   // JSON (docs/formats/descriptor.md), not checked further

    friend bool operator==(const Note&, const Note&) = default;
};

/// Reads the note "Aorta", type 1, from the PT_NOTE segments of an ELF64 shared object for this
/// machine (the linker makes one of section .note.aorta). The file is hostile: every offset is
/// checked, at most 1 MiB of notes is read. Refuses with NotFound or Denied when the file cannot be
/// opened, and with InvalidData and a sentence for the operator when it is no plugin, is damaged,
/// or was built for another ABI major. `where` is the path.
Result<Note> read_note(const std::filesystem::path& path);

/// The same for bytes in memory; `where` stays empty.
Result<Note> read_note(std::span<const std::byte> image);

}  // namespace aorta::host
