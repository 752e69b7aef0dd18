#include "flow/consent/hl7_data.hpp"

#include "common/hl7/escape.hpp"

namespace aorta::plugins::consent {
namespace {

void add_names(const hl7::Message& message,
               std::string_view field,
               std::string_view system,
               Patient& names) {
    for (const std::string_view repetition : message.repetitions(field)) {
        const auto component = [&](std::size_t number, std::size_t part = 1) {
            const hl7::Split parts =
                message.subcomponents(message.components(repetition).at(number));
            return hl7::decode(parts.at(part), message.delimiters());
        };
        const std::string value = component(1);
        if (value.empty() || value == "\"\"") {
            continue;
        }
        names.push_back(value);
        const std::string authority = component(4, 2);  // HD.2, of the kind HD.3
        const std::string kind = component(4, 3);
        if (!authority.empty() && (kind == "ISO" || kind == "URI")) {
            names.push_back((kind == "ISO" ? "urn:oid:" : "") + authority + '|' + value);
        } else if (authority.empty() && component(4).empty() && !system.empty()) {
            names.push_back(std::string{system} + '|' + value);
        }
    }
}

}  // namespace

Unit unit_of(const hl7::Message& message, std::string_view system) {
    Unit unit;
    for (std::size_t segment = 0; segment < message.segment_count(); ++segment) {
        if (message.name(segment) == "PID") {
            Patient& names = unit.patients.emplace_back();
            for (const std::uint32_t field : {3U, 2U, 4U}) {
                add_names(message, message.field(segment, field), system, names);
            }
        } else if (message.name(segment) == "MRG" && !unit.patients.empty()) {
            add_names(message, message.field(segment, 1), system, unit.patients.back());
        }
    }
    for (Patient& names : unit.patients) {
        if (names.empty()) {
            names.emplace_back();  // somebody
        }
    }
    return unit;
}

}  // namespace aorta::plugins::consent
