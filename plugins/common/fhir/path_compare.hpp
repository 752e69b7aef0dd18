// Comparing what FHIR paths give. Internal.
#pragma once

#include "common/fhir/path_item.hpp"

#include <cstdint>
#include <optional>

namespace aorta::fhir {

/// Equality of two items (`=`). No value if dates are not precise enough to tell, or the budget is
/// spent: each pair of elements of complex values takes a step of `budget`.
std::optional<bool> are_equal(const Item& left, const Item& right, std::uint64_t& budget);

/// Equivalence (`~`): texts without regard to case and to the amount of white space, decimals
/// rounded to the less precise one, dates of different precision are not.
bool are_equivalent(const Item& left, const Item& right, std::uint64_t& budget);

/// Below 0, 0 or above 0. No value for what has no order, of different kinds, or dates that are
/// not precise enough to tell.
std::optional<int> compare(const Item& left, const Item& right);

}  // namespace aorta::fhir
