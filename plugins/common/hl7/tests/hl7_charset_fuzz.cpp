// Any bytes in any character set: what comes out is UTF-8 unless bytes are kept, and what went to
// UTF-8 without complaint comes back as the same text. The first line of the input is MSH-18.
#include "common/hl7/recode.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using aorta::hl7::Invalid;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void convert(std::string_view text, const aorta::hl7::CharsetChoice& set) {
    std::string replaced;
    aorta::hl7::Transcoder replacing(Invalid::Replace);
    if (!replacing.to_utf8(text, set, replaced).ok()) {
        return;  // the machine lacks the set
    }
    require(aorta::hl7::is_valid_utf8(replaced));

    aorta::hl7::Transcoder strict(Invalid::Reject);
    std::string utf8;
    std::string back;
    std::string again;
    if (strict.to_utf8(text, set, utf8).ok() && strict.from_utf8(utf8, set, back).ok() &&
        strict.to_utf8(back, set, again).ok()) {
        require(again == utf8);
    }

    std::string kept;
    aorta::hl7::Transcoder keeping(Invalid::Keep);
    require(keeping.to_utf8(text, set, kept).ok());
    require(keeping.from_utf8(text, set, kept).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line_end = input.find('\n');
    if (line_end == std::string_view::npos) {
        aorta::hl7::read_charset(input, '~');
        return 0;
    }
    const auto set = aorta::hl7::read_charset(input.substr(0, line_end), '~');
    const std::string_view text = input.substr(line_end + 1);
    require(aorta::hl7::guess_charset(text).iconv_name != nullptr);
    if (set.kind != aorta::hl7::CharsetChoice::Kind::Known) {
        return 0;
    }
    convert(text, set);
    aorta::hl7::Recoder recoder(Invalid::Replace);
    std::string utf8;
    std::string back;
    if (recoder.to_utf8(text, set, utf8).ok()) {
        require(recoder.from_utf8(utf8, set, "X", back).ok());
    }
    return 0;
}
