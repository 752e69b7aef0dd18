// Text to tokens. Internal to the library.
#pragma once

#include "common/expression/fields.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aorta::expression {

enum class TokenKind : std::uint8_t {
    End,
    Number,
    Text,
    Name,  // functions, and, or, not, in, true, false
    Path,
    Or,
    And,
    Not,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Match,
    Plus,
    Minus,
    Star,
    Slash,
    Open,
    Close,
    ListOpen,
    ListClose,
    Comma,
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::size_t offset = 0;
    std::string_view spelling = {};  // in the expression
    double number = 0.0;
    std::string text = {};  // Text: without its quotes
    Path path = {};         // relative paths are given as InSegment or InFhir
};

/// Reads one token after the other from `text`, which it borrows.
class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Result<Token> next();

private:
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    bool peek_digit(std::size_t ahead = 0) const {
        return peek(ahead) >= '0' && peek(ahead) <= '9';
    }

    Result<Token> number();
    Result<Token> quoted();
    Result<Token> name();
    Result<Token> symbol();
    Result<Token> attribute();
    Result<Token> segment_path();
    Result<Token> relative_path();
    Result<Token> fhir_path(std::size_t start, Path::Kind kind);
    Result<void> field_tail(hl7::Path& place);
    Result<void> index(std::uint32_t& value);
    Result<std::uint32_t> count_from_one();
    Token finish(TokenKind kind, std::size_t start) const;

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace aorta::expression
