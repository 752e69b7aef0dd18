// Reading the generated tables.
#pragma once

#include "map/hl7v2_to_fhir/guide/data.hpp"

#include <span>
#include <string_view>

namespace aorta::plugins::map_hl7v2_to_fhir::guide {

inline std::string_view text(std::uint16_t number) {
    return {kText + kTextBegin[number], kTextBegin[number + 1] - kTextBegin[number] - 1};
}

inline std::span<const Step> steps(std::uint16_t begin, std::uint8_t count) {
    return {kSteps + begin, count};
}

inline std::span<const Op> condition(std::uint16_t begin, std::uint8_t count) {
    return {kOps + begin, count};
}

inline std::span<const Row> rows(const Map& map) {
    return {kRows + map.begin, static_cast<std::size_t>(map.end - map.begin)};
}

inline std::span<const MessageRow> rows(const MessageMap& map) {
    return {kMessageRows + map.begin, static_cast<std::size_t>(map.end - map.begin)};
}

inline std::span<const Required> required(std::uint16_t type) {
    return {kRequired + kTypes[type].begin,
            static_cast<std::size_t>(kTypes[type].end - kTypes[type].begin)};
}

inline std::string_view type_name(std::uint16_t type) {
    return text(kTypes[type].name);
}

/// The number of a text that is known to be there; of the empty one if it is not. Takes long: once.
std::uint16_t number_of(std::string_view wanted);
/// The same of a type.
std::uint16_t type_of(std::string_view name);

/// Null if the concept map has no such code.
const Concept* find_concept(std::uint16_t map, std::string_view code);

/// The URI of a coding system by its name in HL7 table 0396; empty if it is not known.
std::string_view find_system(std::string_view name);

/// The map of a structure, or of the one that it is like; null if the guide has none.
const MessageMap* find_message(std::string_view structure);
/// What holds for segments that the map of the structure leaves out.
const MessageMap& any_message();

/// True if `value` is one of those between the bars.
bool is_one_of(std::string_view values, std::string_view value);

}  // namespace aorta::plugins::map_hl7v2_to_fhir::guide
