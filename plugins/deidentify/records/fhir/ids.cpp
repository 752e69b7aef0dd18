#include "deidentify/records/fhir/ids.hpp"

#include "common/fhir_definitions/definitions.hpp"

#include <algorithm>

namespace aorta::plugins::deidentify {
namespace {

constexpr std::string_view kServer = "https://deidentified.invalid/";
constexpr std::string_view kHistory = "/_history/";
constexpr std::string_view kUuid = "urn:uuid:";
constexpr std::string_view kOid = "urn:oid:";

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.';
    });
}

int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/// %7C is |.
std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() &&
                               hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        out += is_escape ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]))
                         : text[i];
        i += is_escape ? 2 : 0;
    }
    return out;
}

}  // namespace

void Ids::begin(std::array<std::uint64_t, 2> record) {
    record_ = record;
    known_.clear();
}

std::string Ids::id_of(std::string_view id) {
    if (id.empty()) {
        return {};
    }
    const auto known = known_.find(std::string{id});
    if (known != known_.end()) {
        return known->second;
    }
    std::string made = protector_.code_mode() == privacy::CodeMode::Remove
                           ? privacy::fresh_id(record_[0], record_[1], known_.size() + 1)
                           : protector_.code_for(id);
    known_.emplace(id, made);
    return made;
}

std::string Ids::identifier_of(std::string_view value, std::string_view system) {
    if (protector_.code_mode() == privacy::CodeMode::Pseudonym) {
        return protector_.code_for(value);  // the same as in formats that name the system otherwise
    }
    std::string identifier{value};
    identifier += '^';
    identifier += system;
    return protector_.code_for(identifier);
}

std::string Ids::reference_of(std::string_view reference, bool keeps_system) {
    if (reference.starts_with('#')) {
        const std::string made = id_of(reference.substr(1));
        return made.empty() && reference.size() > 1 ? made : "#" + made;
    }
    if (reference.starts_with(kUuid) || reference.starts_with(kOid)) {
        const std::string made = id_of(reference.substr(reference.rfind(':') + 1));
        return made.empty() ? made : std::string{kUuid} + privacy::uuid_of(made);
    }
    if (const std::size_t query = reference.find('?'); query != std::string_view::npos) {
        const std::string_view type = reference.substr(0, query);
        const std::string condition = condition_of(reference.substr(query + 1), keeps_system);
        return !fhir_definitions::is_resource(type) || condition.empty()
                   ? std::string{}
                   : std::string{type} + "?" + condition;
    }
    const bool is_absolute = reference.find("://") != std::string_view::npos;
    reference = reference.substr(0, reference.find(kHistory));
    const std::size_t slash = reference.rfind('/');
    if (slash == std::string_view::npos) {
        return {};
    }
    const std::string_view before = reference.substr(0, slash);
    const std::string_view type = before.substr(before.rfind('/') + 1);
    const std::string_view id = reference.substr(slash + 1);
    if (!fhir_definitions::is_resource(type) || !is_id(id)) {
        return {};
    }
    const std::string made = id_of(id);
    if (made.empty()) {
        return made;
    }
    std::string out{is_absolute ? kServer : std::string_view{}};
    out += type;
    out += '/';
    return out + made;
}

std::string Ids::condition_of(std::string_view condition, bool keeps_system) {
    constexpr std::string_view kIdentifier = "identifier=";
    if (!condition.starts_with(kIdentifier) || condition.find('&') != std::string_view::npos) {
        return {};
    }
    const std::string token = percent_decoded(condition.substr(kIdentifier.size()));
    const std::size_t bar = token.find('|');
    const std::string system = bar == std::string::npos ? std::string{} : token.substr(0, bar);
    const std::string made =
        identifier_of(bar == std::string::npos ? token : token.substr(bar + 1), system);
    if (made.empty()) {
        return {};
    }
    // The system goes as it was written: only the value is new.
    const std::size_t end = std::min(condition.find('|'), condition.find("%7C"));
    const bool has_system = keeps_system && !system.empty() && end != std::string_view::npos;
    std::string out{has_system ? condition.substr(0, end) : kIdentifier};
    out += has_system ? "|" : "";
    return out + made;
}

}  // namespace aorta::plugins::deidentify
