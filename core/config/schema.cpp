#include "config/schema.hpp"

#include "config/keys.hpp"
#include "config/options.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace aorta::config {

namespace {

constexpr Kind kKinds[] = {Kind::Source, Kind::Processor, Kind::Sink};
constexpr std::string_view kName = "^[a-z][a-z0-9_]*$";

Value text(std::string_view value) {
    return Value::of_text(std::string(value));
}

Value object(std::initializer_list<std::pair<std::string_view, Value>> members) {
    Value out = Value::of_map();
    for (const auto& [key, value] : members) {
        out.add(std::string(key), value);
    }
    return out;
}

Value of_type(std::string_view type) {
    return object({{"type", text(type)}});
}

Value pattern(std::string_view expression) {
    return object({{"type", text("string")}, {"pattern", text(expression)}});
}

Value texts(const std::vector<std::string>& words) {
    Value out = Value::of_list({});
    for (const std::string& word : words) {
        out.items.push_back(Value::of_text(word));
    }
    return out;
}

// Wherever a value stands, a variable may stand.
Value or_variable(Value schema) {
    return object({{"anyOf", Value::of_list({std::move(schema), pattern("\\$\\{")})}});
}

Value number_schema(const Option& option) {
    Value out = of_type(option.type == OptionType::Int ? "integer" : "number");
    for (const auto& [key, bound] :
         {std::pair("minimum", option.min), std::pair("maximum", option.max)}) {
        if (bound) {
            out.add(key, resolve_plain(*bound));
        }
    }
    return or_variable(std::move(out));
}

// A map of these keys and, with `free`, of others whose values fit it.
Value keys_schema(std::span<const Option> options, const Value* free) {
    Value properties = Value::of_map();
    std::vector<std::string> needed;
    for (const Option& option : options) {
        properties.add(option.name, option_schema(option));
        if (option.required) {
            needed.push_back(option.name);
        }
    }
    Value out = of_type("object");
    out.add("properties", std::move(properties));
    if (!needed.empty()) {
        out.add("required", texts(needed));
    }
    out.add("additionalProperties", free != nullptr ? *free : Value::of_bool(false));
    return out;
}

Value text_schema(const Option& option) {
    if (!option.one_of.empty()) {
        return or_variable(object({{"enum", texts(option.one_of)}}));
    }
    Value types = texts({"string", "number", "boolean"});
    return object({{"type", std::move(types)}});
}

Value item_schema(const Option& option) {
    Option item = option;
    item.type = option.item.value_or(OptionType::Any);
    item.summary.clear();
    item.default_text.reset();
    item.example.clear();
    item.item.reset();
    item.fields.clear();
    return option_schema(item);
}

Value bare_schema(const Option& option) {
    switch (option.type) {
        case OptionType::Bool:
            return or_variable(of_type("boolean"));
        case OptionType::Int:
        case OptionType::Real:
            return number_schema(option);
        case OptionType::Duration:
            return object({{"anyOf",
                            Value::of_list({pattern("^([0-9.]+(d|h|m|s|ms|us|ns))+$"),
                                            object({{"const", Value::of_int(0)}}),
                                            pattern("\\$\\{")})}});
        case OptionType::Size:
            return object({{"anyOf",
                            Value::of_list({pattern("^[0-9.]+([KMGT]iB|[kMGT]?B)$"),
                                            of_type("integer"),
                                            pattern("\\$\\{")})}});
        case OptionType::Text:
        case OptionType::Path:
        case OptionType::Expression:
            return text_schema(option);
        case OptionType::Secret:
            return pattern("^(file|env):");
        case OptionType::List: {
            const Value item =
                option.fields.empty() ? item_schema(option) : keys_schema(option.fields, nullptr);
            return or_variable(object({{"type", text("array")}, {"items", item}}));
        }
        case OptionType::Map: {
            const bool takes_free_keys = option.item.has_value() || option.fields.empty();
            const Value free = item_schema(option);
            return or_variable(keys_schema(option.fields, takes_free_keys ? &free : nullptr));
        }
        case OptionType::Any:
            return Value::of_map();
    }
    return Value::of_map();
}

// if the node names this plugin, then `with` has its options.
Value plugin_rule(const Descriptor& descriptor) {
    const std::string_view key = plugin_key(descriptor.kind);
    Value with = keys_schema(descriptor.options, nullptr);
    with.add("description", text(descriptor.summary));
    Value then = object({{"properties", object({{"with", std::move(with)}})}});
    const auto is_required = [](const Option& option) { return option.required; };
    if (std::any_of(descriptor.options.begin(), descriptor.options.end(), is_required)) {
        then.add("required", texts({"with"}));
    }
    return object(
        {{"if",
          object({{"properties", object({{key, object({{"const", text(descriptor.id)}})}})},
                  {"required", texts({std::string(key)})}})},
         {"then", std::move(then)}});
}

// The forms that the loader takes as short for the full one.
Value with_short_forms(Value schema, std::string_view key) {
    if (key == "from") {
        return object({{"anyOf", Value::of_list({of_type("string"), std::move(schema)})}});
    }
    if (key == "ack") {
        Value levels = texts({"none", "received", "durable", "delivered"});
        return object(
            {{"anyOf",
              Value::of_list({object({{"enum", std::move(levels)}}), std::move(schema)})}});
    }
    if (key == "isolation") {
        return object({{"anyOf",
                        Value::of_list(
                            {object({{"enum", texts({"none", "process"})}}), std::move(schema)})}});
    }
    return schema;
}

Value node_schema(Kind kind, const Catalog& catalog) {
    const std::string key(plugin_key(kind));
    std::vector<std::string> ids;
    Value rules = Value::of_list({});
    for (const Catalog::Entry& entry : catalog.entries()) {
        if (entry.descriptor.kind == kind) {
            ids.push_back(entry.descriptor.id);
            rules.items.push_back(plugin_rule(entry.descriptor));
        }
    }
    Value out = keys_schema(node_keys(kind), nullptr);
    Value& properties = *out.find("properties");
    for (const std::string_view name : {"from", "ack", "isolation"}) {
        if (Value* schema = properties.find(name)) {
            *schema = with_short_forms(std::move(*schema), name);
        }
    }
    properties.add(key, ids.empty() ? of_type("string") : object({{"enum", texts(ids)}}));
    if (!rules.items.empty()) {
        out.add("allOf", std::move(rules));
    }
    return out;
}

// One form of node for each of the keys that name a plugin.
Value nodes_schema(const Catalog& catalog) {
    Value forms = Value::of_list({});
    std::vector<Value> one_kind;
    for (const Kind kind : kKinds) {
        const std::string key(plugin_key(kind));
        one_kind.push_back(object({{"required", texts({key})}}));
        forms.items.push_back(object(
            {{"if", object({{"required", texts({key})}})}, {"then", node_schema(kind, catalog)}}));
    }
    Value node = of_type("object");
    node.add("oneOf", Value::of_list(std::move(one_kind)));
    node.add("allOf", std::move(forms));
    return object({{"type", text("object")},
                   {"propertyNames", pattern(kName)},
                   {"additionalProperties", std::move(node)}});
}

Value list_of(std::span<const Option> keys) {
    return object({{"type", text("array")}, {"items", keys_schema(keys, nullptr)}});
}

}  // namespace

