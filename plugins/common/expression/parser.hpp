// Tokens to a program, by recursive descent. Internal to the library.
#pragma once

#include "common/expression/functions.hpp"
#include "common/expression/hl7_paths.hpp"
#include "common/expression/lexer.hpp"
#include "common/expression/program.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aorta::expression {

struct Operator {
    TokenKind token;
    Op op;
};

/// Parses one expression; paths are checked against their scope on the way. Use once.
class Parser {
public:
    /// Relative paths are those of `scope`.
    Parser(std::string_view text, const Scope& scope) : lexer_(text), scope_(scope) {}

    Result<Program> parse();

private:
    // Every rule gives the node it made. After a failure the value means nothing: ask failed().
    NodeId or_rule();
    NodeId and_rule();
    NodeId not_rule();
    NodeId comparison();
    NodeId sum();
    NodeId product();
    NodeId negation();
    NodeId primary();
    NodeId parenthesis();
    NodeId named();
    NodeId call(const Function& function, std::size_t offset);
    NodeId argument(Parameter parameter, const Function& function);
    NodeId list();
    NodeId match(NodeId value, std::size_t offset);
    NodeId path(Parameter parameter);

    NodeId chain(Op op, TokenKind symbol, std::string_view word, NodeId (Parser::*rule)());
    NodeId arithmetic(std::span<const Operator> operators, NodeId (Parser::*rule)());
    NodeId add(Node node, std::span<const NodeId> children);

    NodeId add(Op op, std::size_t offset, std::initializer_list<NodeId> children) {
        return add(Node{.op = op, .offset = static_cast<std::uint32_t>(offset)},
                   std::span<const NodeId>{children.begin(), children.size()});
    }

    bool enter(std::size_t offset);
    void advance();
    bool accept(TokenKind kind);
    bool accept_word(TokenKind symbol, std::string_view word);
    void expect(TokenKind kind, std::string_view what);
    NodeId fail(std::size_t offset, std::string message);
    std::string found() const;

    bool failed() const { return error_.has_value(); }

    Lexer lexer_;
    Token token_;
    Program program_;
    Scope scope_;
    std::size_t depth_ = 0;
    std::size_t fixed_paths_ = 0;
    std::optional<Error> error_;
};

}  // namespace aorta::expression
