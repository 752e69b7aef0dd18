// A resource against the definitions of R4: elements, cardinality, types, bindings, references,
// contained resources, invariants.
#pragma once

#include "common/fhir/tree.hpp"
#include "common/fhir_definitions/definitions.hpp"
#include "validate/fhir/fhirpath.hpp"
#include "validate/fhir/findings.hpp"
#include "validate/fhir/rules.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::plugins::validate_fhir {

struct StructureOptions {
    std::set<std::string, std::less<>> modifier_extensions = {};  ///< urls that are known
};

/// One thread at a time.
class StructureCheck {
public:
    /// Called for each resource, contained ones and entries of bundles too, once it is checked,
    /// with the reporter at its place.
    using OnResource = std::function<void(const TypedElement&, const FhirPathContext&)>;

    StructureCheck(StructureOptions options, Reporter& report, OnResource on_resource)
        : options_(std::move(options)), report_(report), on_resource_(std::move(on_resource)) {}

    /// A whole resource.
    void run(const fhir::Tree& tree);

private:
    /// What a resource contains, by id, and the ids that something in it refers to.
    struct ContainedIds {
        bool is_read = false;
        std::map<std::string, fhir::Element, std::less<>> resources = {};
        std::set<std::string, std::less<>> references = {};
    };

    using Row = fhir_definitions::Element;
    using Type = fhir_definitions::Type;

    void resource(fhir::Element element);
    void object(const TypedElement& value, const Row* row);
    std::size_t members(const TypedElement& value, std::uint64_t& seen);
    bool is_other_choice(const TypedElement& parent, const Row& row) const;
    void values(fhir::Element parent, fhir::Element child, const Row& row);
    void value(fhir::Element element, const Row& row);
    void siblings(fhir::Element parent, fhir::Element child, const Row& row);
    void sibling(fhir::Element element);
    void primitive(fhir::Element element, const Row& row);
    void code(std::string_view text, const Row& row);
    void missing(Type type, std::uint64_t seen);
    void special(const TypedElement& value, const Row* row);
    void extension(const TypedElement& value, const Row* row);
    void reference(const TypedElement& value, const Row* row);
    void fragment(std::string_view id, const Row* row);
    void target(Type type, const Row* row);
    void entry(const TypedElement& value);
    void coded(const TypedElement& value, const Row& row);
    void contained(fhir::Element resource);
    const ContainedIds& contained_ids();
    void invariants(const TypedElement& value);
    void holds(const TypedElement& value, const Rules::Rule& rule);

    StructureOptions options_;
    Reporter& report_;
    OnResource on_resource_;
    const Rules& rules_ = Rules::shared();
    FhirPathContext context_;
    ContainedIds* contained_ids_ = nullptr;  // of context_.root
    bool is_contained_ = false;
    bool is_in_transaction_ = false;
    std::string scratch_;
};

}  // namespace aorta::plugins::validate_fhir
