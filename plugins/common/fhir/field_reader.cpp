#include "common/fhir/field_reader.hpp"

#include "common/fhir/path_parser.hpp"
#include "common/fhir/reason.hpp"

#include <algorithm>

namespace aorta::fhir {

namespace {

constexpr std::string_view kResourceType = "resourceType";

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_place(PathOp op) {
    return op == PathOp::Index || op == PathOp::First;
}

Error not_a_place(std::string_view path) {
    return {ErrorCode::InvalidConfig,
            "'" + std::string{path} +
                "' is not a path of members and indexers, such as Patient.name[0].family"};
}

}  // namespace

/// One pass over a text. Depth is that of the paths: what lies beside them is passed over in a
/// loop. Each method is false where the text is no JSON, or when nothing is missing any more.
class FieldReader::Pass {
public:
    Pass(std::string_view text,
         std::span<const std::uint32_t> tokens,
         const std::vector<Step>& steps,
         std::span<std::string_view> texts)
        : text_(text.data()),
          size_(static_cast<std::uint32_t>(text.size())),
          token_(tokens.data()),
          end_(tokens.data() + tokens.size()),
          steps_(steps.data()),
          texts_(texts),
          missing_(texts.size()) {}

    /// False if the text is seen to be no JSON.
    bool run() { return read_one(steps_[0]) || missing_ == 0; }

    std::size_t offset() const { return token_ == end_ ? size_ : *token_; }

private:
    bool read_object(const Step& step) {
        ++token_;
        if (take('}')) {
            return true;
        }
        do {
            if (peek() != '"' || end_ - token_ < 3 || text_[token_[1]] != ':') {
                return false;
            }
            const std::string_view name{text_ + token_[0] + 1,
                                        token_end(token_[1]) - token_[0] - 2};
            token_ += 2;
            const Step* const inside = find(step, name);
            if (!(inside == nullptr ? pass_over() : read_member(*inside))) {
                return false;
            }
        } while (take(','));
        return take('}');
    }

    const Step* find(const Step& step, std::string_view name) const {
        for (const std::uint32_t id : step.next) {
            if (steps_[id].name == name) {
                return &steps_[id];
            }
        }
        return nullptr;
    }

    /// A member: an element, or the list in which it is.
    bool read_member(const Step& step) {
        if (peek() != '[') {
            return step.index == 0 ? read_one(step) : pass_over();
        }
        ++token_;
        if (take(']')) {
            return true;
        }
        std::int64_t place = 0;
        do {
            if (!(place++ == step.index ? read_one(step) : pass_over())) {
                return false;
            }
        } while (take(','));
        return take(']');
    }

    bool read_one(const Step& step) {
        if (peek() == '{' && !step.next.empty()) {
            return read_object(step);
        }
        if (step.fields.empty() || peek() == '{' || peek() == '[') {
            return pass_over();
        }
        if (token_ == end_) {
            return false;
        }
        const bool is_string = text_[*token_] == '"';
        const std::uint32_t begin = *token_ + (is_string ? 1 : 0);
        ++token_;
        const std::uint32_t end = token_end(token_ == end_ ? size_ : *token_) - (is_string ? 1 : 0);
        if (end < begin) {
            return false;
        }
        for (const std::uint32_t field : step.fields) {
            texts_[field] = {text_ + begin, end - begin};
        }
        missing_ -= step.fields.size();
        return missing_ > 0;
    }

    /// A value with all that is in it.
    bool pass_over() {
        std::size_t depth = 0;
        do {
            if (token_ == end_) {
                return false;
            }
            const char c = text_[*token_++];
            if (c == '{' || c == '[') {
                ++depth;
            } else if (c == '}' || c == ']') {
                if (depth == 0) {
                    return false;
                }
                --depth;
            }
        } while (depth > 0);
        return true;
    }

    char peek() const { return token_ == end_ ? '\0' : text_[*token_]; }

    bool take(char c) {
        const bool is_next = peek() == c;
        token_ += is_next ? 1 : 0;
        return is_next;
    }

    /// Behind the last byte of the token that stands before this offset.
    std::uint32_t token_end(std::uint32_t behind) const {
        while (is_space(text_[behind - 1])) {
            --behind;
        }
        return behind;
    }

    const char* text_;
    std::uint32_t size_;
    const std::uint32_t* token_;
    const std::uint32_t* end_;
    const Step* steps_;
    std::span<std::string_view> texts_;
    std::size_t missing_;
};

Result<FieldReader> FieldReader::compile(std::span<const std::string_view> paths) {
    FieldReader made;
    for (std::uint32_t field = 0; field < paths.size(); ++field) {
        if (const Result<void> added = made.add(paths[field], field); !added.ok()) {
            return added.error();
        }
    }
    made.texts_.resize(paths.size());
    if (!made.type_.empty()) {
        const auto field = static_cast<std::uint32_t>(paths.size());
        made.steps_[made.step_inside(0, kResourceType, 0)].fields.push_back(field);
        made.texts_.emplace_back();
    }
    return made;
}

Result<void> FieldReader::add(std::string_view path, std::uint32_t field) {
    const Result<PathProgram> program = PathParser{path}.parse();
    if (!program.ok() || program->chain.empty()) {
        return not_a_place(path);
    }
    std::uint32_t at = 0;
    for (std::size_t i = 0; i < program->chain.size(); ++i) {
        const PathNode& node = program->nodes[program->chain[i]];
        if (node.op == PathOp::Member) {
            const bool has_place =
                i + 1 < program->chain.size() && is_place(program->nodes[program->chain[i + 1]].op);
            i += has_place ? 1 : 0;
            at = step_inside(at,
                             program->texts[node.text],
                             has_place ? program->nodes[program->chain[i]].number : 0);
            if (at == 0) {
                return not_a_place(path);
            }
        } else if (node.op == PathOp::Type &&
                   (type_.empty() || type_ == program->texts[node.text])) {
            type_ = program->texts[node.text];
        } else {
            return not_a_place(path);
        }
    }
    if (at == 0) {
        return not_a_place(path);
    }
    steps_[at].fields.push_back(field);
    return {};
}

std::uint32_t FieldReader::step_inside(std::uint32_t step,
                                       std::string_view name,
                                       std::int64_t index) {
    for (const std::uint32_t id : steps_[step].next) {
        if (steps_[id].name == name) {
            return steps_[id].index == index ? id : 0;
        }
    }
    const auto made = static_cast<std::uint32_t>(steps_.size());
    steps_[step].next.push_back(made);
    steps_.push_back({.name = std::string{name}, .index = index});
    return made;
}

Result<std::span<const std::string_view>> FieldReader::read(std::string_view json) {
    std::fill(texts_.begin(), texts_.end(), std::string_view{});
    const auto tokens = scanner_->scan(json);
    if (!tokens.ok()) {
        return tokens.error();
    }
    Pass pass{json, *tokens, steps_, texts_};
    if (!pass.run()) {
        return refused_at(kNotJson, "no JSON", pass.offset());
    }
    if (!type_.empty() && texts_.back() != type_) {
        std::fill(texts_.begin(), texts_.end(), std::string_view{});
    }
    return std::span<const std::string_view>{texts_}.first(texts_.size() - (type_.empty() ? 0 : 1));
}

}  // namespace aorta::fhir
