#include "flow.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace aorta::testing {
namespace {

constexpr int kMaxDepth = 32;

/// A recursive descent; the first problem stops it.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Node> whole() {
        Node node = value(0);
        skip_space();
        if (problem_.empty() && at_ != text_.size()) {
            fail("something follows the value");
        }
        if (!problem_.empty()) {
            return Error{ErrorCode::InvalidData, problem_, "byte " + std::to_string(at_)};
        }
        return node;
    }

private:
    void fail(const char* problem) {
        if (problem_.empty()) {
            problem_ = problem;
        }
    }

    bool failed() const { return !problem_.empty(); }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) {
            ++at_;
        }
    }

    bool accept(char wanted) {
        skip_space();
        if (at_ < text_.size() && text_[at_] == wanted) {
            ++at_;
            return true;
        }
        return false;
    }

    Node value(int depth) {
        skip_space();
        if (depth > kMaxDepth) {
            fail("too deep");
            return {};
        }
        if (accept('{')) {
            return map(depth);
        }
        if (accept('[')) {
            return list(depth);
        }
        return scalar(depth == 0);
    }

    Node list(int depth) {
        Node node{.type = Node::Type::List};
        while (!failed() && !accept(']')) {
            node.items.push_back(value(depth + 1));
            end_of_item(']');
        }
        return node;
    }

    Node map(int depth) {
        Node node{.type = Node::Type::Map};
        while (!failed() && !accept('}')) {
            skip_space();
            node.keys.push_back(scalar(false).text);
            if (!accept(':')) {
                fail("a ':' is missing");
            }
            node.items.push_back(value(depth + 1));
            end_of_item('}');
        }
        return node;
    }

    void end_of_item(char closing) {
        skip_space();
        if (!accept(',') && peek() != closing) {
            fail("a ',' or the closing bracket is missing");
        }
    }

    Node scalar(bool is_whole) {
        Node node;
        if (accept('"')) {
            node.quoted = true;
            double_quoted(node.text);
        } else if (accept('\'')) {
            node.quoted = true;
            single_quoted(node.text);
        } else {
            plain(node.text, is_whole);
        }
        return node;
    }

    void plain(std::string& into, bool is_whole) {
        const std::size_t begin = at_;
        while (at_ < text_.size() && (is_whole || !ends_plain())) {
            ++at_;
        }
        into = text_.substr(begin, at_ - begin);
        into.erase(into.find_last_not_of(" \t\r\n") + 1);
    }

    bool ends_plain() const {
        const char c = text_[at_];
        const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : ' ';
        return c == ',' || c == ']' || c == '}' || c == '[' || c == '{' ||
               (c == ':' && (next == ' ' || next == '\n'));
    }

    void single_quoted(std::string& into) {
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '\'' && peek() != '\'') {
                return;
            }
            at_ += c == '\'' ? 1U : 0U;
            into += c;
        }
        fail("a quote is not closed");
    }

    void double_quoted(std::string& into) {
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') {
                return;
            }
            if (c == '\\') {
                escape(into);
            } else {
                into += c;
            }
        }
        fail("a quote is not closed");
    }

    void escape(std::string& into) {
        constexpr std::string_view kNames = "nrtbf0\"\\/";
        constexpr std::string_view kBytes{"\n\r\t\b\f\0\"\\/", 9};
        const char c = peek();
        ++at_;
        if (c == 'x' || c == 'u') {
            code_point(into, c == 'x' ? 2 : 4);
        } else if (const auto index = kNames.find(c); index != kNames.npos) {
            into += kBytes[index];
        } else {
            fail("unknown escape");
        }
    }

    void code_point(std::string& into, std::size_t digits) {
        std::uint32_t code = 0;
        for (const char c : text_.substr(std::min(at_, text_.size()), digits)) {
            const auto digit = std::string_view("0123456789abcdef").find(c | 0x20);
            if (digit == std::string_view::npos) {
                fail("not a hexadecimal digit");
                return;
            }
            code = code * 16 + static_cast<std::uint32_t>(digit);
        }
        at_ += digits;
        if (code < 0x80) {
            into += static_cast<char>(code);
        } else if (code < 0x800) {
            into += static_cast<char>(0xc0U | (code >> 6U));
            into += static_cast<char>(0x80U | (code & 0x3fU));
        } else {
            into += static_cast<char>(0xe0U | (code >> 12U));
            into += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
            into += static_cast<char>(0x80U | (code & 0x3fU));
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string problem_;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
    const auto found = std::find(keys.begin(), keys.end(), key);
    return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
}

std::string_view Node::get(std::string_view key) const {
    const Node* node = find(key);
    return node == nullptr ? std::string_view{} : node->text;
}

Result<Node> parse_flow(std::string_view text) {
    return Parser(text).whole();
}

}  // namespace aorta::testing
