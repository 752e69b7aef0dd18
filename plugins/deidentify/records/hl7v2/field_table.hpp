// What each profile does to each field of HL7 v2, as generated from the CSV files in data/.
#pragma once

#include <cstdint>
#include <span>

namespace aorta::plugins::deidentify {

/// How a field is rewritten. Whatever does not have the form that its treatment expects is removed.
/// Empty and null (`""`) values stay in every one.
enum class Treatment : std::uint8_t {
    Remove,
    Keep,           ///< byte for byte
    Coded,          ///< codes stay, and their texts and systems; text without a code goes
    CodeOnly,       ///< codes with their systems stay; all text goes
    Text,           ///< Remove, or CodeOnly or ScrubbedCoded if the policy says so
    FreeText,       ///< Remove, or Scrub if the policy says so
    Scrub,          ///< text without what identifies somebody
    ScrubbedCoded,  ///< codes with their systems stay; all text is scrubbed
    Number,         ///< a number, a comparator before it; ages above 89 become 90
    Structured,     ///< SN, NR: numbers, comparators and separators
    Quantity,       ///< a number and a unit
    Label,          ///< words of printable characters without spaces
    First,          ///< the first component if it is a code
    Range,          ///< a number, or two
    Date,           ///< the year, nothing if it shows an age above 89; or shifted
    Occurrence,     ///< a code, then dates
    Timing,         ///< TQ: quantity, interval, duration, priority; start and end as dates
    Address,        ///< state, three digits of a ZIP code, country, type
    CityAddress,    ///< the same with city and whole postal code
    Location,       ///< PL, LA1, LA2 without descriptions and addresses
    Id,             ///< CX: removed, or a code
    Code,           ///< other identifiers: removed, or a code
    Surrogate,      ///< a code for the whole value
    ByValueType,    ///< OBX-5: by OBX-2
    ControlId,      ///< a new one
};

struct FieldRule {
    std::uint8_t field;
    Treatment treatments[3];  ///< by privacy::Profile
    char hipaa_class;         ///< A to R; D for D, E, F; T free text; V OBX-5; - outside
};

struct SegmentRules {
    char name[4];
    std::uint16_t first;
    std::uint16_t count;
};

/// Ordered by name.
std::span<const SegmentRules> segment_rules();
/// Ordered by field; a field that is not there is removed.
std::span<const FieldRule> field_rules(const SegmentRules& segment);

}  // namespace aorta::plugins::deidentify
