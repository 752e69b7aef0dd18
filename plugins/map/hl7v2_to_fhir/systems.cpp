// The part of Mapper that finds the URIs of coding systems and assigning authorities.
#include "map/hl7v2_to_fhir/mapper.hpp"

#include <algorithm>

namespace aorta::plugins::map_hl7v2_to_fhir {

std::string Mapper::system_of(std::string_view name) const {
    if (const auto own = config_.systems.find(name); own != config_.systems.end()) {
        return own->second;
    }
    if (const std::string_view known = guide::find_system(name); !known.empty()) {
        return std::string{known};
    }
    if (name.size() == 7 && name.starts_with("HL7") &&
        std::all_of(name.begin() + 3, name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return "http://terminology.hl7.org/CodeSystem/v2-" + std::string{name.substr(3)};
    }
    if (name.find(':') != std::string_view::npos) {
        return std::string{name};
    }
    const bool is_oid = name.find('.') != std::string_view::npos &&
                        name.find_first_not_of("0123456789.") == std::string_view::npos;
    if (is_oid) {
        return "urn:oid:" + std::string{name};
    }
    return config_.local_systems.empty() ? std::string{}
                                         : config_.local_systems + std::string{name};
}

std::string Mapper::authority_of(const Source& hd) const {
    const hl7::Message& message = view_.message();
    const auto text = [&](std::size_t n) {
        return decoded(hd.part(message, n).leaf(message).raw, hl7::TextKind::Plain);
    };
    const std::string universal = text(2);
    for (const std::string& name : {text(1), universal}) {
        if (const auto own = config_.systems.find(name); own != config_.systems.end()) {
            return own->second;
        }
    }
    const std::string type = text(3);
    return !config_.prefers_universal_id || universal.empty() ? std::string{}
           : type == "ISO"                                    ? "urn:oid:" + universal
           : type == "UUID"                                   ? "urn:uuid:" + universal
           : type == "URI"                                    ? universal
                                                              : std::string{};
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
