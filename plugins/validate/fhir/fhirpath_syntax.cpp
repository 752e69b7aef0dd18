#include "validate/fhir/fhirpath_syntax.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace aorta::plugins::validate_fhir {

namespace {

using Kind = FhirPathNode::Kind;

struct KnownFunction {
    std::string_view name;
    Function function;
};

constexpr KnownFunction kFunctions[] = {
    {"exists", Function::Exists},
    {"empty", Function::Empty},
    {"not", Function::Not},
    {"all", Function::All},
    {"allTrue", Function::AllTrue},
    {"allFalse", Function::AllFalse},
    {"anyTrue", Function::AnyTrue},
    {"anyFalse", Function::AnyFalse},
    {"where", Function::Where},
    {"select", Function::Select},
    {"count", Function::Count},
    {"first", Function::First},
    {"last", Function::Last},
    {"tail", Function::Tail},
    {"single", Function::Single},
    {"isDistinct", Function::IsDistinct},
    {"distinct", Function::Distinct},
    {"startsWith", Function::StartsWith},
    {"endsWith", Function::EndsWith},
    {"contains", Function::Contains},
    {"matches", Function::Matches},
    {"replaceMatches", Function::ReplaceMatches},
    {"hasValue", Function::HasValue},
    {"is", Function::Is},
    {"as", Function::As},
    {"ofType", Function::OfType},
    {"toInteger", Function::ToInteger},
    {"toDecimal", Function::ToInteger},
    {"toString", Function::ToText},
    {"length", Function::Length},
    {"substring", Function::Substring},
    {"iif", Function::Iif},
    {"trace", Function::Trace},
    {"combine", Function::Combine},
    {"union", Function::Union},
    {"intersect", Function::Intersect},
    {"subsetOf", Function::SubsetOf},
    {"descendants", Function::Descendants},
    {"children", Function::Children},
    {"extension", Function::Extension},
    {"upper", Function::Upper},
    {"lower", Function::Lower},
    {"resolve", Function::Unknown},
    {"memberOf", Function::Unknown},
    {"conformsTo", Function::Unknown},
    {"htmlChecks", Function::Unknown},
    {"now", Function::Unknown},
    {"today", Function::Unknown},
};

struct KnownOperator {
    std::string_view text;
    Operator op;
    int level;  // the higher, the tighter it binds
};

// Longer ones first.
constexpr KnownOperator kOperators[] = {
    {"implies", Operator::Implies, 0},
    {"contains", Operator::Contains, 3},
    {"and", Operator::And, 2},
    {"xor", Operator::Xor, 1},
    {"div", Operator::Divide, 9},
    {"or", Operator::Or, 1},
    {"in", Operator::In, 3},
    {"!=", Operator::NotEqual, 4},
    {"!~", Operator::NotEquivalent, 4},
    {"<=", Operator::LessEqual, 5},
    {">=", Operator::GreaterEqual, 5},
    {"=", Operator::Equal, 4},
    {"~", Operator::Equivalent, 4},
    {"<", Operator::Less, 5},
    {">", Operator::Greater, 5},
    {"|", Operator::Union, 6},
    {"+", Operator::Add, 8},
    {"-", Operator::Subtract, 8},
    {"&", Operator::Concatenate, 8},
    {"*", Operator::Multiply, 9},
    {"/", Operator::Divide, 9},
};
constexpr int kTypeLevel = 7;  // is, as
constexpr int kMaxDepth = 64;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Never leaves this file.
struct SyntaxError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Parser {
public:
    Parser(std::string_view text, std::vector<FhirPathNode>& nodes) : rest_(text), nodes_(nodes) {}

    int whole() {
        const int root = binary(0);
        skip_space();
        if (!rest_.empty()) {
            throw SyntaxError("unexpected text behind the expression");
        }
        return root;
    }

private:
    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }

    bool accept(std::string_view token) {
        skip_space();
        const bool is_word = is_letter(token[0]);
        if (!rest_.starts_with(token) ||
            (is_word && rest_.size() > token.size() &&
             (is_letter(rest_[token.size()]) || is_digit(rest_[token.size()])))) {
            return false;
        }
        rest_.remove_prefix(token.size());
        return true;
    }

    void expect(std::string_view token) {
        if (!accept(token)) {
            throw SyntaxError("'" + std::string{token} + "' is expected");
        }
    }

    int add(FhirPathNode node) {
        nodes_.push_back(std::move(node));
        return static_cast<int>(nodes_.size()) - 1;
    }

    int binary(int level) {
        if (++depth_ > kMaxDepth) {
            throw SyntaxError("too deeply nested");
        }
        int left = unary();
        while (true) {
            if (level <= kTypeLevel && accept("is")) {
                left = type_operator(Kind::TypeTest, left);
                continue;
            }
            if (level <= kTypeLevel && accept("as")) {
                left = type_operator(Kind::TypeCast, left);
                continue;
            }
            const auto* const known = std::find_if(
                std::begin(kOperators), std::end(kOperators), [&](const KnownOperator& each) {
                    const std::string_view before = rest_;
                    const bool is_this = accept(each.text);
                    if (!is_this || each.level < level) {
                        rest_ = before;
                        return false;
                    }
                    return true;
                });
            if (known == std::end(kOperators)) {
                --depth_;
                return left;
            }
            const int right = binary(known->level + 1);
            left = add({.kind = Kind::Binary, .op = known->op, .arguments = {left, right}});
        }
    }

