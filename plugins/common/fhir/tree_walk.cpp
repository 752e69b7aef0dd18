#include "common/fhir/tree_walk.hpp"

#include "common/fhir/json_token.hpp"
#include "common/fhir/names.hpp"
#include "common/fhir/reason.hpp"

#include <cstring>
#include <limits>

namespace aorta::fhir {

namespace {

struct Problem {
    std::string_view reason = {};
    std::string_view text = {};
};

constexpr Problem kNone{};
constexpr Problem kEndsEarly{kNotJson, "the text ends early"};
constexpr Problem kBehind{kNotJson, "something behind the value"};
constexpr Problem kNoValue{kNotJson, "no value of JSON"};
constexpr Problem kNoName{kNotJson, "no name of a member"};
constexpr Problem kNoColon{kNotJson, "no colon behind a name"};
constexpr Problem kNoComma{kNotJson, "neither a comma nor the end of what is open"};
constexpr Problem kOpenString{kNotJson, "a string does not end"};
constexpr Problem kBadEscape{kNotJson, "an escape that means no character"};
constexpr Problem kTwice{kDuplicateName, "an object has a name twice"};
constexpr Problem kUnusable{kBadName, "a name that is empty or longer than 65535 bytes"};
constexpr Problem kDeep{kTooDeep, "deeper than allowed"};
constexpr Problem kMany{kTooManyElements, "more elements than allowed"};

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// The state of one walk. Everything hot is inlined into run(), so that it stays in registers:
/// that halves the time. Each read_… takes what the text must have next, or notes the problem.
class Walk {
public:
    Walk(std::string_view text,
         std::span<const std::uint32_t> tokens,
         std::span<Node> nodes,
         std::span<TreeWalk::Frame> frames)
        : text_(text.data()),
          size_(static_cast<std::uint32_t>(text.size())),
          token_(tokens.data()),
          tokens_end_(tokens.data() + tokens.size()),
          nodes_(nodes.data()),
          room_(static_cast<std::uint32_t>(nodes.size())),
          base_(frames.data()),
          frame_(frames.data()),
          frames_end_(frames.data() + frames.size()) {
        next_backslash_ = find_backslash(0);
    }

    Result<std::uint32_t> run() {
        while (read_value() && read_ends()) {
            if (frame_ == base_) {
                if (token_ == tokens_end_) {
                    return count_;
                }
                fail(kBehind, *token_);
                break;
            }
        }
        return refused_at(problem_->reason, problem_->text, offset_);
    }

private:
    /// A scalar or an empty container; the containers around it are opened on the way.
    [[gnu::always_inline]] bool read_value() {
        for (;;) {
            if (token_ == tokens_end_) {
                return fail(kEndsEarly, size_);
            }
            if (count_ == room_) {
                return fail(kMany, *token_);
            }
            Node& node = nodes_[count_++];
            node = member_;
            node.begin = *token_++;
            const char first = text_[node.begin];
            if (first != '{' && first != '[') {
                node.next = count_;
                return read_scalar(node, first);
            }
            const bool is_object = first == '{';
            node.kind = is_object ? Kind::Object : Kind::Array;
            member_ = {};
            if (++frame_ == frames_end_) {
                return fail(kDeep, node.begin);
            }
            *frame_ = {.node = count_ - 1, .closer = is_object ? '}' : ']'};
            if (peek() == frame_->closer) {
                return close();
            }
            if (is_object && !read_name()) {
                return false;
            }
        }
    }

    [[gnu::always_inline]] bool read_scalar(Node& node, char first) {
        const std::uint32_t end = token_end();
        if (first == '"') {
            ++node.begin;
            node.kind = Kind::String;
            node.length = end - 1 - node.begin;
            bool has_escapes = false;
            if (!read_string(node.begin, end, has_escapes)) {
                return false;
            }
            node.flags |= has_escapes ? kTextHasEscapes : 0;
            return true;
        }
        node.length = end - node.begin;
        const std::string_view token{text_ + node.begin, node.length};
        node.kind = first == 't'   ? Kind::True
                    : first == 'f' ? Kind::False
                    : first == 'n' ? Kind::Null
                                   : Kind::Number;
        const bool is_good = node.kind == Kind::Number  ? is_json_number(token)
                             : node.kind == Kind::True  ? token == "true"
                             : node.kind == Kind::False ? token == "false"
                                                        : token == "null";
        return is_good || fail(kNoValue, node.begin);
    }

    /// What ends values: commas, with the name that follows, and closing brackets.
    [[gnu::always_inline]] bool read_ends() {
        member_ = {};
        while (frame_ != base_) {
            const char next = peek();
            if (next == ',') {
                ++token_;
                return frame_->closer == ']' || read_name();
            }
            if (next != frame_->closer) {
                return fail(kNoComma, place());
            }
            if (!close()) {
                return false;
            }
        }
        return true;
    }

