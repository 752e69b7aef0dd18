// A profile with the exceptions that a pipeline makes: the treatment of every field.
#pragma once

#include "common/hl7/path.hpp"
#include "common/privacy/policy.hpp"
#include "deidentify/records/hl7v2/field_table.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::deidentify {

enum class DateMode : std::uint8_t { Year, Shift, Keep };
enum class TextMode : std::uint8_t { Drop, KeepCodes, Scrub };

struct PolicyConfig {
    privacy::Profile profile = privacy::Profile::SafeHarbor;
    DateMode dates = DateMode::Year;
    TextMode text = TextMode::Drop;
    std::vector<hl7::Path> keep = {};          ///< whole fields, kept byte for byte
    std::vector<hl7::Path> remove = {};        ///< whole fields
    std::vector<std::string> z_segments = {};  ///< kept byte for byte
    std::vector<privacy::Rule> rules = {};     ///< those for HL7 v2; the first that fits wins
};

/// What a rule of the pipeline does, and which it is.
struct OwnTreatment {
    privacy::Treatment treatment;
    std::size_t rule = 0;
};

struct ComponentTreatment {
    std::uint32_t component = 0;
    OwnTreatment own;
};

struct FieldPolicy {
    Treatment treatment = Treatment::Remove;     ///< of the profile
    std::optional<OwnTreatment> own = {};        ///< instead of it
    std::vector<ComponentTreatment> parts = {};  ///< on top; of one component, the first
};

/// The treatment of one segment's fields.
struct SegmentPolicy {
    std::array<char, 3> name{};
    bool keeps_all = false;                ///< no field has a policy of its own
    std::vector<FieldPolicy> fields = {};  ///< by number; [0] is not used
    FieldPolicy other = {};                ///< of fields beyond

    const FieldPolicy& field(std::size_t number) const {
        return number < fields.size() ? fields[number] : other;
    }
};

/// Immutable once made; any thread may read it.
class Policy {
public:
    explicit Policy(const PolicyConfig& config);

    /// Null for a segment that must go.
    const SegmentPolicy* find(std::string_view name) const;

    /// What a rule says of the data type in OBX-2; null if none does.
    const OwnTreatment* find_value_type(std::string_view type) const;

private:
    SegmentPolicy& segment(std::string_view name);
    FieldPolicy& field(std::string_view segment, std::size_t number);
    void add(const privacy::Rule& rule);
    void set_type(std::string_view type, const OwnTreatment& own);

    std::vector<SegmentPolicy> segments_;  // by name
    std::vector<std::pair<std::string, OwnTreatment>> value_types_;
};

/// The class of a field in 45 CFR 164.514(b)(2)(i) as FieldRule gives it; 'R' for a field without
/// a rule.
char hipaa_class(const hl7::Path& path);

}  // namespace aorta::plugins::deidentify
