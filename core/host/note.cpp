#include "host/note.hpp"

#include <aorta/abi.h>

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace aorta::host {
namespace {

constexpr std::uint64_t kMaxNotesBytes = 1U << 20U;
constexpr std::size_t kMaxSegments = 256;
// Up to and with `create`: what a plugin of this major must have.
constexpr std::size_t kMinEntrySize = offsetof(aorta_plugin_entry, create) + sizeof(void*);
constexpr char kNoteName[] = "Aorta";

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "name the ELF machine of this processor"
#endif

Error invalid(std::string message) {
    return {ErrorCode::InvalidData, std::move(message)};
}

Error damaged(std::string_view what) {
    return invalid(fmt::format("is a damaged ELF file: {}", what));
}

/// A file or memory: fills the span from an offset, or says false when it ends before.
struct Input {
    std::uint64_t size = 0;
    std::function<bool(std::uint64_t, std::span<std::byte>)> read_exactly;

    bool read(std::uint64_t offset, std::span<std::byte> into) const {
        return into.size() <= size && offset <= size - into.size() && read_exactly(offset, into);
    }

    template <class T>
    std::optional<T> read(std::uint64_t offset) const {
        static_assert(std::is_trivially_copyable_v<T>);
        T value;
        if (!read(offset, std::as_writable_bytes(std::span{&value, 1}))) {
            return std::nullopt;
        }
        return value;
    }
};

template <class T>
std::optional<T> take(std::span<const std::byte>& bytes) {
    if (bytes.size() < sizeof(T)) {
        return std::nullopt;
    }
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes = bytes.subspan(sizeof value);
    return value;
}

/// Takes `size` bytes and the padding behind them (which the last note may lack).
std::optional<std::span<const std::byte>> take_padded(std::span<const std::byte>& bytes,
                                                      std::uint32_t size,
                                                      std::uint64_t alignment) {
    if (size > bytes.size()) {
        return std::nullopt;
    }
    const auto taken = bytes.first(size);
    const std::uint64_t padded = (std::uint64_t{size} + alignment - 1) / alignment * alignment;
    bytes = bytes.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(padded, bytes.size())));
    return taken;
}

bool is_ours(const Elf64_Nhdr& head, std::span<const std::byte> name) {
    return head.n_type == AORTA_NOTE_TYPE && name.size() == sizeof kNoteName &&
           std::memcmp(name.data(), kNoteName, sizeof kNoteName) == 0;
}

Result<Note> parse_description(std::span<const std::byte> bytes) {
    const auto head = take<aorta_note>(bytes);
    if (!head) {
        return invalid("has an aorta note that is too short");
    }
    if (head->abi_major != AORTA_ABI_MAJOR) {
        return invalid(fmt::format(
            "was built for ABI {}; this aorta speaks {}: rebuild it against the SDK of this aorta",
            head->abi_major,
            AORTA_ABI_MAJOR));
    }
    if (head->entry_size < kMinEntrySize) {
        return invalid(
            fmt::format("has an entry of {} bytes where ABI {} needs {}: rebuild it against the "
                        "SDK of this aorta",
                        head->entry_size,
                        AORTA_ABI_MAJOR,
                        kMinEntrySize));
    }
    if (head->descriptor_size == 0 || head->descriptor_size > bytes.size()) {
        return invalid(fmt::format("has an aorta note whose descriptor of {} bytes does not fit",
                                   head->descriptor_size));
    }
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    return Note{head->abi_major,
                head->abi_minor,
                head->entry_size,
                std::string(text, head->descriptor_size)};
}

/// Walks the notes of one segment. Nothing when none of them is ours.
std::optional<Result<Note>> find_in_segment(std::span<const std::byte> bytes,
                                            std::uint64_t alignment) {
    while (!bytes.empty()) {
        const auto head = take<Elf64_Nhdr>(bytes);
        if (!head) {
            return damaged("a note is cut off");
        }
        const auto name = take_padded(bytes, head->n_namesz, alignment);
        const auto description =
            name ? take_padded(bytes, head->n_descsz, alignment) : std::nullopt;
        if (!description) {
            return damaged("a note is longer than its segment");
        }
        if (is_ours(*head, *name)) {
            return parse_description(*description);
        }
    }
    return std::nullopt;
}

