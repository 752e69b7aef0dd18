#include "config/descriptor.hpp"

#include "base/text.hpp"
#include "config/json.hpp"
#include "config/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

namespace aorta::config {

namespace {

using Type = Value::Type;

constexpr std::array<std::string_view, 3> kKinds = {"source", "processor", "sink"};
constexpr std::array<std::string_view, 12> kOptionTypes = {"bool",
                                                           "int",
                                                           "real",
                                                           "text",
                                                           "duration",
                                                           "size",
                                                           "path",
                                                           "secret",
                                                           "expression",
                                                           "list",
                                                           "map",
                                                           "any"};
constexpr std::array<std::string_view, 2> kStatuses = {"stable", "preview"};
constexpr std::array<std::string_view, 3> kConcurrencies = {"stateless", "keyed", "serial"};
constexpr std::array<std::string_view, 2> kCompletions = {"durable", "handed_over"};

constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxPorts = 256;

// Reads one object of a descriptor. The first problem is kept; reading goes on with empty values.
class Reader {
public:
    Reader(const Value& object, std::string path, std::optional<Error>& problem)
        : object_(object), path_(std::move(path)), problem_(problem) {
        if (!object.is(Type::Map)) {
            fail("", "an object is due here");
        }
    }

    void fail(std::string_view key, std::string message) {
        if (!problem_) {
            problem_ = Error{ErrorCode::InvalidData, std::move(message), place(key)};
        }
    }

    std::string text(std::string_view key, bool is_required = false) {
        const Value* value = take(key, Type::String, is_required);
        return value == nullptr ? std::string() : value->text;
    }

    std::optional<std::string> maybe_text(std::string_view key) {
        const Value* value = take(key, Type::String, false);
        return value == nullptr ? std::nullopt : std::optional(value->text);
    }

    bool flag(std::string_view key) {
        const Value* value = take(key, Type::Bool, false);
        return value != nullptr && value->integer != 0;
    }

    /// The enumerator whose name stands there; nothing when absent.
    template <class Enum, std::size_t N>
    std::optional<Enum> choice(std::string_view key, const std::array<std::string_view, N>& names) {
        const auto word = maybe_text(key);
        if (!word) {
            return std::nullopt;
        }
        const auto found = std::find(names.begin(), names.end(), *word);
        if (found == names.end()) {
            fail(key, fmt::format("one of {} is due here", fmt::join(names, ", ")));
            return std::nullopt;
        }
        return static_cast<Enum>(std::distance(names.begin(), found));
    }

    std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> out;
        for (const Value& item : list(key)) {
            if (!item.is(Type::String)) {
                fail(key, "a list of texts is due here");
                break;
            }
            out.push_back(item.text);
        }
        return out;
    }

    const std::vector<Value>& list(std::string_view key) {
        static const std::vector<Value> none;
        const Value* value = take(key, Type::List, false);
        return value == nullptr ? none : value->items;
    }

    std::string item_path(std::string_view key, std::size_t index) const {
        return fmt::format("{}[{}]", place(key), index);
    }

    /// Call last: what nobody asked for is unknown.
    void finish() {
        for (const Value::Key& key : object_.keys) {
            if (!known_.contains(key.name)) {
                fail(key.name, "unknown key");
            }
        }
    }

private:
    std::string place(std::string_view key) const {
        return path_.empty() || key.empty() ? path_ + std::string(key)
                                            : fmt::format("{}.{}", path_, key);
    }

    const Value* take(std::string_view key, Type type, bool is_required) {
        known_.emplace(key);
        const Value* value = object_.find(key);
        if (value == nullptr && is_required) {
            fail(key, "is missing");
        }
        if (value != nullptr && !value->is(type)) {
            fail(key, fmt::format("{} is due here", describe(type)));
            return nullptr;
        }
        return value;
    }

