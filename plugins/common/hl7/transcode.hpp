// Converting text between character sets, by the C library's iconv.
#pragma once

#include "common/hl7/charset.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace aorta::hl7 {

/// What becomes of bytes that are no character, and of characters that the target does not have.
enum class Invalid : std::uint8_t {
    Reject,
    Replace,  ///< by U+FFFD, or by ? where the target is not UTF-8
    Keep,     ///< as they are
};

/// One converter of iconv. One thread at a time.
class Iconv {
public:
    /// Unavailable if the machine does not have the conversion.
    static Result<Iconv> open(const char* to, const char* from);

    /// Appends the converted text. `from_utf8` says which side is UTF-8. `offset` is added to the
    /// place of an error. Returns how much was replaced or kept; hl7.bad_character when that is
    /// refused.
    Result<std::size_t> convert(std::string_view text,
                                Invalid policy,
                                bool from_utf8,
                                std::size_t offset,
                                std::string& out);

private:
    struct Close {
        void operator()(void* handle) const;
    };

    explicit Iconv(void* handle) : handle_(handle) {}

    std::unique_ptr<void, Close> handle_;
};

/// Converts texts, one after the other; opens what it needs when it is first needed and keeps it.
/// One thread at a time.
class Transcoder {
public:
    explicit Transcoder(Invalid policy) : policy_(policy) {}

    /// Appends the text in UTF-8. `from` must be Known. Text with ISO 2022 escape sequences is read
    /// section by section; a section ends at the next sequence or at a line end. In JIS X 0201
    /// Roman a backslash stays one, as it is the escape character. What precedes `start` is left
    /// out. Returns how much was replaced or kept. Fails with hl7.bad_character, at an offset into
    /// `text`, or hl7.charset_unavailable if the machine lacks the conversion.
    Result<std::size_t> to_utf8(std::string_view text,
                                const CharsetChoice& from,
                                std::string& out,
                                std::size_t start = 0);
    /// The inverse. With shifts the Japanese sets are used where the text needs them.
    Result<std::size_t> from_utf8(std::string_view text, const CharsetChoice& to, std::string& out);

private:
    Result<Iconv*> converter(std::string_view to, std::string_view from);
    Result<std::size_t> section_to_utf8(std::string_view section,
                                        std::size_t offset,
                                        const Charset& base,
                                        std::string& out);

    Invalid policy_;
    std::map<std::string, Iconv, std::less<>> converters_;
};

}  // namespace aorta::hl7
