#include "about.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace aorta::testing {
namespace {

struct Unit {
    std::string_view name;
    double factor;
};

constexpr Unit kDurations[] = {
    {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
constexpr Unit kSizes[] = {{"B", 1},
                           {"kB", 1e3},
                           {"MB", 1e6},
                           {"GB", 1e9},
                           {"TB", 1e12},
                           {"KiB", 1024},
                           {"MiB", 1048576},
                           {"GiB", 1073741824},
                           {"TiB", 1099511627776}};

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

/// "1h30m", "64KiB": numbers with units, or a number without one.
template <std::size_t N>
std::optional<std::int64_t> with_units(std::string_view text, const Unit (&units)[N]) {
    if (const auto plain = number<std::int64_t>(text)) {
        return plain;
    }
    double sum = 0;
    while (!text.empty()) {
        const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
        const std::size_t end = std::min(text.find_first_of("0123456789.", digits), text.size());
        const auto value = number<double>(text.substr(0, digits));
        const auto* unit = std::find_if(std::begin(units), std::end(units), [&](const Unit& u) {
            return u.name == text.substr(digits, end - digits);
        });
        if (!value || unit == std::end(units)) {
            return std::nullopt;
        }
        sum += *value * unit->factor;
        text.remove_prefix(end);
    }
    return static_cast<std::int64_t>(std::llround(sum));
}

/// The items of a list, or the values under free keys of a map, as an option of their own.
Node option_of_items(const Node& option) {
    return {.type = Node::Type::Map,
            .items = {Node{.text = std::string(option.get("item"))},
                      Node{.text = std::string(option.get("name"))}},
            .keys = {"type", "name"}};
}

std::vector<std::string> texts(const Node* list) {
    std::vector<std::string> all;
    for (const Node& item : list == nullptr ? std::vector<Node>{} : list->items) {
        all.push_back(item.text);
    }
    return all;
}

}  // namespace

Result<About> read_about(std::string_view descriptor) {
    auto node = parse_flow(descriptor);
    if (!node) {
        return node.error();
    }
    About about;
    about.id = node->get("id");
    const std::string_view kind = node->get("kind");
    about.kind = kind == "source" ? About::Kind::Source
                 : kind == "sink" ? About::Kind::Sink
                                  : About::Kind::Processor;
    if (about.id.empty() || (kind != "source" && kind != "sink" && kind != "processor")) {
        return Error{ErrorCode::InvalidData, "has no id or no known kind"};
    }
    about.inputs = texts(node->find("inputs"));
    if (const Node* outputs = node->find("outputs")) {
        for (const Node& port : outputs->items) {
            about.ports.emplace_back(port.get("name"));
            about.content_types.emplace_back(port.get("content_type"));
        }
    }
    about.ports_from = node->get("ports_from");
    about.replies = node->get("replies") == "true";
    if (const Node* reasons = node->find("reasons")) {
        for (const Node& reason : reasons->items) {
            about.reasons.emplace(reason.get("id"));
        }
    }
    if (const Node* options = node->find("options")) {
        about.options = *options;
    }
    return about;
}

Result<void> OptionTree::build(const About& about, std::string_view given) {
    auto node = parse_flow(given);
    if (!node) {
        return Error{node.error().code, "the options: " + node.error().message, node.error().where};
    }
    if (node->is_null()) {
        node->type = Node::Type::Map;
    }
    root_ = fields(*node, about.options, "options");
    if (!problem_.empty()) {
        return Error{ErrorCode::InvalidConfig, problem_, where_};
    }
    return {};
}

std::vector<std::string> OptionTree::keys_of(std::string_view option) const {
    std::vector<std::string> all;
    for (std::uint64_t i = 0; i < root_->count; ++i) {
        const aorta_value& value = *root_->items[i];
        if (std::string_view(root_->keys[i].data, root_->keys[i].size) == option) {
            for (std::uint64_t k = 0; value.keys != nullptr && k < value.count; ++k) {
                all.emplace_back(value.keys[k].data, value.keys[k].size);
            }
        }
    }
    return all;
}

aorta_value* OptionTree::add(std::uint32_t type, std::string_view text) {
    const std::string& kept = texts_.emplace_back(text);
    aorta_value& value = values_.emplace_back();
    value = {};
    value.size = sizeof value;
    value.type = type;
    value.text = {kept.data(), kept.size()};
    return &value;
}

void OptionTree::set_items(aorta_value& value,
                           std::vector<const aorta_value*> items,
                           const std::vector<std::string>& keys) {
    value.count = items.size();
    value.items = items_.emplace_back(std::move(items)).data();
    if (value.type == AORTA_MAP) {
        auto& kept = keys_.emplace_back();
        for (const std::string& key : keys) {
            const std::string& text = texts_.emplace_back(key);
            kept.push_back({text.data(), text.size()});
        }
        value.keys = kept.data();
    }
}

const aorta_value* OptionTree::fail(std::string_view name, std::string_view problem) {
    if (problem_.empty()) {
        problem_ = problem;
        where_ = name;
    }
    return add(AORTA_NULL);
}

const aorta_value* OptionTree::scalar(const Node& given,
                                      std::string_view type,
                                      std::string_view name) {
    if (given.type != Node::Type::Scalar) {
        return fail(name, "must be a scalar");
    }
    const auto integer = [&](std::uint32_t abi_type, std::optional<std::int64_t> value) {
        if (!value) {
            return fail(name, "is not of its type");
        }
        aorta_value* made = add(abi_type, given.text);
        made->integer = *value;
        return static_cast<const aorta_value*>(made);
    };
    if (type == "bool") {
        const bool is_bool = given.text == "true" || given.text == "false";
        return integer(AORTA_BOOL,
                       is_bool ? std::optional<std::int64_t>(given.text == "true") : std::nullopt);
    }
    if (type == "int") {
        return integer(AORTA_INT, number<std::int64_t>(given.text));
    }
    if (type == "duration") {
        return integer(AORTA_INT, with_units(given.text, kDurations));
    }
    if (type == "size") {
        return integer(AORTA_INT, with_units(given.text, kSizes));
    }
    if (type == "real") {
        const auto value = number<double>(given.text);
        aorta_value* made = add(AORTA_REAL, given.text);
        made->real = value.value_or(0);
        return value ? made : fail(name, "is not a number");
    }
    return add(AORTA_STRING, given.text);
}

const aorta_value* OptionTree::any(const Node& given) {
    if (given.type != Node::Type::Scalar) {
        std::vector<const aorta_value*> items;
        for (const Node& item : given.items) {
            items.push_back(any(item));
        }
        aorta_value* made = add(given.type == Node::Type::List ? AORTA_LIST : AORTA_MAP);
        set_items(*made, std::move(items), given.keys);
        return made;
    }
    if (given.is_null()) {
        return add(AORTA_NULL);
    }
    if (given.quoted) {
        return add(AORTA_STRING, given.text);
    }
    const bool is_bool = given.text == "true" || given.text == "false";
    return scalar(given,
                  is_bool                            ? "bool"
                  : number<std::int64_t>(given.text) ? "int"
                  : number<double>(given.text)       ? "real"
                                                     : "text",
                  "");
}

const aorta_value* OptionTree::list(const Node& given, const Node& option) {
    const Node* schema = option.find("fields");
    const Node item_option = option_of_items(option);
    std::vector<const aorta_value*> items;
    for (const Node& item : given.items) {
        items.push_back(schema != nullptr ? fields(item, *schema, option.get("name"))
                                          : convert(item, item_option));
    }
    aorta_value* made = add(AORTA_LIST);
    set_items(*made, std::move(items), {});
    return made;
}

const aorta_value* OptionTree::map(const Node& given, const Node& option) {
    if (const Node* schema = option.find("fields")) {
        return fields(given, *schema, option.get("name"));
    }
    const Node item_option = option_of_items(option);
    std::vector<const aorta_value*> items;
    for (const Node& item : given.items) {
        items.push_back(convert(item, item_option));
    }
    aorta_value* made = add(AORTA_MAP);
    set_items(*made, std::move(items), given.keys);
    return made;
}

const aorta_value* OptionTree::convert(const Node& given, const Node& option) {
    const std::string_view type = option.get("type");
    const std::string_view name = option.get("name");
    if (type == "any" || type.empty()) {
        return any(given);
    }
    if (type == "list") {
        return given.type == Node::Type::List ? list(given, option) : fail(name, "must be a list");
    }
    if (type == "map") {
        return given.type == Node::Type::Map ? map(given, option) : fail(name, "must be a map");
    }
    return scalar(given, type, name);
}

const aorta_value* OptionTree::missing(const Node& option) {
    if (option.get("required") == "true") {
        return fail(option.get("name"), "is required");
    }
    if (const Node* text = option.find("default")) {
        const std::string_view type = option.get("type");
        // As it would stand in YAML: quoted, nested, or a bare word.
        const bool is_quoted = text->text.starts_with('"') || text->text.starts_with('\'');
        if (!is_quoted && type != "list" && type != "map" && type != "any") {
            return convert(*text, option);
        }
        auto parsed = parse_flow(text->text);
        return parsed ? convert(*parsed, option) : fail(option.get("name"), "has a bad default");
    }
    // A map that was left out has the defaults of its fields, if none of them must be given.
    const Node* schema = option.find("fields");
    if (option.get("type") != "map" || schema == nullptr) {
        return nullptr;
    }
    bool has_default = false;
    for (const Node& field : schema->items) {
        if (field.get("required") == "true") {
            return nullptr;
        }
        has_default = has_default || field.find("default") != nullptr;
    }
    return has_default ? fields(Node{.type = Node::Type::Map}, *schema, option.get("name"))
                       : nullptr;
}

const aorta_value* OptionTree::fields(const Node& given,
                                      const Node& schema,
                                      std::string_view name) {
    if (given.type != Node::Type::Map) {
        return fail(name, "must be a map");
    }
    std::vector<const aorta_value*> items;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < given.keys.size(); ++i) {
        const auto option =
            std::find_if(schema.items.begin(), schema.items.end(), [&](const Node& candidate) {
                return candidate.get("name") == given.keys[i];
            });
        if (option == schema.items.end()) {
            return fail(given.keys[i], "is no option of the plugin");
        }
        keys.push_back(given.keys[i]);
        items.push_back(convert(given.items[i], *option));
    }
    for (const Node& option : schema.items) {
        if (given.find(option.get("name")) != nullptr) {
            continue;
        }
        if (const aorta_value* value = missing(option)) {
            keys.emplace_back(option.get("name"));
            items.push_back(value);
        }
    }
    aorta_value* made = add(AORTA_MAP);
    set_items(*made, std::move(items), keys);
    return made;
}

}  // namespace aorta::testing
