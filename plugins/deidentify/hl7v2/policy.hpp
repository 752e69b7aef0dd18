// A profile with the exceptions that a pipeline makes: the treatment of every field.
#pragma once

#include "common/hl7/path.hpp"
#include "deidentify/hl7v2/field_table.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::deidentify {

enum class Profile : std::uint8_t { SafeHarbor, LimitedDataSet };

struct PolicyConfig {
    Profile profile = Profile::SafeHarbor;
    std::vector<hl7::Path> keep;          ///< whole fields, kept byte for byte
    std::vector<hl7::Path> remove;        ///< whole fields
    std::vector<std::string> z_segments;  ///< kept byte for byte
    bool keep_text_codes = false;         ///< Text keeps codes that have a coding system
};

/// The treatment of one segment's fields.
struct SegmentPolicy {
    std::array<char, 3> name{};
    bool keeps_all = false;
    std::vector<Treatment> fields;  ///< by number; [0] is not used

    Treatment treatment(std::size_t field) const {
        return field < fields.size() ? fields[field] : Treatment::Remove;
    }
};

/// Immutable once made; any thread may read it.
class Policy {
public:
    explicit Policy(const PolicyConfig& config);

    Profile profile() const { return profile_; }

    /// Null for a segment that must go.
    const SegmentPolicy* find(std::string_view name) const;

private:
    SegmentPolicy& segment(std::string_view name);
    void set(const hl7::Path& path, Treatment treatment);

    Profile profile_;
    std::vector<SegmentPolicy> segments_;  // by name
};

/// The class of a field in 45 CFR 164.514(b)(2)(i) as FieldRule gives it; 'R' for a field without
/// a rule.
char hipaa_class(const hl7::Path& path);

}  // namespace aorta::plugins::deidentify