Value option_schema(const Option& option) {
    Value out = bare_schema(option);
    if (!option.summary.empty()) {
        out.add("description", text(option.summary));
    }
    if (Value standard = default_of(option); !standard.is(Value::Type::Null)) {
        const bool has_unit =
            option.type == OptionType::Duration || option.type == OptionType::Size;
        out.add("default", has_unit ? text(standard.text) : std::move(standard));
    }
    if (!option.example.empty()) {
        out.add("examples", texts({option.example}));
    }
    return out;
}

Value pipeline_schema(const Catalog& catalog) {
    Value out = object({{"$schema", text("http://json-schema.org/draft-07/schema#")},
                        {"title", text("Aorta pipeline")}});
    Value body = keys_schema(pipeline_keys(), nullptr);
    Value& properties = *body.find("properties");
    *properties.find("vars") =
        object({{"type", text("object")}, {"propertyNames", pattern("^[A-Za-z_][A-Za-z0-9_]*$")}});
    *properties.find("include") = list_of(include_keys());
    *properties.find("tables") =
        object({{"type", text("object")},
                {"propertyNames", pattern(kName)},
                {"additionalProperties", keys_schema(table_keys(), nullptr)}});
    *properties.find("nodes") = nodes_schema(catalog);
    *properties.find("workers") =
        object({{"type", text("object")},
                {"propertyNames", pattern(kName)},
                {"additionalProperties", keys_schema(worker_keys(), nullptr)}});
    *properties.find("tests") = list_of(test_keys());
    for (std::size_t i = 0; i < body.keys.size(); ++i) {
        out.add(body.keys[i].name, std::move(body.items[i]));
    }
    out.add("anyOf",
            Value::of_list({object({{"required", texts({"nodes"})}}),
                            object({{"required", texts({"include"})}})}));
    return out;
}

}  // namespace aorta::config
