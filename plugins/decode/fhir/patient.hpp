// Whose resource it is: the text that a record's key is made of.
#pragma once

#include "common/fhir/tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aorta::plugins::decode_fhir {

enum class KeyKind : std::uint8_t {
    None,
    Reference,   ///< the id that references to the patient end with
    Identifier,  ///< the value of the patient's identifier
};

struct KeyConfig {
    KeyKind kind = KeyKind::Reference;
    std::string system;  ///< of the identifier; empty: the first that has a value
};

/// Finds the patients of resources. What the patients of a Bundle have in their own resources is
/// known for the resources beside them. One thread at a time.
class Patients {
public:
    explicit Patients(KeyConfig config) : config_(std::move(config)) {}

    /// Turns to the resources of a Bundle, or to one that stands alone (an element that is none).
    void begin(const fhir::Element& bundle);

    /// The text for the key of a resource; empty if it tells of no patient, or of several. Of a
    /// Bundle: that of its resources, if they tell of one patient alone.
    std::string key_of(const fhir::Element& resource) const;

private:
    std::string key_of_bundle(const fhir::Element& bundle) const;
    std::string key_of_patient(const fhir::Element& patient) const;
    std::string key_of_reference(const fhir::Element& reference) const;
    std::string identifier_in(const fhir::Element& identifiers) const;

    KeyConfig config_;
    /// By the full URL of their entries and by "Patient/id".
    std::unordered_map<std::string, fhir::Element> known_;
};

}  // namespace aorta::plugins::decode_fhir
