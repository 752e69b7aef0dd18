// Variables: ${NAME}, ${NAME:-default}, ${NAME:?message}, $$.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pipeline {

/// Letters, digits and '_', no digit first.
bool is_variable_name(std::string_view text);

/// The variables that were asked for by a name.
struct Asked {
    std::set<std::string, std::less<>> found;
    std::set<std::string, std::less<>> missing;   // unset, or a default stood in
    std::set<std::string, std::less<>> declared;  // by `vars`
    bool is_whole = true;                         // false: a file or fragment could not be read

    /// Adds what another file asks for.
    void merge(const Asked& other);
};

/// The variables that a pipeline may use. A value, but copies note together what is asked for.
class Environment {
public:
    /// Defines a variable, unless one of higher precedence has the name: Parameter, Set, EnvFile,
    /// Environment, Variable (highest first). The origin is noted in the value.
    void set(std::string name, config::Value value, config::Origin::Kind kind);

    /// The same with a text, typed as an unquoted scalar.
    void set_text(std::string name, std::string_view text, config::Origin::Kind kind);

    /// Null when it is not set. The question is noted, unless a fragment's parameter answers it.
    const config::Value* find(const std::string& name) const;

    /// The same without a note.
    const config::Value* peek(const std::string& name) const;
    std::vector<std::string> names() const;

    /// What was noted.
    Asked& asked() const { return *asked_; }

    /// From now on it notes anew, apart from those that it was copied from.
    void forget_asked() { asked_ = std::make_shared<Asked>(); }

    /// Adds the variables of a process: its `environ`.
    void add_process(const char* const* environ);

    /// Adds an --env-file: lines NAME=value, '#' comments, values in quotes or as they stand.
    void add_file(std::string_view text, const std::string& file, config::Diagnostics& diagnostics);

    /// Adds one --set: "name=value".
    void add_set(std::string_view assignment, config::Diagnostics& diagnostics);

private:
    std::map<std::string, config::Value, std::less<>> values_;
    std::shared_ptr<Asked> asked_ = std::make_shared<Asked>();  // shared by the scopes of fragments
};

/// Warns of variables that nothing uses: of each --set, and of lines of an --env-file whose names
/// resemble one that is missing (others may be for other files). `asked` is of all files.
void warn_of_unused(const Environment& environment,
                    const Asked& asked,
                    config::Diagnostics& diagnostics);

/// Whether a variable that is not set and has no default is an error, or a warning and a value of
/// origin Unset ("validate without environment").
enum class Unset { Error, Warning };

/// Replaces the variables in all scalars of a tree (keys stay). A scalar that is one unquoted
/// variable takes its value with its type, lists and maps included; elsewhere it is put in as text.
/// Secrets' references are interpolated too. A default keeps the origin File, with the variable's
/// name.
void interpolate(config::Value& tree,
                 const Environment& environment,
                 Unset unset,
                 config::Diagnostics& diagnostics);

}  // namespace aorta::pipeline
