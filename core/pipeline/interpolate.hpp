// Variables: ${NAME}, ${NAME:-default}, ${NAME:?message}, $$.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pipeline {

/// The variables that a pipeline may use. A value.
class Environment {
public:
    /// Defines a variable, unless one of higher precedence has the name: Parameter, Set, EnvFile,
    /// Environment, Variable (highest first). The origin is noted in the value.
    void set(std::string name, config::Value value, config::Origin::Kind kind);

    /// The same with a text, typed as an unquoted scalar.
    void set_text(std::string name, std::string_view text, config::Origin::Kind kind);

    const config::Value* find(const std::string& name) const;
    std::vector<std::string> names() const;

    /// Adds the variables of a process: its `environ`.
    void add_process(const char* const* environ);

    /// Adds an --env-file: lines NAME=value, '#' comments, values in quotes or as they stand.
    void add_file(std::string_view text, const std::string& file, config::Diagnostics& diagnostics);

    /// Adds one --set: "name=value".
    void add_set(std::string_view assignment, config::Diagnostics& diagnostics);

private:
    std::map<std::string, config::Value, std::less<>> values_;
};

/// Whether a variable that is not set and has no default is an error, or a warning and a value of
/// origin Unset ("validate without environment").
enum class Unset { Error, Warning };

/// Replaces the variables in all scalars of a tree (keys stay). A scalar that is one unquoted
/// variable takes its value with its type, lists and maps included; elsewhere it is put in as text.
/// Secrets' references are interpolated too.
void interpolate(config::Value& tree,
                 const Environment& environment,
                 Unset unset,
                 config::Diagnostics& diagnostics);

}  // namespace aorta::pipeline