Result<Elf64_Ehdr> read_header(const Input& input) {
    const auto ident = input.read<std::array<unsigned char, EI_NIDENT>>(0);
    if (!ident || std::memcmp(ident->data(), ELFMAG, SELFMAG) != 0) {
        return invalid("is not an ELF file");
    }
    const auto header = input.read<Elf64_Ehdr>(0);
    if ((*ident)[EI_CLASS] != ELFCLASS64 || (*ident)[EI_DATA] != ELFDATA2LSB || !header ||
        header->e_machine != kMachine) {
        return invalid("was built for another kind of processor");
    }
    if (header->e_type != ET_DYN) {
        return invalid("is not a shared object");
    }
    if (header->e_phnum > kMaxSegments) {
        return damaged("it has too many segments");
    }
    if (header->e_phnum != 0 && header->e_phentsize != sizeof(Elf64_Phdr)) {
        return damaged("its segment table has entries of a wrong size");
    }
    return *header;
}

Result<Note> read_note(const Input& input) {
    const auto header = read_header(input);
    if (!header) {
        return header.error();
    }
    std::vector<Elf64_Phdr> segments(header->e_phnum);
    if (!input.read(header->e_phoff, std::as_writable_bytes(std::span{segments}))) {
        return damaged("its segment table lies outside of the file");
    }
    std::uint64_t budget = kMaxNotesBytes;
    for (const Elf64_Phdr& segment : segments) {
        if (segment.p_type != PT_NOTE) {
            continue;
        }
        if (segment.p_filesz > budget) {
            return damaged("its notes are too large");
        }
        budget -= segment.p_filesz;
        std::vector<std::byte> bytes(static_cast<std::size_t>(segment.p_filesz));
        if (!input.read(segment.p_offset, bytes)) {
            return damaged("a note lies outside of the file");
        }
        // 8 is used by some notes of the system; all else means 4.
        if (auto found = find_in_segment(bytes, segment.p_align == 8 ? 8 : 4)) {
            return std::move(*found);
        }
    }
    return invalid("is not an aorta plugin (it has no Aorta note)");
}

/// An open file, closed at the end.
class File {
public:
    // Not blocking, so that a FIFO in a plugin folder cannot stop the start.
    explicit File(const std::filesystem::path& path)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}

    File(const File&) = delete;
    File& operator=(const File&) = delete;

    ~File() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    int fd() const { return fd_; }

private:
    int fd_;
};

bool pread_exactly(int fd, std::uint64_t offset, std::span<std::byte> into) {
    while (!into.empty()) {
        const ssize_t got = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        into = into.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return true;
}

Error cannot_open(int error_number) {
    const ErrorCode code = error_number == ENOENT || error_number == ENOTDIR ? ErrorCode::NotFound
                           : error_number == EACCES                          ? ErrorCode::Denied
                                                    : ErrorCode::Unavailable;
    return {code, fmt::format("cannot be read: {}", std::generic_category().message(error_number))};
}

Result<Note> read_file(const std::filesystem::path& path) {
    const File file(path);

    struct stat status {};

    if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0) {
        return cannot_open(errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return invalid("is not a regular file");
    }
    return read_note(Input{static_cast<std::uint64_t>(status.st_size),
                           [&file](std::uint64_t offset, std::span<std::byte> into) {
                               return pread_exactly(file.fd(), offset, into);
                           }});
}

}  // namespace

Result<Note> read_note(const std::filesystem::path& path) {
    auto note = read_file(path);
    if (!note) {
        return Error{note.error().code, note.error().message, path.string()};
    }
    return note;
}

Result<Note> read_note(std::span<const std::byte> image) {
    return read_note(Input{image.size(), [image](std::uint64_t offset, std::span<std::byte> into) {
                               std::copy_n(image.begin() + static_cast<std::ptrdiff_t>(offset),
                                           into.size(),
                                           into.begin());
                               return true;
                           }});
}

}  // namespace aorta::host
