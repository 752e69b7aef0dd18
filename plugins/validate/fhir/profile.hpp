// Profiles: what StructureDefinitions say beyond R4.
#pragma once

#include "common/fhir/tree.hpp"
#include "common/fhir_definitions/definitions.hpp"
#include "validate/fhir/fhirpath.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::validate_fhir {

/// A JSON text and its tree, at an address that stays.
struct LoadedFile {
    std::string text;
    std::vector<std::uint32_t> block;
    fhir::Tree tree;
};

/// Codes with their systems; those of a system without a list stand for all of it.
struct CodeSet {
    std::uint16_t of_r4 = 0;  ///< among the tables; 0: the codes are here
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> systems_of = {};
    std::set<std::string, std::less<>> whole_systems = {};

    bool has(std::string_view code) const;
    bool has(std::string_view code, std::string_view system) const;
};

struct ProfileRule {
    std::string key;
    std::string human;
    bool is_error = true;
    FhirPath path;
};

enum class DiscriminatorKind : std::uint8_t { Value, Exists, Type, Profile };

struct Discriminator {
    DiscriminatorKind kind = DiscriminatorKind::Value;
    std::vector<std::string> path = {};  ///< steps; empty: $this
};

/// An element of a profile, or a slice of one.
struct ProfileNode {
    std::string name = {};  ///< of the element, without [x]; of a slice: its own name
    std::uint32_t min = 0;
    std::uint32_t max = UINT32_MAX;
    std::vector<std::string> types = {};     ///< empty: as R4 has it
    std::vector<std::string> profiles = {};  ///< of its type
    std::set<fhir_definitions::Type> targets = {};
    fhir::Element fixed = {};
    fhir::Element pattern = {};
    fhir::Element least = {};  ///< minValue, maxValue
    fhir::Element most = {};
    std::uint32_t max_length = UINT32_MAX;
    std::string value_set = {};  ///< of a required binding
    std::vector<ProfileRule> rules = {};
    bool is_sliced = false;
    bool is_closed = false;
    std::vector<Discriminator> discriminators = {};
    std::vector<ProfileNode> slices = {};
    std::vector<ProfileNode> children = {};
};

struct Profile {
    std::string url;
    std::string base;  ///< to be applied too, if the profile has no snapshot
    fhir_definitions::Type type{};
    ProfileNode root;
};

/// All profiles and value sets of a node. Made once; any thread may read.
class ProfileSet {
public:
    ProfileSet();

    /// Takes a StructureDefinition, a ValueSet, or a Bundle of them. Fails if it is nothing of
    /// this, or a profile of what R4 does not have.
    Result<void> add(std::string text);

    const Profile* find(std::string_view url) const;
    /// Null if nothing is known of it.
    const CodeSet* find_codes(std::string_view url) const;
    /// The vital signs profile for an Observation with one of R4's codes of vital signs.
    const Profile* vital_sign_of(fhir::Element observation) const;

private:
    Result<void> add_resource(fhir::Element resource);
    Result<void> add_profile(fhir::Element definition);
    void add_value_set(fhir::Element set);

    std::vector<std::unique_ptr<LoadedFile>> files_;
    std::map<std::string, Profile, std::less<>> profiles_;
    std::map<std::string, CodeSet, std::less<>> code_sets_;
    std::map<std::string, std::string, std::less<>> vital_signs_;  // by LOINC code
};

}  // namespace aorta::plugins::validate_fhir
