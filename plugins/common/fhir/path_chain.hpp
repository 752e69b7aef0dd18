// The usual paths, followed directly. Internal.
#pragma once

#include "common/fhir/path_item.hpp"
#include "common/fhir/path_program.hpp"

#include <optional>

namespace aorta::fhir {

/// Notes the steps of a program that is nothing but types, members, places and ofType one behind
/// the other.
void find_chain(PathProgram& program);

/// What the chain of a program leads to, if each step leads to one thing. No value if it may be
/// otherwise (nothing, several, null): then the evaluator has to find out.
std::optional<Item> follow_chain(const PathProgram& program, const Item& from);

}  // namespace aorta::fhir
