#include "common/hl7/delimiters.hpp"

#include "common/hl7/reason.hpp"

namespace aorta::hl7 {

namespace {

constexpr std::size_t kMaxEncodingCharacters = 5;

constexpr bool is_punctuation(char c) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return c > ' ' && c <= '~' && !alphanumeric;
}

bool starts_with_header_name(std::string_view text) {
    return text.starts_with("MSH") || text.starts_with("FHS") || text.starts_with("BHS");
}

Error bad_delimiters(std::string_view text) {
    return make_error(ErrorCode::InvalidData, kBadDelimiters, text, "MSH-2");
}

}  // namespace

Result<Delimiters> parse_delimiters(std::string_view segment) {
    if (!starts_with_header_name(segment) || segment.size() < 4) {
        return make_error(ErrorCode::InvalidData,
                          kNoMsh,
                          "the message does not begin with MSH and a field separator",
                          "MSH-1");
    }
    Delimiters result;
    result.field = segment[3];
    if (!is_punctuation(result.field)) {
        return make_error(ErrorCode::InvalidData,
                          kBadDelimiters,
                          "the field separator must be an ASCII punctuation character",
                          "MSH-1");
    }
    std::string_view encoding = segment.substr(4, kMaxEncodingCharacters + 1);
    const char stops[] = {result.field, '\r', '\n'};
    encoding = encoding.substr(0, encoding.find_first_of(std::string_view{stops, sizeof stops}));
    if (encoding.empty() || encoding.size() > kMaxEncodingCharacters) {
        return bad_delimiters("one to five encoding characters are expected");
    }
    for (std::size_t i = 0; i < encoding.size(); ++i) {
        if (!is_punctuation(encoding[i])) {
            return bad_delimiters("encoding characters must be ASCII punctuation");
        }
        if (encoding.find(encoding[i], i + 1) != std::string_view::npos) {
            return bad_delimiters("two encoding characters are the same");
        }
    }
    const auto at = [&](std::size_t i) { return i < encoding.size() ? encoding[i] : '\0'; };
    result.component = at(0);
    result.repetition = at(1);
    result.escape = at(2);
    result.subcomponent = at(3);
    result.truncation = at(4);
    return result;
}

bool starts_message(std::string_view text) {
    return text.size() >= 4 && text.starts_with("MSH") && is_punctuation(text[3]);
}

std::size_t leading_noise(std::string_view payload) {
    if (payload.starts_with("MSH")) {
        return 0;
    }
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    const std::size_t bom = payload.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    const std::size_t first = payload.find_first_not_of("\r\n", bom);
    return first == std::string_view::npos ? payload.size() : first;
}

}  // namespace aorta::hl7
