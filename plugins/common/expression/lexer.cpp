#include "common/expression/lexer.hpp"

#include "common/expression/program.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace aorta::expression {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

bool is_word(char c) {
    return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_segment_name(std::string_view word) {
    return word.size() == 3 && is_upper(word[0]) &&
           std::all_of(word.begin(), word.end(), [](char c) { return is_upper(c) || is_digit(c); });
}

bool is_name_start(char c) {
    return (is_word(c) && !is_digit(c)) || c == '`';
}

/// Patient, Bundle: a capital, and small letters among the rest.
bool is_type_name(std::string_view word) {
    return is_upper(word[0]) &&
           std::any_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

struct Symbol {
    std::string_view spelling;
    TokenKind kind;
};

// Longer spellings first.
constexpr Symbol kSymbols[] = {
    {"==", TokenKind::Equal},        {"!=", TokenKind::NotEqual}, {"<=", TokenKind::LessEqual},
    {">=", TokenKind::GreaterEqual}, {"=~", TokenKind::Match},    {"&&", TokenKind::And},
    {"||", TokenKind::Or},           {"<", TokenKind::Less},      {">", TokenKind::Greater},
    {"!", TokenKind::Not},           {"+", TokenKind::Plus},      {"-", TokenKind::Minus},
    {"*", TokenKind::Star},          {"/", TokenKind::Slash},     {"(", TokenKind::Open},
    {")", TokenKind::Close},         {"[", TokenKind::ListOpen},  {"]", TokenKind::ListClose},
    {",", TokenKind::Comma},
};

}  // namespace

Result<Token> Lexer::next() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
        ++at_;
    }
    const char c = peek();
    if (at_ == text_.size()) {
        return finish(TokenKind::End, at_);
    }
    if (is_digit(c)) {
        return number();
    }
    if (c == '\'' || c == '"') {
        return quoted();
    }
    if (c == '@') {
        return attribute();
    }
    if (c == '.') {
        return relative_path();
    }
    return is_word(c) ? name() : symbol();
}

Token Lexer::finish(TokenKind kind, std::size_t start) const {
    return {.kind = kind, .offset = start, .spelling = text_.substr(start, at_ - start)};
}

Result<Token> Lexer::number() {
    const std::size_t start = at_;
    while (peek_digit()) {
        ++at_;
    }
    if (peek() == '.' && peek_digit(1)) {
        ++at_;
        while (peek_digit()) {
            ++at_;
        }
    }
    if (is_word(peek())) {
        return error_at(start,
                        "a number is written in digits, such as 130 or 6.5; put text in quotes");
    }
    Token token = finish(TokenKind::Number, start);
    const char* const end = token.spelling.data() + token.spelling.size();
    const auto parsed = std::from_chars(token.spelling.data(), end, token.number);
    if (parsed.ec != std::errc{}) {
        return error_at(start, "the number is too large");
    }
    return token;
}

Result<Token> Lexer::quoted() {
    const std::size_t start = at_;
    const char quote = text_[at_++];
    std::string content;
    while (at_ < text_.size()) {
        const char c = text_[at_++];
        if (c != quote) {
            content += c;
        } else if (peek() == quote) {
            content += quote;
            ++at_;
        } else {
            Token token = finish(TokenKind::Text, start);
            token.text = std::move(content);
            return token;
        }
    }
    return error_at(start,
                    std::string{"this text has no closing "} + quote +
                        "; a quote inside the text is written twice");
}

Result<Token> Lexer::name() {
    const std::size_t start = at_;
    while (is_word(peek())) {
        ++at_;
    }
    const Token token = finish(TokenKind::Name, start);
    if (is_type_name(token.spelling) && peek() == '.') {
        at_ = start;
        return fhir_path(start, Path::Kind::Fhir);
    }
    if (!is_segment_name(token.spelling) || token.spelling == "AND" || token.spelling == "NOT") {
        return token;
    }
    at_ = start;
    return segment_path();
}

Result<Token> Lexer::attribute() {
    const std::size_t start = at_++;
    if (!is_word(peek()) || is_digit(peek())) {
        return error_at(start, "the name of an attribute follows the @, such as @peer");
    }
    while (is_word(peek()) || (peek() == '.' && is_word(peek(1)))) {
        ++at_;
    }
    Token token = finish(TokenKind::Path, start);
    token.path.kind = Path::Kind::Attribute;
    token.path.attribute = token.spelling.substr(1);
    return token;
}

