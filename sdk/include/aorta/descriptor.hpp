// What a plugin says of itself: plain constants that the compiler turns into the JSON of
// docs/formats/descriptor.md and puts into an ELF note. Declared once, read by everybody.
#pragma once

#include <aorta/abi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aorta {

enum class Kind { Source, Processor, Sink };
enum class Status { Preview, Stable };
enum class Concurrency {
    Stateless,  ///< any number of instances, records in any grouping
    Keyed,      ///< one instance a lane; a key always meets the same one
    Serial,     ///< one instance for the whole pipeline
};
enum class Completion {
    Durable,     ///< a completed record survives a crash of this machine or is with the peer
    HandedOver,  ///< a completed record was given to the operating system
};
enum class Type { Bool, Int, Real, Text, Duration, Size, Path, Secret, Expression, List, Map, Any };

/// A constant array, by reference: the array must outlive it (make it namespace-scope constexpr).
template <class T>
struct Array {
    const T* items = nullptr;
    std::size_t size = 0;

    constexpr Array() = default;

    template <std::size_t N>
    constexpr Array(const T (&array)[N])
        : items(array), size(N) {}  // NOLINT(google-explicit-constructor)

    constexpr const T* begin() const { return items; }

    constexpr const T* end() const { return items + size; }
};

/// One option under `with:`. A string_view left out is absent; `.default_value = ""` is an empty
/// text.
struct Option {
    std::string_view name;
    Type type = Type::Text;
    std::string_view summary;
    /// Scalars: the bare text ("5s", "true", "\n"); lists and maps: YAML flow ("[PID-3.1]").
    std::string_view default_value = {};
    bool required = false;
    std::string_view unit = {};
    std::string_view min = {};
    std::string_view max = {};
    std::string_view one_of = {};   ///< allowed texts, separated by '|'
    std::string_view example = {};  ///< as it would stand in YAML
    Array<Option> fields = {};      ///< keys of a Map, or of each item of a List
    Type item = Type::Any;          ///< scalar items of a List, values of a Map with free keys
};

/// A named output. Port 0 is `out`.
struct Port {
    std::string_view name = "out";
    std::string_view content_type = "same";  ///< "same" is the input's
    std::string_view summary = {};
};

/// A reason that the plugin may give for drop, reject or fail, e.g. "hl7.required_field_missing".
struct Reason {
    std::string_view id;
    std::string_view summary;
};

struct Descriptor {
    std::string_view id;
    Kind kind = Kind::Processor;
    std::string_view version = "0.1.0";
    std::string_view summary;
    Status status = Status::Preview;
    std::string_view inputs = "*";  ///< content types, separated by '|'
    Array<Port> outputs = {};       ///< empty: sources and processors have one, `out`
    std::string_view ports_from = {};
    Concurrency concurrency = Concurrency::Stateless;
    bool may_block = false;
    bool handles_phi = true;
    bool network = false;
    Completion completion = Completion::HandedOver;
    bool replies = false;  ///< sinks: gives its peers' answers back (Delivery::reply)
    Array<Reason> reasons = {};
    Array<Option> options = {};
};

namespace detail {

/// Writes JSON at compile time, or only counts when `out` is null.
class JsonWriter {
public:
    constexpr explicit JsonWriter(char* out) : out_(out) {}

    constexpr std::size_t size() const { return size_; }

    constexpr void raw(std::string_view text) {
        for (const char c : text) {
            put(c);
        }
    }

    constexpr void string(std::string_view text) {
        put('"');
        for (const char c : text) {
            escaped(c);
        }
        put('"');
    }

    constexpr void key(std::string_view name) {
        separator();
        string(name);
        put(':');
        fresh_ = true;
    }

    constexpr void member(std::string_view name, std::string_view text) {
        key(name);
        string(text);
        fresh_ = false;
    }

    /// A member that is left out when the text is absent.
    constexpr void optional_member(std::string_view name, std::string_view text) {
        if (text.data() != nullptr) {
            member(name, text);
        }
    }

    constexpr void member(std::string_view name, bool value) {
        key(name);
        raw(value ? "true" : "false");
        fresh_ = false;
    }

    constexpr void open(char bracket) {
        separator();
        put(bracket);
        fresh_ = true;
    }

    constexpr void close(char bracket) {
        put(bracket);
        fresh_ = false;
    }

    /// A list member from texts separated by '|'.
    constexpr void split_member(std::string_view name, std::string_view texts) {
        key(name);
        open('[');
        while (!texts.empty()) {
            const std::size_t bar = texts.find('|');
            separator();
            string(texts.substr(0, bar));
            texts = bar == std::string_view::npos ? std::string_view{} : texts.substr(bar + 1);
        }
        close(']');
    }

private:
    constexpr void put(char c) {
        if (out_ != nullptr) {
            out_[size_] = c;
        }
        ++size_;
    }

