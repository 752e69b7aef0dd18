// The functions of the language. Internal to the library.
#pragma once

#include "common/expression/program.hpp"

#include <string>
#include <string_view>

namespace aorta::expression {

enum class Parameter : std::uint8_t {
    None,
    Place,       // one value: PID-8, @peer
    PlaceOrSet,  // the same, or a set: OBX, PID-3[*]
    Text,
    Set,
    Condition,
    OptionalCondition,
};

struct Function {
    std::string_view name;
    Op op;
    Parameter parameters[2];
    ValueType result;
    std::string_view usage;
};

/// Null if there is no function of this name.
const Function* find_function(std::string_view name);

/// "" or ": did you mean 'exists'?" for a name that is like a function or a word of the language.
std::string did_you_mean(std::string_view name);

}  // namespace aorta::expression
