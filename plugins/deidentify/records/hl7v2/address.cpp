// Addresses under Safe Harbor: 45 CFR 164.514(b)(2)(i)(B).
#include "common/hl7/message.hpp"
#include "common/privacy/places.hpp"
#include "deidentify/records/hl7v2/values.hpp"

namespace aorta::plugins::deidentify {

namespace {

constexpr std::size_t kCity = 3;
constexpr std::size_t kState = 4;
constexpr std::size_t kPostalCode = 5;
constexpr std::size_t kCountry = 6;
constexpr std::size_t kType = 7;

}  // namespace

void append_address(std::string_view repetition,
                    bool whole_city,
                    bool is_us_by_default,
                    const hl7::Delimiters& delimiters,
                    std::string& out) {
    const hl7::Split parts{repetition, delimiters.component};
    const auto part = [&](std::size_t n) { return parts.at(n); };
    const std::string_view country = part(kCountry);
    const bool is_us = country.empty() ? is_us_by_default : privacy::is_united_states(country);
    ComponentWriter writer{delimiters.component, out};
    if (whole_city) {
        for (std::size_t n = kCity; n <= kType; ++n) {
            writer.put(n, part(n));
        }
        return;
    }
    const std::string_view state = part(kState);
    const bool is_state = is_us ? privacy::is_us_state(state) : privacy::is_short_code(state);
    if (is_state) {
        writer.put(kState, state);
    }
    if (is_us) {
        writer.put(kPostalCode, privacy::zip3_of(part(kPostalCode)));
    }
    if (is_us || privacy::is_short_code(country)) {
        writer.put(kCountry, country);
    }
    if (privacy::is_short_code(part(kType))) {
        writer.put(kType, part(kType));
    }
}

}  // namespace aorta::plugins::deidentify
