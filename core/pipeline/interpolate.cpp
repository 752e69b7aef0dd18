#include "pipeline/interpolate.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace aorta::pipeline {

namespace {

using config::Origin;
using config::Value;
using Type = Value::Type;

constexpr std::size_t kMaxText = 1U << 20U;        // one scalar
constexpr std::size_t kMaxTotalText = 16U << 20U;  // one call
constexpr std::size_t kMaxPutIn = 100'000;         // put in by one call
constexpr int kMaxNesting = 8;

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name_char(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}

std::size_t count_nodes(const Value& value) {
    std::size_t count = 1;
    for (const Value& item : value.items) {
        count += count_nodes(item);
    }
    return count;
}

// One ${…}: NAME, then what follows it: "", ":-", "-", ":?" or "?", then the rest.
struct Reference {
    std::string name;
    std::string_view action;
    std::string_view rest;

    bool takes_empty() const { return !action.starts_with(':'); }

    bool has_default() const { return action.ends_with('-'); }
};

std::optional<Reference> parse_reference(std::string_view body) {
    std::size_t end = 0;
    while (end < body.size() && is_name_char(body[end])) {
        ++end;
    }
    Reference out{std::string(body.substr(0, end)), {}, body.substr(end)};
    if (!is_variable_name(out.name)) {
        return std::nullopt;
    }
    for (const std::string_view action : {":-", "-", ":?", "?"}) {
        if (out.rest.starts_with(action)) {
            out.action = action;
            out.rest.remove_prefix(action.size());
            return out;
        }
    }
    return out.rest.empty() ? std::optional(out) : std::nullopt;
}

// Offset of the '}' that closes the "${" before `begin`.
std::size_t find_close(std::string_view text, std::size_t begin) {
    int depth = 1;
    for (std::size_t i = begin; i < text.size(); ++i) {
        if (text.substr(i).starts_with("${")) {
            ++depth;
        } else if (text[i] == '}' && --depth == 0) {
            return i;
        }
    }
    return std::string_view::npos;
}

class Interpolator {
public:
    Interpolator(const Environment& environment, Unset unset, config::Diagnostics& diagnostics)
        : environment_(environment), unset_(unset), diagnostics_(diagnostics) {}

    void visit(Value& value) {
        for (Value& item : value.items) {
            visit(item);
        }
        const bool has_text = value.is(Type::String) || value.is(Type::Secret);
        if (has_text && value.text.find('$') != std::string::npos) {
            replace(value);
        }
    }

private:
    void replace(Value& value) {
        const std::string_view written = value.text;
        at_ = value.at;
        origin_ = {};
        whole_ = nullptr;
        is_whole_ = !value.is(Type::Secret) && written.starts_with("${") &&
                    find_close(written, 2) == written.size() - 1;
        const auto text = expand(written, 0);
        if (!text || origin_.kind == Origin::Kind::Unset) {
            value.origin = {.kind = Origin::Kind::Unset, .name = origin_.name};
        } else if (whole_ != nullptr && (!value.quoted || is_tree(*whole_))) {
            place(value, *whole_);
        } else if (is_whole_ && !value.quoted) {
            place(value, config::resolve_plain(*text));
        } else {
            value.text = *text;
            value.origin = origin_;
        }
    }

    // Neither a tree nor a secret can be a part of a text; alone, even in quotes, they stand for
    // themselves.
    static bool is_tree(const Value& value) { return !value.is_scalar() || value.is(Type::Secret); }

    // Puts a value in, at the place of the reference.
    void place(Value& target, Value value) {
        nodes_ += count_nodes(value);
        if (nodes_ > kMaxPutIn) {
            diagnostics_.error(at_, "variables put in too many values", {});
            value = {};
        }
        value.at = std::move(target.at);
        value.origin = origin_;
        target = std::move(value);
    }

