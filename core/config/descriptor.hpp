// Descriptor: what a plugin says of itself (docs/formats/descriptor.md), and the catalog of them.
#pragma once

#include <aorta/result.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::config {

enum class Kind { Source, Processor, Sink };

/// "source", "processor", "sink"
std::string_view to_string(Kind kind);

enum class OptionType {
    Bool,
    Int,
    Real,
    Text,
    Duration,  // Int, nanoseconds
    Size,      // Int, bytes
    Path,
    Secret,
    Expression,
    List,
    Map,
    Any,
};

/// The type's name in descriptors: "bool", "int" …
std::string_view to_string(OptionType type);

/// One option of a plugin, or one key of a pipeline file.
struct Option {
    std::string name;
    OptionType type = OptionType::Text;
    std::string summary = {};
    std::optional<std::string> default_text = {};
    bool required = false;
    std::string unit = {};
    std::optional<std::string> min = {};
    std::optional<std::string> max = {};
    std::vector<std::string> one_of = {};
    std::string example = {};
    std::vector<Option> fields = {};  // Map: its keys; List: each item is a map of them
    std::optional<OptionType> item =
        {};  // List: type of an item; Map: of the values under free keys
};

enum class Status { Stable, Preview };
enum class Concurrency { Stateless, Keyed, Serial };
enum class Completion { Durable, HandedOver };

struct OutputPort {
    std::string name;
    std::string content_type;  // "same": the input's; "*": anything
    std::string summary = {};
};

struct Reason {
    std::string id;
    std::string summary = {};
};

struct Descriptor {
    std::string id;
    Kind kind = Kind::Processor;
    std::string version = {};
    std::string summary = {};
    Status status = Status::Preview;
    std::vector<std::string> inputs = {};  // "*": anything
    std::vector<OutputPort> outputs = {};
    std::string ports_from = {};  // map option whose keys are further ports; empty: none
    Concurrency concurrency = Concurrency::Serial;
    bool may_block = false;
    bool handles_phi = false;
    bool network = false;
    std::optional<Completion> completion = {};  // sinks
    bool replies = false;                       // sinks: their peers' answers can be passed on
    std::vector<Reason> reasons = {};
    std::vector<Option> options = {};
};

/// Reads a descriptor. Strict: unknown keys, wrong types, bad names, defaults that their own option
/// would refuse and ports that make no sense are InvalidData, `where` is the path
/// ("options[2].min").
Result<Descriptor> parse_descriptor(std::string_view json);

/// The plugins that are known. A value.
class Catalog {
public:
    struct Entry {
        std::filesystem::path path;  // of the .so
        Descriptor descriptor;
    };

    /// Refuses (InvalidConfig) a second plugin of the same kind and id, naming both files.
    Result<void> add(std::filesystem::path path, Descriptor descriptor);

    /// Null when there is none. Valid until the next add.
    const Entry* find(Kind kind, std::string_view id) const;

    const std::vector<Entry>& entries() const { return entries_; }

    /// What to say of an id that find does not know: a near one, one of another kind, or the list.
    std::string hint(Kind kind, std::string_view id) const;

private:
    std::vector<Entry> entries_;  // by kind, then id
};

}  // namespace aorta::config