Result<Token> Lexer::segment_path() {
    const std::size_t start = at_;
    hl7::Path place;
    std::copy_n(text_.data() + start, 3, place.segment);
    at_ += 3;
    if (auto ok = index(place.occurrence); !ok) {
        return ok.error();
    }
    if (peek() == '-' && peek_digit(1)) {
        if (auto ok = field_tail(place); !ok) {
            return ok.error();
        }
    }
    Token token = finish(TokenKind::Path, start);
    token.path.place = place;
    return token;
}

// A FHIR path begins at at_, the token at `start`.
Result<Token> Lexer::fhir_path(std::size_t start, Path::Kind kind) {
    auto front = fhir::Path::compile_front(text_.substr(at_));
    if (!front) {
        const std::string_view where = std::string_view{front.error().where}.substr(5);
        std::size_t offset = 0;
        std::from_chars(where.data(), where.data() + where.size(), offset);
        return error_at(at_ + offset, front.error().message);
    }
    at_ += front->size;
    Token token = finish(TokenKind::Path, start);
    token.path.kind = kind;
    token.path.fhir = std::make_shared<const fhir::Path>(std::move(front->path));
    return token;
}

Result<Token> Lexer::relative_path() {
    const std::size_t start = at_;
    if (is_name_start(peek(1))) {
        ++at_;
        return fhir_path(start, Path::Kind::InFhir);
    }
    hl7::Path place;
    if (!peek_digit(1)) {
        ++at_;
    } else if (auto ok = field_tail(place); !ok) {
        return ok.error();
    }
    Token token = finish(TokenKind::Path, start);
    token.path.kind = Path::Kind::InSegment;
    token.path.place = place;
    return token;
}

// "-3[2].1.4" or ".3[2].1.4"; the first character is known.
Result<void> Lexer::field_tail(hl7::Path& place) {
    const auto number_into = [this](std::uint32_t& number) -> Result<void> {
        ++at_;
        auto value = count_from_one();
        if (!value) {
            return value.error();
        }
        number = *value;
        return {};
    };
    if (auto ok = number_into(place.field); !ok) {
        return ok;
    }
    if (auto ok = index(place.repetition); !ok) {
        return ok;
    }
    for (std::uint32_t* number : {&place.component, &place.subcomponent}) {
        if (peek() != '.' || !peek_digit(1)) {
            return {};
        }
        if (auto ok = number_into(*number); !ok) {
            return ok;
        }
    }
    if (peek() == '.') {
        return error_at(
            at_, "a path ends with the subcomponent: SEG-field[repetition].component.subcomponent");
    }
    return {};
}

// "[2]", "[*]" or nothing.
Result<void> Lexer::index(std::uint32_t& value) {
    if (peek() != '[') {
        return {};
    }
    ++at_;
    if (peek() == '*') {
        value = hl7::Path::kAll;
        ++at_;
    } else {
        auto number = count_from_one();
        if (!number) {
            return number.error();
        }
        value = *number;
    }
    if (peek() != ']') {
        return error_at(at_, "an index is [1] or [*]");
    }
    ++at_;
    return {};
}

Result<std::uint32_t> Lexer::count_from_one() {
    const std::size_t start = at_;
    std::uint32_t value = 0;
    while (peek_digit()) {
        value = std::min<std::uint32_t>(value * 10 + static_cast<std::uint32_t>(peek() - '0'),
                                        hl7::Path::kMax + 1);
        ++at_;
    }
    if (at_ == start) {
        return error_at(start, "an index is [1] or [*]");
    }
    if (value == 0 || value > hl7::Path::kMax) {
        return error_at(start, "the numbers of a path count from 1 to 65535");
    }
    return value;
}

Result<Token> Lexer::symbol() {
    const std::size_t start = at_;
    const std::string_view rest = text_.substr(at_);
    for (const Symbol& symbol : kSymbols) {
        if (rest.starts_with(symbol.spelling)) {
            at_ += symbol.spelling.size();
            return finish(symbol.kind, start);
        }
    }
    switch (rest[0]) {
        case '=':
            return error_at(start, "write == to compare, =~ to match a pattern");
        case '&':
            return error_at(start, "write 'and' or &&");
        case '|':
            return error_at(start, "write 'or' or ||");
        default:
            return error_at(start, "this character has no meaning outside of quotes");
    }
}

}  // namespace aorta::expression