    // The text with its variables replaced; nothing after a report.
    std::optional<std::string> expand(std::string_view text, int depth) {
        if (depth > kMaxNesting) {
            return fail("variables are nested too deep", {});
        }
        std::string out;
        for (std::size_t i = 0; i < text.size();) {
            const std::size_t dollar = std::min(text.find('$', i), text.size());
            out += text.substr(i, dollar - i);
            i = dollar;
            if (text.substr(i).starts_with("$$")) {
                out += '$';
                i += 2;
            } else if (text.substr(i).starts_with("${")) {
                const std::size_t close = find_close(text, i + 2);
                const auto reference = close == std::string_view::npos
                                           ? std::nullopt
                                           : parse_reference(text.substr(i + 2, close - i - 2));
                if (!reference) {
                    return fail("a `${` that names no variable",
                                "write ${NAME} or ${NAME:-default}; a dollar sign itself is $$");
                }
                const auto value = look_up(*reference, depth);
                if (!value) {
                    return std::nullopt;
                }
                out += *value;
                i = close + 1;
            } else if (i < text.size()) {
                out += '$';
                ++i;
            }
            total_ += out.size() > kMaxText ? kMaxTotalText : 0;
            if (total_ + out.size() > kMaxTotalText) {
                return fail("a text grows too long by its variables", {});
            }
        }
        total_ += out.size();
        return out;
    }

    std::optional<std::string> look_up(const Reference& reference, int depth) {
        const Value* found = environment_.find(reference.name);
        const bool is_empty = found != nullptr && found->is_scalar() && found->text.empty();
        if (found != nullptr &&
            (!is_empty || reference.takes_empty() || reference.action.empty())) {
            // Unset stays: the value that this one is made of is not known.
            if (origin_.kind != Origin::Kind::Unset) {
                origin_ = found->origin;
                origin_.name = reference.name;
            }
            if (is_whole_ && depth == 0) {
                whole_ = found;
            } else if (is_tree(*found)) {
                return fail(fmt::format("`{}` is {}, it cannot be a part of a text",
                                        reference.name,
                                        config::describe(found->type)),
                            "let it stand alone");
            }
            return found->text;
        }
        if (reference.has_default()) {
            if (origin_.kind != Origin::Kind::Unset) {
                origin_ = {.kind = Origin::Kind::File, .name = reference.name};
            }
            return expand(reference.rest, depth + 1);
        }
        return report_unset(reference);
    }

    std::optional<std::string> report_unset(const Reference& reference) {
        std::string message = fmt::format("the variable `{}` is not set", reference.name);
        if (!reference.rest.empty()) {
            message += fmt::format(": {}", reference.rest);
        }
        std::string hint = fmt::format(
            "set it in the environment, in --env-file or by --set {0}=…, or write "
            "${{{0}:-default}}",
            reference.name);
        if (const auto near = base::suggest(reference.name, environment_.names())) {
            hint = fmt::format("did you mean `{}`?", *near);
        }
        origin_ = {.kind = Origin::Kind::Unset, .name = reference.name};
        if (unset_ == Unset::Error) {
            return fail(std::move(message), std::move(hint));
        }
        diagnostics_.warning(at_, std::move(message));
        return std::string();
    }

    std::nullopt_t fail(std::string message, std::string hint) {
        diagnostics_.error(at_, std::move(message), std::move(hint));
        return std::nullopt;
    }

    const Environment& environment_;
    Unset unset_;
    config::Diagnostics& diagnostics_;
    std::size_t nodes_ = 0;
    std::size_t total_ = 0;
    // Of the scalar in work:
    config::Position at_;
    Origin origin_;                 // of the last variable, or of the first that is not set
    bool is_whole_ = false;         // the scalar is one ${…}
    const Value* whole_ = nullptr;  // and this the variable's value
};

}  // namespace

void interpolate(Value& tree,
                 const Environment& environment,
                 Unset unset,
                 config::Diagnostics& diagnostics) {
    Interpolator(environment, unset, diagnostics).visit(tree);
}

}  // namespace aorta::pipeline
