// Value: the typed tree that YAML and JSON are read into, with positions.
#pragma once

#include "config/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::config {

/// A place in a file; line and column count from 1, columns in characters. Line 0: no place.
struct Position {
    std::string file = {};
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    friend auto operator<=>(const Position&, const Position&) = default;
};

/// Where a value came from. `name` is the variable or parameter, empty for File and Default.
struct Origin {
    enum class Kind {
        File,         // written there
        Default,      // the option's default
        Variable,     // `vars:` of the pipeline
        Environment,  // the process environment
        EnvFile,      // --env-file
        Set,          // --set
        Parameter,    // `with:` of an include
        Unset,        // a variable that is not set; the value is a placeholder of no type
    };

    Kind kind = Kind::File;
    std::string name = {};
    int depth = 0;  // Parameter: how many includes deep the file is that it was written in

    friend bool operator==(const Origin&, const Origin&) = default;
};

/// One value of a tree. A plain struct: read the members that the type names.
struct Value {
    enum class Type { Null, Bool, Int, Real, String, List, Map, Secret };

    /// The name of a key of a map and its place.
    struct Key {
        std::string name;
        Position at = {};
    };

    Type type = Type::Null;
    bool quoted = false;  // a scalar written in quotes or as a block: text, whatever it looks like
    std::int64_t integer = 0;  // Int; Bool as 0 or 1. A duration in nanoseconds, a size in bytes
    double real = 0;           // Real
    std::string text = {};     // any scalar as written; Secret: its reference ("file:/path")
    Secret secret = {};        // Secret, once resolved
    std::vector<Value> items = {};  // List: the items; Map: the values
    std::vector<Key> keys = {};     // Map: keys[i] names items[i], in file order
    Position at = {};
    Origin origin = {};

    static Value of_bool(bool value);
    static Value of_int(std::int64_t value);
    static Value of_real(double value);
    static Value of_text(std::string value);
    static Value of_list(std::vector<Value> items);
    static Value of_map();

    bool is(Type wanted) const { return type == wanted; }

    bool is_scalar() const { return type != Type::List && type != Type::Map; }

    /// The value under a key of a map; null when this is no map or has no such key.
    const Value* find(std::string_view key) const;
    Value* find(std::string_view key);

    /// Adds a key at the end of a map (which must not have it yet).
    Value& add(std::string key, Value value);

    /// Equal when they mean the same: type and content. Positions and origins do not count, nor
    /// does how a scalar was spelled.
    friend bool operator==(const Value& left, const Value& right);
};

/// A noun for messages: "text", "a whole number", "a map" …
std::string_view describe(Value::Type type);

/// Types an unquoted scalar by the YAML 1.2 core schema: null, bool (true/false), int (decimal, 0o,
/// 0x), real, else text. What other readers take for something else stays text: yes/no/on/off,
/// `017`, `1_000`, and integers beyond 64 bits.
Value resolve_plain(std::string_view text);

}  // namespace aorta::config
