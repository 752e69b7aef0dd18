#include "config/options.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "config/json.hpp"
#include "config/option_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace aorta::config {

namespace {

using Type = Value::Type;

std::nullopt_t mismatch(const Value& given, const Option& option, Diagnostics& diagnostics) {
    if (given.is(Type::Secret)) {
        diagnostics.error(
            given.at,
            fmt::format("`{}` is no option for secrets, it could be printed", option.name),
            "write the value itself, or a variable: ${NAME}");
    } else {
        diagnostics.error(
            given.at,
            // What stands where a secret belongs may be the secret itself.
            fmt::format("`{}` takes {}, found {}",
                        option.name,
                        wanted(option.type),
                        option.type == OptionType::Secret ? describe(given.type) : shown(given)),
            mismatch_hint(given, option));
    }
    return std::nullopt;
}

// The scalar in the option's type, without bounds; nothing when it is of another type. A variable
// within a flow map must stand in quotes, `{ port: "${PORT}" }`, so there its text is typed here.
std::optional<Value> typed(const Value& given, OptionType type) {
    Value out = given;
    const bool is_variable = given.is(Type::String) && !given.origin.name.empty();
    if (is_variable &&
        (type == OptionType::Bool || type == OptionType::Int || type == OptionType::Real)) {
        out = resolve_plain(given.text);
        out.at = given.at;
        out.origin = given.origin;
    }
    const bool is_text_like = given.is(Type::String) || given.is(Type::Int) ||
                              given.is(Type::Real) || given.is(Type::Bool);
    switch (type) {
        case OptionType::Bool:
            return out.is(Type::Bool) ? std::optional(out) : std::nullopt;
        case OptionType::Int:
            return out.is(Type::Int) ? std::optional(out) : std::nullopt;
        case OptionType::Real:
            if (out.is(Type::Int)) {
                out.type = Type::Real;
                out.real = static_cast<double>(out.integer);
            }
            return out.is(Type::Real) && std::isfinite(out.real) ? std::optional(out)
                                                                 : std::nullopt;
        case OptionType::Text:
        case OptionType::Path:
        case OptionType::Expression:
            // `version: 2.5` means the text: what was written stands.
            out.type = Type::String;
            return is_text_like ? std::optional(out) : std::nullopt;
        case OptionType::Secret:
            return given.is(Type::Secret) ? std::optional(out) : std::nullopt;
        default:
            return out;
    }
}

// The same for durations and sizes, whose problems have words of their own.
std::optional<Value> measured(const Value& given, const Option& option, Diagnostics& diagnostics) {
    if (!given.is(Type::String) && !given.is(Type::Int) && !given.is(Type::Real)) {
        return mismatch(given, option, diagnostics);
    }
    const auto refuse = [&](const Error& error) {
        diagnostics.error(
            given.at,
            fmt::format("`{}` takes {}, found {}", option.name, wanted(option.type), shown(given)),
            error.message);
        return std::nullopt;
    };
    Value out = given;
    out.type = Type::Int;
    if (option.type == OptionType::Duration) {
        const auto duration = base::parse_duration(given.text);
        if (!duration) {
            return refuse(duration.error());
        }
        out.integer = duration->count();
    } else {
        const auto size = base::parse_size(given.text);
        if (!size) {
            return refuse(size.error());
        }
        out.integer = *size;
    }
    return out;
}

// The bound as a value of the option's type. Descriptors are checked, so it is one.
std::optional<Value> bound(const std::optional<std::string>& text, OptionType type) {
    if (!text) {
        return std::nullopt;
    }
    const Option plain{.name = "bound", .type = type};
    Diagnostics ignored;
    const bool has_unit = type == OptionType::Duration || type == OptionType::Size;
    return has_unit ? measured(resolve_plain(*text), plain, ignored)
                    : typed(resolve_plain(*text), type);
}

bool is_below(const Value& left, const Value& right) {
    return left.is(Type::Real) ? left.real < right.real : left.integer < right.integer;
}

bool check_bounds(const Value& value, const Option& option, Diagnostics& diagnostics) {
    const auto low = bound(option.min, option.type);
    const auto high = bound(option.max, option.type);
    const bool too_low = low && is_below(value, *low);
    const bool too_high = high && is_below(*high, value);
    if (!too_low && !too_high) {
        return true;
    }
    const std::string unit = option.unit.empty() ? "" : " " + option.unit;
    std::string hint = "accepted: ";
    if (low && high) {
        hint += fmt::format("{} to {}{}", *option.min, *option.max, unit);
    } else {
        hint += low ? fmt::format("{}{} and more", *option.min, unit)
                    : fmt::format("up to {}{}", *option.max, unit);
    }
    diagnostics.error(value.at,
                      fmt::format("`{}` is too {}: {}",
                                  option.name,
                                  too_low ? "low" : "high",
                                  value.origin.name.empty() ? value.text : shown(value)),
                      hint);
    return false;
}

bool check_choice(const Value& value, const Option& option, Diagnostics& diagnostics) {
    if (option.one_of.empty() ||
        std::find(option.one_of.begin(), option.one_of.end(), value.text) != option.one_of.end()) {
        return true;
    }
    std::string hint = "accepted: " + base::join(option.one_of, ", ");
    if (const auto near = base::suggest(value.text, option.one_of);
        near && value.origin.name.empty()) {
        hint = fmt::format("did you mean `{}`? {}", *near, hint);
    }
    diagnostics.error(
        value.at, fmt::format("`{}` does not take {}", option.name, shown(value)), hint);
    return false;
}

// What stands for the items of a list and the free values of a map.
Option item_option(const Option& option) {
    Option out = option;
    out.type = option.fields.empty() || option.type == OptionType::Map
                   ? option.item.value_or(OptionType::Any)
                   : OptionType::Map;
    out.item.reset();
    if (option.type == OptionType::Map) {
        out.fields.clear();
    }
    return out;
}

std::optional<Value> convert(const Value& given, const Option& option, Diagnostics& diagnostics);

std::optional<Value> convert_list(const Value& given,
                                  const Option& option,
                                  Diagnostics& diagnostics) {
    const Option item = item_option(option);
    Value out = given;
    out.items.clear();
    for (const Value& each : given.items) {
        if (auto value = convert(each, item, diagnostics)) {
            out.items.push_back(std::move(*value));
        }
    }
    return out;
}

std::string unknown_hint(std::string_view key, std::span<const Option> options) {
    std::vector<std::string> names;
    for (const Option& option : options) {
        names.push_back(option.name);
    }
    return names.empty() ? "there are no options here" : base::suggestion_hint(key, names);
}

const Option* find_option(std::span<const Option> options, std::string_view name) {
    const auto found = std::find_if(
        options.begin(), options.end(), [&](const Option& option) { return option.name == name; });
    return found == options.end() ? nullptr : &*found;
}

// The option that a misspelt key was meant for, if that one is not there itself.
const Option* meant_option(std::string_view key,
                           std::span<const Option> options,
                           const Value& given,
                           const Value& out) {
    std::vector<std::string> names;
    for (const Option& option : options) {
        names.push_back(option.name);
    }
    const auto near = base::suggest(key, names);
    const bool is_free = near && given.find(*near) == nullptr && out.find(*near) == nullptr;
    return is_free ? find_option(options, *near) : nullptr;
}

void fill_in(Value& out, std::span<const Option> options, Diagnostics& diagnostics) {
    for (const Option& option : options) {
        if (out.find(option.name) != nullptr) {
            continue;
        }
        if (option.required) {
            diagnostics.error(
                out.at,
                fmt::format("`{}` is missing", option.name),
                option.example.empty()
                    ? option.summary
                    : fmt::format("for example: {}: {}", option.name, option.example));
            continue;
        }
        Value value = default_of(option);
        if (!value.is(Type::Null)) {
            value.at = out.at;
            out.add(option.name, std::move(value));
        }
    }
}

// What does not fit is there, and not known: that it is missing would be a second report.
Value not_known(const Value& given) {
    return {.at = given.at, .origin = {.kind = Origin::Kind::Unset}};
}

// A map against its known keys; `free` is the option of other keys' values, null when there are
// none.
Value convert_map(const Value& given,
                  std::span<const Option> options,
                  const Option* free,
                  Diagnostics& diagnostics) {
    Value out = given;
    out.type = Type::Map;
    out.items.clear();
    out.keys.clear();
    for (std::size_t i = 0; i < given.keys.size(); ++i) {
        const Value::Key& key = given.keys[i];
        const Value& item = given.items[i];
        const Option* option = find_option(options, key.name);
        option = option == nullptr ? free : option;
        if (option != nullptr) {
            out.items.push_back(convert(item, *option, diagnostics).value_or(not_known(item)));
            out.keys.push_back(key);
            continue;
        }
        diagnostics.error(
            key.at, fmt::format("unknown key `{}`", key.name), unknown_hint(key.name, options));
        if (const Option* meant = meant_option(key.name, options, given, out)) {
            // Looked at as what it was meant to be; a scalar may have been meant otherwise.
            Diagnostics ignored;
            out.items.push_back(convert(item, *meant, item.is_scalar() ? ignored : diagnostics)
                                    .value_or(not_known(item)));
            out.keys.push_back({meant->name, key.at});
        }
    }
    fill_in(out, options, diagnostics);
    return out;
}

std::optional<Value> convert(const Value& given, const Option& option, Diagnostics& diagnostics) {
    if (option.type == OptionType::Any) {
        return given;
    }
    if (given.is(Type::Secret) && option.type != OptionType::Secret) {
        return mismatch(given, option, diagnostics);
    }
    if (given.origin.kind == Origin::Kind::Unset) {
        return given;
    }
    std::optional<Value> out;
    switch (option.type) {
        case OptionType::List:
            return given.is(Type::List) ? convert_list(given, option, diagnostics)
                                        : mismatch(given, option, diagnostics);
        case OptionType::Map: {
            if (!given.is(Type::Map) && !given.is(Type::Null)) {
                return mismatch(given, option, diagnostics);
            }
            const bool takes_free_keys = option.item.has_value() || option.fields.empty();
            const Option free = item_option(option);
            return convert_map(
                given, option.fields, takes_free_keys ? &free : nullptr, diagnostics);
        }
        case OptionType::Duration:
        case OptionType::Size:
            out = measured(given, option, diagnostics);
            break;
        default:
            out = typed(given, option.type);
            if (!out) {
                return mismatch(given, option, diagnostics);
            }
    }
    const bool fits =
        out && check_bounds(*out, option, diagnostics) && check_choice(*out, option, diagnostics);
    return fits ? out : std::nullopt;
}

}  // namespace

