#include "spool/scan.hpp"

#include "base/crc32c.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace aorta::spool {
namespace {

constexpr std::uint64_t kWindow = 1U << 20U;
constexpr std::uint64_t kStep = 8;  // items begin at multiples of it
constexpr int kReads = 3;           // of what cannot be read
constexpr std::uint8_t kUnreadable = 0xFF;

/// How many bytes of zeros it begins with, by eights; its size is a multiple of 8.
std::size_t zeros_in(std::string_view bytes) {
    std::size_t at = 0;
    for (std::uint64_t word = 0; at < bytes.size(); at += kStep) {
        std::memcpy(&word, bytes.data() + at, kStep);
        if (word != 0) {
            break;
        }
    }
    return at;
}

bool has_magic(std::string_view bytes, std::size_t at) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    return word == kItemMagic;
}

}  // namespace

Error disk_error(std::string_view what, const std::filesystem::path& path, int error) {
    const bool is_full = error == ENOSPC || error == EDQUOT;
    const bool is_denied = error == EACCES || error == EPERM || error == EROFS;
    const char* const name = ::strerrorname_np(error);
    return {is_full     ? ErrorCode::ResourceExhausted
            : is_denied ? ErrorCode::Denied
                        : ErrorCode::Unavailable,
            fmt::format("cannot {} {}: {}", what, path.string(), name != nullptr ? name : "?")};
}

Result<std::string_view> Window::at(std::uint64_t offset, std::uint64_t count) {
    count = offset >= end_ ? 0 : std::min(count, end_ - offset);
    if (count == 0) {
        return std::string_view{};
    }
    if (offset < from_ || offset + count > from_ + filled_) {
        if (const Result<void> got = fill(offset, count); !got) {
            return got.error();
        }
    }
    return std::string_view{reinterpret_cast<const char*>(bytes_.data()) + (offset - from_), count};
}

Result<std::string_view> Window::some(std::uint64_t offset) {
    const Result<std::string_view> first = at(offset, kStep);
    if (!first || first->empty()) {
        return first;
    }
    return std::string_view{first->data(), filled_ - (offset - from_)};
}

Result<void> Window::fill(std::uint64_t offset, std::uint64_t count) {
    const std::uint64_t wanted =
        std::min((std::max(count, ahead_) + kStep - 1) / kStep * kStep, end_ - offset);
    ahead_ = std::min(2 * ahead_, kWindow);
    if (bytes_.size() < wanted) {
        bytes_.resize(wanted);
    }
    std::uint64_t done = 0;
    while (done < wanted) {
        const Io got =
            read_or_mark(file_, std::span{bytes_}.subspan(done, wanted - done), offset + done);
        if (got.error == EINTR) {
            continue;
        }
        if (got.error != 0) {
            filled_ = 0;
            return disk_error("read", "a segment", got.error);
        }
        if (got.count <= 0) {
            std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(done),
                      bytes_.begin() + static_cast<std::ptrdiff_t>(wanted),
                      std::uint8_t{0});
            break;
        }
        done += static_cast<std::uint64_t>(got.count);
    }
    from_ = offset;
    filled_ = wanted;
    return {};
}

Io read_or_mark(File& file, std::span<std::uint8_t> into, std::uint64_t offset) {
    const Io got = file.read_at(into, offset);
    if (got.error != EIO) {
        return got;
    }
    // Up to the end of the page, so that the others come by themselves.
    const std::span<std::uint8_t> page =
        into.first(std::min<std::uint64_t>(into.size(), kPage - offset % kPage));
    for (int again = 0; again < kReads; ++again) {
        if (const Io read = file.read_at(page, offset); read.error != EIO) {
            return read;
        }
    }
    std::array<std::uint8_t, kStep> other{};
    const Io answer = file.read_at(other, offset < kPage ? kPage : 0);
    if (answer.error != 0) {
        return answer;
    }
    std::ranges::fill(page, kUnreadable);
    return {static_cast<std::int64_t>(page.size()), 0};
}

std::uint64_t end_of(const ItemHeader& header) {
    return header.position + item_bytes(header.length);
}

Scanner::Scanner(File& file, const SegmentHeader& segment, std::optional<std::uint64_t> from)
    : start_(segment.start()),
      size_(segment.size),
      seed_(header_seed(segment.salt)),
      offset_(from ? *from - start_ : kItemsBegin),
      window_(file, size_) {}

Result<std::optional<ItemHeader>> Scanner::header_at(std::uint64_t offset) {
    const Result<std::string_view> bytes = window_.at(offset, kItemHeaderBytes);
    if (!bytes) {
        return bytes.error();
    }
    auto header = decode_item_header(*bytes, start_ + offset, seed_);
    if (header && item_bytes(header->length) > size_ - offset) {
        header.reset();
    }
    return header;
}

Result<Step> Scanner::next() {
    auto header = header_at(offset_);
    if (!header) {
        return header.error();
    }
    return *header ? item(**header) : resync();
}

Result<Step> Scanner::item(const ItemHeader& header) {
    Item item{header, {}, true};
    if (wants_bodies_) {
        const Result<std::string_view> body = window_.at(offset_ + kItemHeaderBytes, header.length);
        if (!body) {
            return body.error();
        }
        item.body = *body;
        item.is_good = base::crc32c(*body) == header.body_crc;
    }
    offset_ += item_bytes(header.length);
    return Step{item};
}

// Goes on at the next good header. Zeros are no proof of the end: a page of them may stand where
// items were lost.
Result<Step> Scanner::resync() {
    const std::uint64_t begin = offset_;
    std::uint64_t used = begin;  // behind the last byte that is not zero
    for (std::uint64_t at = begin; at < size_;) {
        const Result<std::string_view> bytes = window_.some(at);
        if (!bytes) {
            return bytes.error();
        }
        const std::size_t zeros = zeros_in(*bytes);
        at += zeros;
        if (zeros == bytes->size()) {
            continue;
        }
        if (at > begin && has_magic(*bytes, zeros)) {
            const auto header = header_at(at);
            if (!header) {
                return header.error();
            }
            if (*header) {
                offset_ = at;
                return Step{BadRegion{start_ + begin, start_ + at}};
            }
        }
        at += kStep;
        used = at;
    }
    return Step{EndOfItems{start_ + begin, start_ + used}};
}

Result<std::optional<SegmentHeader>> read_segment_header(File& file, std::uint64_t number) {
    std::optional<SegmentHeader> good;
    for (const std::uint64_t offset : {std::size_t{0}, kSecondHeader}) {
        Window window{file, kItemsBegin};
        const Result<std::string_view> bytes = window.at(offset, kSegmentHeaderBytes);
        if (!bytes) {
            return bytes.error();
        }
        auto header = decode_segment_header(*bytes);
        if (!header) {
            return header.error();
        }
        if (*header && ((*header)->number != number || !good)) {
            good = **header;
        }
    }
    return good;
}

}  // namespace aorta::spool
