#include "common/expression/parser.hpp"

#include "common/expression/expression.hpp"

#include <algorithm>
#include <utility>

namespace aorta::expression {

namespace {

constexpr Operator kComparisons[] = {
    {TokenKind::Equal, Op::Equal},
    {TokenKind::NotEqual, Op::NotEqual},
    {TokenKind::Less, Op::Less},
    {TokenKind::LessEqual, Op::LessEqual},
    {TokenKind::Greater, Op::Greater},
    {TokenKind::GreaterEqual, Op::GreaterEqual},
};
constexpr Operator kSums[] = {{TokenKind::Plus, Op::Add}, {TokenKind::Minus, Op::Subtract}};
constexpr Operator kProducts[] = {{TokenKind::Star, Op::Multiply}, {TokenKind::Slash, Op::Divide}};

const Operator* find(std::span<const Operator> operators, TokenKind token) {
    const auto found = std::find_if(
        operators.begin(), operators.end(), [&](const Operator& o) { return o.token == token; });
    return found == operators.end() ? nullptr : &*found;
}

}  // namespace

Result<Program> Parser::parse() {
    advance();
    program_.root = or_rule();
    if (!failed() && token_.kind != TokenKind::End) {
        fail(token_.offset, "expected an operator or the end, found " + found());
    }
    if (failed()) {
        return *error_;
    }
    return std::move(program_);
}

NodeId Parser::or_rule() {
    return chain(Op::Or, TokenKind::Or, "or", &Parser::and_rule);
}

NodeId Parser::and_rule() {
    return chain(Op::And, TokenKind::And, "and", &Parser::not_rule);
}

// One node for `a or b or c`, so that long chains are not deep.
NodeId Parser::chain(Op op, TokenKind symbol, std::string_view word, NodeId (Parser::*rule)()) {
    const std::size_t offset = token_.offset;
    std::vector<NodeId> operands{(this->*rule)()};
    while (!failed() && accept_word(symbol, word)) {
        operands.push_back((this->*rule)());
    }
    if (failed() || operands.size() == 1) {
        return operands.front();
    }
    return add(Node{.op = op, .offset = static_cast<std::uint32_t>(offset)}, operands);
}

NodeId Parser::not_rule() {
    const std::size_t offset = token_.offset;
    if (!accept_word(TokenKind::Not, "not")) {
        return comparison();
    }
    if (!enter(offset)) {
        return 0;
    }
    const NodeId operand = not_rule();
    --depth_;
    return failed() ? operand : add(Op::Not, offset, {operand});
}

NodeId Parser::comparison() {
    const NodeId left = sum();
    if (failed()) {
        return left;
    }
    const std::size_t offset = token_.offset;
    NodeId made = left;
    if (const Operator* const comparison = find(kComparisons, token_.kind)) {
        advance();
        const NodeId right = sum();
        made = failed() ? right : add(comparison->op, offset, {left, right});
    } else if (accept(TokenKind::Match)) {
        made = match(left, offset);
    } else if (accept_word(TokenKind::End, "in")) {
        const NodeId right = list();
        made = failed() ? right : add(Op::In, offset, {left, right});
    } else if (token_.kind == TokenKind::Name && token_.spelling == "not") {
        return fail(offset, "write not (… in […])");
    }
    if (!failed() && made != left &&
        (find(kComparisons, token_.kind) != nullptr || token_.kind == TokenKind::Match)) {
        return fail(token_.offset, "comparisons do not chain: join two of them by 'and'");
    }
    return made;
}

NodeId Parser::sum() {
    return arithmetic(kSums, &Parser::product);
}

NodeId Parser::product() {
    return arithmetic(kProducts, &Parser::negation);
}

NodeId Parser::arithmetic(std::span<const Operator> operators, NodeId (Parser::*rule)()) {
    NodeId left = (this->*rule)();
    const Operator* found = nullptr;
    while (!failed() && (found = find(operators, token_.kind)) != nullptr) {
        const std::size_t offset = token_.offset;
        advance();
        const NodeId right = (this->*rule)();
        left = failed() ? right : add(found->op, offset, {left, right});
    }
    return left;
}

NodeId Parser::negation() {
    const std::size_t offset = token_.offset;
    if (!accept(TokenKind::Minus)) {
        return primary();
    }
    if (!enter(offset)) {
        return 0;
    }
    const NodeId operand = negation();
    --depth_;
    return failed() ? operand : add(Op::Negate, offset, {operand});
}

NodeId Parser::primary() {
    const auto offset = static_cast<std::uint32_t>(token_.offset);
    switch (token_.kind) {
        case TokenKind::Number: {
            const Node node{.op = Op::Number, .offset = offset, .number = token_.number};
            advance();
            return failed() ? NodeId{0} : add(node, {});
        }
        case TokenKind::Text: {
            program_.texts.push_back(std::move(token_.text));
            advance();
            return failed()
                       ? NodeId{0}
                       : add(Node{.op = Op::Text,
                                  .operand = static_cast<std::uint16_t>(program_.texts.size() - 1),
                                  .offset = offset},
                             {});
        }
        case TokenKind::Path:
            return path(Parameter::Place);
        case TokenKind::Open:
            return parenthesis();
        case TokenKind::Name:
            return named();
        case TokenKind::ListOpen:
            return fail(offset, "a list stands after 'in': PV1-2 in ['I', 'E']");
        default:
            return fail(offset, "expected a value, a path, a function or '(', found " + found());
    }
}

NodeId Parser::parenthesis() {
    if (!enter(token_.offset)) {
        return 0;
    }
    advance();
    const NodeId inner = failed() ? NodeId{0} : or_rule();
    expect(TokenKind::Close, "')'");
    --depth_;
    return inner;
}

NodeId Parser::named() {
    const std::size_t offset = token_.offset;
    const std::string_view name = token_.spelling;
    if (name == "true" || name == "false") {
        advance();
        return failed() ? NodeId{0}
                        : add(Node{.op = Op::Bool,
                                   .truth = name == "true",
                                   .offset = static_cast<std::uint32_t>(offset)},
                              {});
    }
    const Function* const function = find_function(name);
    if (function == nullptr) {
        const std::string hint = did_you_mean(name);
        return fail(
            offset,
            "'" + std::string{name} + "' is no function" +
                (hint.empty()
                     ? "; text stands in quotes, a path is SEG-field, Type.element or @attribute"
                     : hint));
    }
    advance();
    return failed() ? NodeId{0} : call(*function, offset);
}

NodeId Parser::call(const Function& function, std::size_t offset) {
    if (!enter(offset)) {
        return 0;
    }
    expect(TokenKind::Open, "'(', as in " + std::string{function.usage});
    const Scope outer = scope_;
    std::vector<NodeId> arguments;
    for (const Parameter parameter : function.parameters) {
        const bool is_optional = parameter == Parameter::OptionalCondition;
        if (failed() || parameter == Parameter::None ||
            (is_optional && token_.kind == TokenKind::Close)) {
            break;
        }
        if (!arguments.empty()) {
            expect(TokenKind::Comma, "',', as in " + std::string{function.usage});
        }
        if (!failed()) {
            arguments.push_back(argument(parameter, function));
        }
    }
    scope_ = outer;
    --depth_;
    expect(TokenKind::Close, "')', as in " + std::string{function.usage});
    return failed() ? NodeId{0}
                    : add(Node{.op = function.op, .offset = static_cast<std::uint32_t>(offset)},
                          arguments);
}

NodeId Parser::argument(Parameter parameter, const Function& function) {
    if (parameter == Parameter::Text || parameter == Parameter::Condition ||
        parameter == Parameter::OptionalCondition) {
        return or_rule();
    }
    if (token_.kind != TokenKind::Path) {
        return fail(token_.offset,
                    "expected a path, as in " + std::string{function.usage} + ", found " + found());
    }
    const NodeId made = path(parameter);
    if (!failed() && parameter == Parameter::Set) {
        scope_ = scope_of(program_.paths[program_.nodes[made].operand]);
    }
    return made;
}

NodeId Parser::path(Parameter parameter) {
    const std::size_t offset = token_.offset;
    const hl7::Path& place = token_.path.place;
    const bool names_set =
        token_.path.is_fhir() || (token_.path.kind != Path::Kind::Attribute &&
                                  (place.repetition == hl7::Path::kAll ||
                                   (place.field == 0 && token_.path.kind == Path::Kind::Message)));
    const bool is_set =
        parameter == Parameter::Set || (parameter == Parameter::PlaceOrSet && names_set);
    auto resolved = is_set ? resolve_set(std::move(token_.path), scope_)
                           : resolve_value(std::move(token_.path), scope_);
    if (!resolved) {
        return fail(offset, resolved.error().message);
    }
    Node node{.op = is_set ? Op::Set : Op::Path, .offset = static_cast<std::uint32_t>(offset)};
    const bool is_fixed =
        !is_set && (resolved->kind == Path::Kind::Message || resolved->kind == Path::Kind::Fhir ||
                    resolved->kind == Path::Kind::Attribute);
    if (is_fixed && scope_.kind != Scope::Kind::Message) {
        if (++fixed_paths_ > Limits::kMaxFixedPaths) {
            return fail(offset,
                        "more than " + std::to_string(Limits::kMaxFixedPaths) +
                            " paths from the top of the message stand inside quantifiers");
        }
        node.slot = static_cast<std::uint16_t>(fixed_paths_);
    }
    node.operand = static_cast<std::uint16_t>(program_.paths.size());
    program_.paths.push_back(std::move(*resolved));
    advance();
    return failed() ? NodeId{0} : add(node, {});
}

NodeId Parser::list() {
    const std::size_t offset = token_.offset;
    expect(TokenKind::ListOpen, "'[', as in PV1-2 in ['I', 'E']");
    std::vector<NodeId> items;
    while (!failed()) {
        if (token_.kind != TokenKind::Text && token_.kind != TokenKind::Number &&
            token_.kind != TokenKind::Minus) {
            return fail(token_.offset,
                        "a list holds texts or numbers, as in ['I', 'E'], found " + found());
        }
        items.push_back(negation());
        if (failed() || !accept(TokenKind::Comma)) {
            break;
        }
    }
    expect(TokenKind::ListClose, "',' or ']'");
    return failed()
               ? NodeId{0}
               : add(Node{.op = Op::List, .offset = static_cast<std::uint32_t>(offset)}, items);
}

NodeId Parser::match(NodeId value, std::size_t offset) {
    if (failed() || token_.kind != TokenKind::Text) {
        return fail(token_.offset, "a pattern in quotes follows =~, found " + found());
    }
    auto pattern = Pattern::compile(token_.text);
    if (!pattern) {
        return fail(token_.offset, pattern.error().message);
    }
    if (program_.patterns.size() == Limits::kMaxPatterns) {
        return fail(
            token_.offset,
            "an expression has at most " + std::to_string(Limits::kMaxPatterns) + " patterns");
    }
    program_.patterns.push_back(std::move(*pattern));
    advance();
    const NodeId children[] = {value};
    return failed() ? NodeId{0}
                    : add(Node{.op = Op::Match,
                               .operand = static_cast<std::uint16_t>(program_.patterns.size() - 1),
                               .offset = static_cast<std::uint32_t>(offset)},
                          children);
}

NodeId Parser::add(Node node, std::span<const NodeId> children) {
    if (program_.nodes.size() == Limits::kMaxNodes) {
        return fail(node.offset,
                    "an expression has at most " + std::to_string(Limits::kMaxNodes) + " parts");
    }
    std::size_t depth = 0;
    for (const NodeId child : children) {
        depth = std::max<std::size_t>(depth, program_.nodes[child].depth);
    }
    if (depth == 2 * Limits::kMaxDepth) {
        return fail(node.offset, "the expression is too deep: use parentheses or fewer operators");
    }
    node.depth = static_cast<std::uint8_t>(depth + 1);
    node.first = static_cast<std::uint16_t>(program_.children.size());
    node.count = static_cast<std::uint16_t>(children.size());
    program_.children.insert(program_.children.end(), children.begin(), children.end());
    program_.nodes.push_back(node);
    return static_cast<NodeId>(program_.nodes.size() - 1);
}

bool Parser::enter(std::size_t offset) {
    if (depth_ == Limits::kMaxDepth) {
        fail(offset, "nested deeper than " + std::to_string(Limits::kMaxDepth));
        return false;
    }
    ++depth_;
    return true;
}

void Parser::advance() {
    auto token = lexer_.next();
    if (!token) {
        error_ = token.error();
        return;
    }
    token_ = std::move(*token);
}

bool Parser::accept(TokenKind kind) {
    if (token_.kind != kind) {
        return false;
    }
    advance();
    return true;
}

bool Parser::accept_word(TokenKind symbol, std::string_view word) {
    if (token_.kind == TokenKind::Name ? token_.spelling != word
                                       : symbol == TokenKind::End || token_.kind != symbol) {
        return false;
    }
    advance();
    return true;
}

void Parser::expect(TokenKind kind, std::string_view what) {
    if (!failed() && !accept(kind)) {
        fail(token_.offset, "expected " + std::string{what} + ", found " + found());
    }
}

NodeId Parser::fail(std::size_t offset, std::string message) {
    if (!failed()) {
        error_ = error_at(offset, std::move(message));
    }
    return 0;
}

std::string Parser::found() const {
    if (token_.kind == TokenKind::End) {
        return "the end";
    }
    if (token_.kind == TokenKind::Text) {
        return "a text";
    }
    const std::string spelling{token_.spelling};
    return "'" + spelling + "'" + (token_.kind == TokenKind::Name ? did_you_mean(spelling) : "");
}

}  // namespace aorta::expression