    const Value& object_;
    std::string path_;
    std::optional<Error>& problem_;
    std::set<std::string, std::less<>> known_;
};

bool is_number(OptionType type) {
    return type == OptionType::Int || type == OptionType::Real || type == OptionType::Duration ||
           type == OptionType::Size;
}

// Whether the option itself would take the text.
bool accepts(const Option& option, const std::optional<std::string>& text) {
    Option probe = option;
    probe.default_text = text;
    return !text || !default_of(probe).is(Type::Null);
}

void check_option(const Option& option, Reader& reader) {
    if (!base::is_snake_case(option.name)) {
        reader.fail("name", "a name of a-z, 0-9 and _ is due here");
    }
    const bool is_tree = option.type == OptionType::List || option.type == OptionType::Map;
    if (!is_tree && (!option.fields.empty() || option.item)) {
        reader.fail("type", "only a list or a map has fields or items");
    }
    if ((option.min || option.max) && !is_number(option.item.value_or(option.type))) {
        reader.fail("type", "only numbers have bounds");
        return;
    }
    Option unbounded = option;
    unbounded.type = option.item.value_or(option.type);
    unbounded.min.reset();
    unbounded.max.reset();
    unbounded.one_of.clear();
    for (const auto& [key, text] : {std::pair("min", option.min), std::pair("max", option.max)}) {
        if (!accepts(unbounded, text)) {
            reader.fail(key, "is not of the option's type");
            return;
        }
    }
    if (option.required && option.default_text) {
        reader.fail("default", "a required option has no default");
    }
    if (!accepts(option, option.default_text)) {
        reader.fail("default", "the option would refuse its own default");
    }
}

std::vector<Option> read_options(Reader& parent,
                                 std::string_view key,
                                 std::size_t depth,
                                 std::optional<Error>& problem) {
    std::vector<Option> out;
    std::set<std::string> names;
    const std::vector<Value>& items = parent.list(key);
    if (depth > kMaxDepth && !items.empty()) {
        parent.fail(key, "options are nested too deep");
        return out;
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        Reader reader(items[i], parent.item_path(key, i), problem);
        Option option;
        option.name = reader.text("name", true);
        reader.text("type", true);
        option.type = reader.choice<OptionType>("type", kOptionTypes).value_or(OptionType::Any);
        option.summary = reader.text("summary", true);
        option.default_text = reader.maybe_text("default");
        option.required = reader.flag("required");
        option.unit = reader.text("unit");
        option.min = reader.maybe_text("min");
        option.max = reader.maybe_text("max");
        option.one_of = reader.texts("one_of");
        option.example = reader.text("example");
        option.item = reader.choice<OptionType>("item", kOptionTypes);
        option.fields = read_options(reader, "fields", depth + 1, problem);
        reader.finish();
        if (!problem) {
            check_option(option, reader);
        }
        if (!names.insert(option.name).second) {
            reader.fail("name", "the name stands twice");
        }
        out.push_back(std::move(option));
    }
    return out;
}

void read_ports(Reader& reader, Descriptor& out, std::optional<Error>& problem) {
    const std::vector<Value>& outputs = reader.list("outputs");
    std::set<std::string> names;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        Reader port(outputs[i], reader.item_path("outputs", i), problem);
        out.outputs.push_back(
            {port.text("name", true), port.text("content_type", true), port.text("summary")});
        port.finish();
        const OutputPort& last = out.outputs.back();
        if (!base::is_snake_case(last.name) || last.name == "rejected" ||
            !names.insert(last.name).second) {
            port.fail("name", "a new name of a-z, 0-9 and _, other than `rejected`, is due here");
        }
        if (last.content_type.empty() ||
            (last.content_type == "same" && out.kind == Kind::Source)) {
            port.fail("content_type",
                      "a content type is due here (a source has no input to be the same as)");
        }
    }
    if (outputs.size() > kMaxPorts) {
        reader.fail("outputs", "too many ports");
    }
}

void check_kind(const Descriptor& descriptor, Reader& reader) {
    if (!base::is_snake_case(descriptor.id)) {
        reader.fail("id", "a name of a-z, 0-9 and _ is due here");
    }
    if ((descriptor.kind == Kind::Source) != descriptor.inputs.empty()) {
        reader.fail("inputs", "sources have none, others at least one");
    }
    const bool has_ports = !descriptor.outputs.empty() || !descriptor.ports_from.empty();
    if ((descriptor.kind == Kind::Sink) == has_ports) {
        reader.fail("outputs", "sinks have none, others at least one");
    }
    if (!descriptor.outputs.empty() && descriptor.outputs[0].name != "out") {
        reader.fail("outputs", "the first port is `out`");
    }
    if (descriptor.kind != Kind::Sink && descriptor.completion) {
        reader.fail("completion", "only sinks complete records");
    }
    if (descriptor.ports_from.empty()) {
        return;
    }
    const auto is_named = [&](const Option& option) {
        return option.name == descriptor.ports_from && option.type == OptionType::Map;
    };
    if (std::none_of(descriptor.options.begin(), descriptor.options.end(), is_named)) {
        reader.fail("ports_from", "the name of an option of type map is due here");
    }
}

}  // namespace

std::string_view to_string(Kind kind) {
    return kKinds[static_cast<std::size_t>(kind)];
}

std::string_view to_string(OptionType type) {
    return kOptionTypes[static_cast<std::size_t>(type)];
}

Result<Descriptor> parse_descriptor(std::string_view json) {
    const auto object =
        parse_json(json, {.max_bytes = 1U << 20U, .max_depth = 32, .max_values = 100'000});
    if (!object) {
        return object.error();
    }
    std::optional<Error> problem;
    Reader reader(*object, "", problem);
    Descriptor out;
    out.id = reader.text("id", true);
    reader.text("kind", true);
    out.kind = reader.choice<Kind>("kind", kKinds).value_or(Kind::Processor);
    out.version = reader.text("version", true);
    out.summary = reader.text("summary", true);
    out.status = reader.choice<Status>("status", kStatuses).value_or(Status::Preview);
    out.inputs = reader.texts("inputs");
    read_ports(reader, out, problem);
    out.ports_from = reader.text("ports_from");
    out.concurrency =
        reader.choice<Concurrency>("concurrency", kConcurrencies).value_or(Concurrency::Serial);
    out.may_block = reader.flag("may_block");
    out.handles_phi = reader.flag("handles_phi");
    out.network = reader.flag("network");
    out.completion = reader.choice<Completion>("completion", kCompletions);
    out.replies = reader.flag("replies");
    const std::vector<Value>& reasons = reader.list("reasons");
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        Reader reason(reasons[i], reader.item_path("reasons", i), problem);
        out.reasons.push_back({reason.text("id", true), reason.text("summary")});
        reason.finish();
    }
    out.options = read_options(reader, "options", 1, problem);
    reader.finish();
    check_kind(out, reader);
    if (problem) {
        return *problem;
    }
    return out;
}

}  // namespace aorta::config
