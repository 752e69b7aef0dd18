// A few elements of a resource, read without a tree: docs/decisions/0011.
#pragma once

#include "common/fhir/structure.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::fhir {

/// Reads the same places of one resource after the other, in one pass over its tokens that ends
/// with the last of them. What it passes over is not checked: it is for texts that a TreeBuilder
/// accepted before, whole or as part of another. One thread at a time.
class FieldReader {
public:
    /// Paths of members, indexers and first(), such as Observation.code.coding[0].code; a list
    /// without an indexer is read at its first element; of one list, all paths read the same place.
    /// Choice elements are written out (valueQuantity). Fails where it is another path, saying
    /// which.
    static Result<FieldReader> compile(std::span<const std::string_view> paths);

    /// As many texts as there are paths, valid as long as the text is: of simple values as they
    /// stand in it, escapes of strings not decoded; empty for what is not there, holds elements, or
    /// is of another type of resource. Fails with fhir.not_json where the text is seen to be none.
    Result<std::span<const std::string_view>> read(std::string_view json);

private:
    /// A member that paths go through or end at.
    struct Step {
        std::string name;
        std::int64_t index = 0;
        std::vector<std::uint32_t> next;    ///< steps inside
        std::vector<std::uint32_t> fields;  ///< paths that end here
    };

    class Pass;

    FieldReader() : steps_(1), scanner_(std::make_unique<StructureScanner>()) {}

    Result<void> add(std::string_view path, std::uint32_t field);
    /// The step of that member and place, perhaps a new one; 0 if there is one of another place.
    std::uint32_t step_inside(std::uint32_t step, std::string_view name, std::int64_t index);

    std::vector<Step> steps_;  // the first is the resource itself
    std::string type_;         // of the resource; empty: any
    std::vector<std::string_view> texts_;
    std::unique_ptr<StructureScanner> scanner_;
};

}  // namespace aorta::fhir
