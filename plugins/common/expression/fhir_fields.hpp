// Elements of a FHIR resource and the attributes of its record.
#pragma once

#include "common/expression/hl7_fields.hpp"
#include "common/fhir/path.hpp"

#include <cstdint>
#include <vector>

namespace aorta::expression {

/// Borrows both. Truths of the resource are the texts true and false, numbers their text.
class FhirFields final : public Fields {
public:
    FhirFields(const fhir::Tree& tree, Attributes& attributes)
        : root_(fhir::Item::of(tree.root())), attributes_(attributes) {}

    Value read(const Path& path, const Cursor& at, Scratch& scratch) override;
    bool next(const Path& set, const Cursor& outer, Cursor& element) override;

    /// How often several values stood where one is meant: none was read.
    std::uint64_t not_single() const { return not_single_; }

    /// The paths took more steps than fhir::PathLimits::kMaxWork together.
    bool is_too_costly() const { return budget_ == 0; }

private:
    const fhir::Item& from(const Path& path, const Cursor& at) const;
    Value value_of(const fhir::Item& item, Scratch& scratch) const;

    fhir::Item root_;
    Attributes& attributes_;
    std::vector<fhir::Item> elements_;  // of the quantifiers that are under way, outer ones first
    std::uint64_t not_single_ = 0;
    std::uint64_t budget_ = fhir::PathLimits::kMaxWork;
};

}  // namespace aorta::expression