Value apply_options(const Value& given, std::span<const Option> options, Diagnostics& diagnostics) {
    if (given.origin.kind == Origin::Kind::Unset) {
        return given;
    }
    if (!given.is(Type::Map) && !given.is(Type::Null)) {
        diagnostics.error(given.at,
                          fmt::format("a map is due here, found {}", shown(given)),
                          "write `key: value`");
        return Value::of_map();
    }
    return convert_map(given, options, nullptr, diagnostics);
}

Value apply_option(const Value& given, const Option& option, Diagnostics& diagnostics) {
    return convert(given, option, diagnostics).value_or(Value{.at = given.at});
}

Value default_of(const Option& option) {
    Diagnostics ignored;
    Value out;
    if (option.default_text) {
        const bool is_tree = option.type == OptionType::List || option.type == OptionType::Map ||
                             option.type == OptionType::Any;
        // JSON is YAML; a scalar that is no JSON (a bare word) is one all the same.
        const auto tree = is_tree ? parse_json(*option.default_text) : Error{};
        out = convert(tree ? *tree : resolve_plain(*option.default_text), option, ignored)
                  .value_or(Value{});
    } else if (option.type == OptionType::Map && !option.fields.empty()) {
        out = convert_map(Value{}, option.fields, nullptr, ignored);
        if (ignored.has_errors() || out.items.empty()) {
            return {};
        }
    }
    out.origin = {.kind = Origin::Kind::Default};
    for (Value& item : out.items) {
        item.origin = out.origin;
    }
    return out;
}

}  // namespace aorta::config