    int type_operator(Kind kind, int left) {
        return add({.kind = kind, .text = type_name(), .input = left});
    }

    std::string type_name() {
        std::string name = identifier();
        while (accept(".")) {  // FHIR.Patient, System.String
            name = identifier();
        }
        return name;
    }

    int unary() {
        if (accept("-")) {
            const int zero = add({.kind = Kind::Number});
            const int value = unary();
            return add(
                {.kind = Kind::Binary, .op = Operator::Subtract, .arguments = {zero, value}});
        }
        if (accept("+")) {
            return unary();
        }
        int at = term();
        while (true) {
            if (accept(".")) {
                at = invocation(at);
            } else if (accept("[")) {
                const int index = binary(0);
                expect("]");
                at = add({.kind = Kind::Index, .input = at, .arguments = {index}});
            } else {
                return at;
            }
        }
    }

    int term() {
        skip_space();
        if (accept("(")) {
            const int inner = binary(0);
            expect(")");
            return inner;
        }
        if (accept("{")) {
            expect("}");
            return add({.kind = Kind::Empty});
        }
        if (rest_.starts_with('\'')) {
            return add({.kind = Kind::Text, .text = quoted('\'')});
        }
        if (accept("%")) {
            const bool is_quoted = rest_.starts_with('`') || rest_.starts_with('\'');
            return add(
                {.kind = Kind::Variable, .text = is_quoted ? quoted(rest_[0]) : identifier()});
        }
        if (!rest_.empty() && is_digit(rest_[0])) {
            return number();
        }
        if (accept("true")) {
            return add({.kind = Kind::Boolean, .number = 1});
        }
        if (accept("false")) {
            return add({.kind = Kind::Boolean});
        }
        return invocation(-1);
    }

    int number() {
        FhirPathNode node{.kind = Kind::Number};
        const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), node.number);
        if (read.ec != std::errc{}) {
            throw SyntaxError("a number is expected");
        }
        rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
        return add(std::move(node));
    }

    int invocation(int input) {
        if (accept("$this")) {
            return add({.kind = Kind::This, .input = input});
        }
        std::string name = identifier();
        if (!accept("(")) {
            return add({.kind = Kind::Member, .text = std::move(name), .input = input});
        }
        const auto* const known = std::find_if(
            std::begin(kFunctions), std::end(kFunctions), [&](const KnownFunction& each) {
                return each.name == name;
            });
        if (known == std::end(kFunctions)) {
            throw SyntaxError("the function is not known");
        }
        FhirPathNode node{.kind = Kind::Call, .function = known->function, .input = input};
        if (node.function == Function::Is || node.function == Function::As ||
            node.function == Function::OfType) {
            node.text = type_name();
            expect(")");
            return add(std::move(node));
        }
        if (!accept(")")) {
            do {
                node.arguments.push_back(binary(0));
            } while (accept(","));
            expect(")");
        }
        check_arguments(node);
        return add(std::move(node));
    }

    void check_arguments(FhirPathNode& node) {
        std::size_t least = 0;
        switch (node.function) {
            case Function::All:
            case Function::Where:
            case Function::Select:
            case Function::StartsWith:
            case Function::EndsWith:
            case Function::Contains:
            case Function::Matches:
            case Function::Substring:
            case Function::Combine:
            case Function::Union:
            case Function::Intersect:
            case Function::SubsetOf:
            case Function::Extension:
                least = 1;
                break;
            case Function::Iif:
            case Function::ReplaceMatches:
                least = 2;
                break;
            default:
                break;
        }
        if (node.arguments.size() < least) {
            throw SyntaxError("a function has too few arguments");
        }
        if (node.function == Function::Matches || node.function == Function::ReplaceMatches) {
            const FhirPathNode& argument = nodes_[static_cast<std::size_t>(node.arguments[0])];
            auto pattern = expression::Pattern::compile(argument.text);
            if (argument.kind != Kind::Text || !pattern.ok()) {
                throw SyntaxError("a pattern is expected, in RE2 syntax");
            }
            node.pattern = std::move(*pattern);
        }
    }

    std::string identifier() {
        skip_space();
        if (rest_.starts_with('`')) {
            return quoted('`');
        }
        std::size_t size = 0;
        while (size < rest_.size() &&
               (is_letter(rest_[size]) || (size > 0 && is_digit(rest_[size])))) {
            ++size;
        }
        if (size == 0) {
            throw SyntaxError("a name is expected");
        }
        std::string name{rest_.substr(0, size)};
        rest_.remove_prefix(size);
        return name;
    }

    std::string quoted(char quote) {
        std::string text;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == quote) {
                rest_.remove_prefix(i + 1);
                return text;
            }
            if (rest_[i] == '\\' && i + 1 < rest_.size()) {
                const char c = rest_[++i];
                text += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == 'f' ? '\f' : c;
                continue;
            }
            text += rest_[i];
        }
        throw SyntaxError("a string is not closed");
    }

    std::string_view rest_;
    std::vector<FhirPathNode>& nodes_;
    int depth_ = 0;
};

}  // namespace

Result<int> parse_fhirpath(std::string_view text, std::vector<FhirPathNode>& nodes) {
    try {
        return Parser{text, nodes}.whole();
    } catch (const SyntaxError& error) {
        return Error{ErrorCode::InvalidConfig, std::string{"not FHIRPath: "} + error.what(), {}};
    }
}

}  // namespace aorta::plugins::validate_fhir