    constexpr void escaped(char c) {
        if (c == '"' || c == '\\') {
            put('\\');
            put(c);
        } else if (c == '\n') {
            raw("\\n");
        } else if (static_cast<unsigned char>(c) < 0x20) {
            raw(" ");
        } else {
            put(c);
        }
    }

    constexpr void separator() {
        if (!fresh_) {
            put(',');
        }
        fresh_ = false;
    }

    char* out_;
    std::size_t size_ = 0;
    bool fresh_ = true;
};

constexpr std::string_view name_of(Type type) {
    constexpr std::string_view kNames[] = {"bool",
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
    return kNames[static_cast<std::size_t>(type)];
}

constexpr void write(JsonWriter& json, const Option& option) {
    json.open('{');
    json.member("name", option.name);
    json.member("type", name_of(option.type));
    json.member("summary", option.summary);
    json.optional_member("default", option.default_value);
    if (option.required) {
        json.member("required", true);
    }
    json.optional_member("unit", option.unit);
    json.optional_member("min", option.min);
    json.optional_member("max", option.max);
    json.optional_member("example", option.example);
    if (!option.one_of.empty()) {
        json.split_member("one_of", option.one_of);
    }
    if (option.fields.size != 0) {
        json.key("fields");
        json.open('[');
        for (const Option& field : option.fields) {
            write(json, field);
        }
        json.close(']');
    } else if (option.type == Type::List || option.type == Type::Map) {
        json.member("item", name_of(option.item));
    }
    json.close('}');
}

constexpr Port kDefaultPorts[] = {Port{}};

constexpr void write_ports(JsonWriter& json, const Descriptor& plugin) {
    const Array<Port> ports = plugin.kind == Kind::Sink  ? Array<Port>{}
                              : plugin.outputs.size == 0 ? Array<Port>{kDefaultPorts}
                                                         : plugin.outputs;
    json.key("outputs");
    json.open('[');
    for (const Port& port : ports) {
        json.open('{');
        json.member("name", port.name);
        json.member("content_type", port.content_type);
        json.optional_member("summary", port.summary);
        json.close('}');
    }
    json.close(']');
}

constexpr void write(JsonWriter& json, const Descriptor& plugin) {
    constexpr std::string_view kKinds[] = {"source", "processor", "sink"};
    constexpr std::string_view kStatus[] = {"preview", "stable"};
    constexpr std::string_view kConcurrency[] = {"stateless", "keyed", "serial"};
    constexpr std::string_view kCompletion[] = {"durable", "handed_over"};
    json.open('{');
    json.member("id", plugin.id);
    json.member("kind", kKinds[static_cast<std::size_t>(plugin.kind)]);
    json.member("version", plugin.version);
    json.member("summary", plugin.summary);
    json.member("status", kStatus[static_cast<std::size_t>(plugin.status)]);
    json.split_member("inputs", plugin.kind == Kind::Source ? std::string_view{} : plugin.inputs);
    write_ports(json, plugin);
    json.optional_member("ports_from", plugin.ports_from);
    json.member("concurrency", kConcurrency[static_cast<std::size_t>(plugin.concurrency)]);
    json.member("may_block", plugin.may_block);
    json.member("handles_phi", plugin.handles_phi);
    json.member("network", plugin.network);
    if (plugin.kind == Kind::Sink) {
        json.member("completion", kCompletion[static_cast<std::size_t>(plugin.completion)]);
        if (plugin.replies) {
            json.member("replies", true);
        }
    }
    json.key("reasons");
    json.open('[');
    for (const Reason& reason : plugin.reasons) {
        json.open('{');
        json.member("id", reason.id);
        json.member("summary", reason.summary);
        json.close('}');
    }
    json.close(']');
    json.key("options");
    json.open('[');
    for (const Option& option : plugin.options) {
        write(json, option);
    }
    json.close(']');
    json.close('}');
}

constexpr std::size_t json_size(const Descriptor& plugin) {
    JsonWriter counter{nullptr};
    write(counter, plugin);
    return counter.size();
}

/// The ELF note's bytes: header, name, aorta_note, JSON padded to 4.
template <std::size_t N>
struct ElfNote {
    std::uint32_t name_size = 6;
    std::uint32_t description_size = sizeof(aorta_note) + N;
    std::uint32_t type = AORTA_NOTE_TYPE;
    char name[8] = {'A', 'o', 'r', 't', 'a', 0, 0, 0};
    aorta_note head = {AORTA_ABI_MAJOR,
                       AORTA_ABI_MINOR,
                       static_cast<std::uint32_t>(N),
                       sizeof(aorta_plugin_entry)};
    std::array<char, (N + 3) / 4 * 4> json = {};
};

template <const Descriptor& plugin>
constexpr auto make_note() {
    ElfNote<json_size(plugin)> note;
    JsonWriter writer{note.json.data()};
    write(writer, plugin);
    return note;
}

}  // namespace detail
}  // namespace aorta