    [[gnu::always_inline]] bool close() {
        Node& node = nodes_[frame_->node];
        node.length = *token_++ + 1 - node.begin;
        node.next = count_;
        const TreeWalk::Frame& closed = *frame_--;
        if (!closed.is_checked_at_end) {
            return true;
        }
        const std::uint32_t repeated = find_repeated_name({text_, size_}, nodes_, closed.node);
        return repeated == 0 || fail(kTwice, nodes_[repeated].name_begin);
    }

    [[gnu::always_inline]] bool read_name() {
        if (peek() != '"') {
            return fail(kNoName, place());
        }
        const std::uint32_t begin = *token_++ + 1;
        const std::uint32_t end = token_end();
        bool has_escapes = false;
        if (!read_string(begin, end, has_escapes)) {
            return false;
        }
        if (peek() != ':') {
            return fail(kNoColon, place());
        }
        ++token_;
        const std::uint32_t length = end - 1 - begin;
        if (length - 1 >= std::numeric_limits<std::uint16_t>::max()) {
            return fail(kUnusable, begin);
        }
        member_.name_begin = begin;
        member_.name_length = static_cast<std::uint16_t>(length);
        member_.flags = has_escapes ? kNameHasEscapes : 0;
        return note_name({text_ + begin, length}, has_escapes) || fail(kTwice, begin);
    }

    /// Compares with the names before only where the hash says that it may be one of them.
    [[gnu::always_inline]] bool note_name(std::string_view name, bool has_escapes) {
        TreeWalk::Frame& frame = *frame_;
        const std::uint64_t bit = bit_of(name);
        const bool may_be_known = (frame.seen & bit) != 0;
        frame.seen |= bit;
        if (++frame.names > kFewNames || has_escapes) {
            frame.is_checked_at_end = true;
        }
        return !may_be_known || frame.is_checked_at_end ||
               !has_name({text_, size_}, nodes_, frame.node + 1, count_, name);
    }

    /// A string whose text begins at `begin` and whose closing quote is the byte before `end`.
    [[gnu::always_inline]] bool read_string(std::uint32_t begin,
                                            std::uint32_t end,
                                            bool& has_escapes) {
        if (end <= begin || text_[end - 1] != '"') {
            return fail(kOpenString, begin);
        }
        has_escapes = next_backslash_ < end;
        if (!has_escapes) {
            return true;
        }
        const std::string_view raw{text_ + begin, end - 1 - begin};
        const std::size_t bad = find_bad_escape(raw);
        next_backslash_ = find_backslash(end);
        return bad == raw.size() || fail(kBadEscape, begin + static_cast<std::uint32_t>(bad));
    }

    std::uint32_t find_backslash(std::uint32_t from) const {
        const void* found = std::memchr(text_ + from, '\\', size_ - from);
        return found == nullptr
                   ? std::numeric_limits<std::uint32_t>::max()
                   : static_cast<std::uint32_t>(static_cast<const char*>(found) - text_);
    }

    /// The first byte of the next token; 0 behind the last.
    [[gnu::always_inline]] char peek() const {
        return token_ == tokens_end_ ? '\0' : text_[*token_];
    }

    [[gnu::always_inline]] std::uint32_t place() const {
        return token_ == tokens_end_ ? size_ : *token_;
    }

    /// Behind the last byte of the token before the next one.
    [[gnu::always_inline]] std::uint32_t token_end() const {
        std::uint32_t end = place();
        while (is_space(text_[end - 1])) {
            --end;
        }
        return end;
    }

    [[gnu::always_inline]] bool fail(const Problem& problem, std::uint32_t offset) {
        problem_ = &problem;
        offset_ = offset;
        return false;
    }

    const char* text_;
    std::uint32_t size_;
    const std::uint32_t* token_;
    const std::uint32_t* tokens_end_;
    Node* nodes_;
    std::uint32_t room_;
    std::uint32_t count_ = 0;
    std::uint32_t next_backslash_ = 0;
    Node member_;  // has the name of the member whose value comes next
    TreeWalk::Frame* base_;
    TreeWalk::Frame* frame_;
    TreeWalk::Frame* frames_end_;
    const Problem* problem_ = &kNone;
    std::uint32_t offset_ = 0;
};

}  // namespace

Result<std::uint32_t> TreeWalk::run(std::string_view text,
                                    std::span<const std::uint32_t> tokens,
                                    std::span<Node> nodes) {
    return Walk{text, tokens, nodes, frames_}.run();
}

}  // namespace aorta::fhir
