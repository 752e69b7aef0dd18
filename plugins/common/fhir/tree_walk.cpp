#include "common/fhir/tree_walk.hpp"

#include "common/fhir/json_text.hpp"
#include "common/fhir/json_token.hpp"
#include "common/fhir/reason.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <string>

namespace aorta::fhir {

namespace {

/// Objects with more names have them compared once, sorted: comparing each with those before it
/// would take quadratic time.
constexpr std::uint32_t kFewNames = 32;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

Kind literal_kind(std::string_view token) {
    return token == "true" ? Kind::True : token == "false" ? Kind::False : Kind::Null;
}

/// One of 64 bits: tells apart most names that an object of FHIR has.
std::uint64_t bit_of(std::string_view name) {
    const auto first = static_cast<unsigned char>(name.front());
    const auto last = static_cast<unsigned char>(name.back());
    return std::uint64_t{1} << ((name.size() * 5 + first * 3U + last * 11U) & 63U);
}

}  // namespace

Result<std::uint32_t> TreeWalk::run(std::string_view text,
                                    std::span<const std::uint32_t> tokens,
                                    std::span<Node> nodes) {
    text_ = text;
    token_ = tokens.data();
    tokens_end_ = tokens.data() + tokens.size();
    nodes_ = nodes;
    count_ = 0;
    next_backslash_ = text.find('\\');
    member_ = {};
    frame_ = frames_.data();
    while (read_value() && read_ends()) {
        if (frame_ == frames_.data()) {
            if (token_ == tokens_end_) {
                return count_;
            }
            fail(kNotJson, "something behind the value", *token_);
            break;
        }
    }
    return std::move(error_);
}

bool TreeWalk::read_value() {
    for (;;) {
        if (token_ == tokens_end_) {
            return fail(kNotJson, "the text ends early", text_.size());
        }
        if (count_ == nodes_.size()) {
            return fail(kTooManyElements, "more elements than allowed", *token_);
        }
        Node& node = nodes_[count_++];
        node = member_;
        node.begin = *token_++;
        const char first = text_[node.begin];
        if (first != '{' && first != '[') {
            node.next = count_;
            return read_scalar(node);
        }
        node.kind = first == '{' ? Kind::Object : Kind::Array;
        if (!open(node.kind)) {
            return false;
        }
        if (peek() == (first == '{' ? '}' : ']')) {
            return close();
        }
        if (first == '{' && !read_name()) {
            return false;
        }
    }
}

bool TreeWalk::read_scalar(Node& node) {
    const std::uint32_t end = token_end();
    const std::string_view token = text_.substr(node.begin, end - node.begin);
    switch (token.front()) {
        case '"': {
            ++node.begin;
            node.kind = Kind::String;
            bool has_escapes = false;
            if (!read_string(node.begin, end, has_escapes)) {
                return false;
            }
            node.flags |= has_escapes ? kTextHasEscapes : 0;
            node.length = end - 1 - node.begin;
            return true;
        }
        case 't':
        case 'f':
        case 'n':
            node.kind = literal_kind(token);
            node.length = end - node.begin;
            return (node.kind != Kind::Null || token == "null") ||
                   fail(kNotJson, "no value of JSON", node.begin);
        default:
            node.kind = Kind::Number;
            node.length = end - node.begin;
            return is_json_number(token) || fail(kNotJson, "no value of JSON", node.begin);
    }
}

/// Takes what ends values: commas, with the name that follows, and closing brackets.
bool TreeWalk::read_ends() {
    member_ = {};
    while (frame_ != frames_.data()) {
        const bool is_object = frame_->kind == Kind::Object;
        const char next = peek();
        if (next == ',') {
            ++token_;
            return !is_object || read_name();
        }
        if (next != (is_object ? '}' : ']')) {
            return fail(kNotJson, "neither a comma nor the end of what is open", place());
        }
        if (!close()) {
            return false;
        }
    }
    return true;
}

bool TreeWalk::open(Kind kind) {
    member_ = {};
    if (++frame_ == frames_.data() + frames_.size()) {
        return fail(kTooDeep, "deeper than allowed", nodes_[count_ - 1].begin);
    }
    *frame_ = {.node = count_ - 1, .kind = kind};
    return true;
}

bool TreeWalk::close() {
    Node& node = nodes_[frame_->node];
    node.length = *token_++ + 1 - node.begin;
    node.next = count_;
    const Frame& closed = *frame_--;
    return !closed.is_checked_at_end || are_names_unique(closed);
}

bool TreeWalk::read_name() {
    if (peek() != '"') {
        return fail(kNotJson, "no name of a member", place());
    }
    const std::uint32_t begin = *token_++ + 1;
    const std::uint32_t end = token_end();
    bool has_escapes = false;
    if (!read_string(begin, end, has_escapes)) {
        return false;
    }
    if (peek() != ':') {
        return fail(kNotJson, "no colon behind a name", place());
    }
    ++token_;
    const std::uint32_t length = end - 1 - begin;
    if (length == 0 || length > std::numeric_limits<std::uint16_t>::max()) {
        return fail(kBadName, "a name that is empty or longer than 65535 bytes", begin);
    }
    member_.name_begin = begin;
    member_.name_length = static_cast<std::uint16_t>(length);
    member_.flags = has_escapes ? kNameHasEscapes : 0;
    frame_->is_checked_at_end = frame_->is_checked_at_end || has_escapes;
    return is_new_name(*frame_, text_.substr(begin, length)) ||
           fail(kDuplicateName, "an object has a name twice", begin);
}

/// A string whose text begins at `begin` and whose closing quote is the byte before `end`.
bool TreeWalk::read_string(std::uint32_t begin, std::uint32_t end, bool& has_escapes) {
    if (end <= begin || text_[end - 1] != '"') {
        return fail(kNotJson, "a string does not end", begin);
    }
    has_escapes = next_backslash_ < end;
    if (has_escapes) {
        const std::string_view raw = text_.substr(begin, end - 1 - begin);
        const std::size_t bad = find_bad_escape(raw);
        if (bad != raw.size()) {
            return fail(kNotJson, "an escape that means no character", begin + bad);
        }
        next_backslash_ = text_.find('\\', end);
    }
    return true;
}

/// Compares with the names before only where the hash says that it may be one of them.
bool TreeWalk::is_new_name(Frame& frame, std::string_view name) {
    const std::uint64_t bit = bit_of(name);
    const bool may_be_known = (frame.seen & bit) != 0;
    frame.seen |= bit;
    if (++frame.names > kFewNames) {
        frame.is_checked_at_end = true;
    }
    if (!may_be_known || frame.is_checked_at_end) {
        return true;
    }
    for (std::uint32_t at = frame.node + 1; at < count_; at = nodes_[at].next) {
        if (text_.substr(nodes_[at].name_begin, nodes_[at].name_length) == name) {
            return false;
        }
    }
    return true;
}

bool TreeWalk::are_names_unique(const Frame& frame) {
    std::deque<std::string> decoded;  // stays where it is when it grows
    names_.clear();
    for (std::uint32_t at = frame.node + 1; at < nodes_[frame.node].next; at = nodes_[at].next) {
        const Node& node = nodes_[at];
        std::string_view name = text_.substr(node.name_begin, node.name_length);
        if ((node.flags & kNameHasEscapes) != 0) {
            append_unescaped(name, decoded.emplace_back());
            name = decoded.back();
        }
        names_.push_back({name, at});
    }
    std::sort(names_.begin(), names_.end(), [](const Name& a, const Name& b) {
        return a.text != b.text ? a.text < b.text : a.node < b.node;
    });
    const auto same =
        std::adjacent_find(names_.begin(), names_.end(), [](const Name& a, const Name& b) {
            return a.text == b.text;
        });
    return same == names_.end() || fail(kDuplicateName,
                                        "an object has a name twice",
                                        nodes_[std::next(same)->node].name_begin);
}

/// Behind the last byte of the token before the next one.
std::uint32_t TreeWalk::token_end() const {
    std::size_t end = place();
    while (is_space(text_[end - 1])) {
        --end;
    }
    return static_cast<std::uint32_t>(end);
}

bool TreeWalk::fail(std::string_view reason, std::string_view text, std::size_t offset) {
    error_ = refused_at(reason, text, offset);
    return false;
}

}  // namespace aorta::fhir
