// Addresses under Safe Harbor: 45 CFR 164.514(b)(2)(i)(B).
#include "common/hl7/message.hpp"
#include "deidentify/hl7v2/field_table.hpp"
#include "deidentify/hl7v2/values.hpp"

#include <algorithm>
#include <span>

namespace aorta::plugins::deidentify {

namespace {

constexpr std::size_t kCity = 3;
constexpr std::size_t kState = 4;
constexpr std::size_t kPostalCode = 5;
constexpr std::size_t kCountry = 6;
constexpr std::size_t kType = 7;

constexpr std::string_view kUnitedStates[] = {
    "US", "USA", "840", "UNITED STATES", "UNITED STATES OF AMERICA"};

constexpr std::string_view kStateCodes[] = {
    "AA", "AE", "AK", "AL", "AP", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "FM", "GA",
    "GU", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MH", "MI", "MN", "MO",
    "MP", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR",
    "PW", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY"};

constexpr std::string_view kStateNames[] = {
    "ALABAMA",        "ALASKA",         "ARIZONA",
    "ARKANSAS",       "CALIFORNIA",     "COLORADO",
    "CONNECTICUT",    "DELAWARE",       "DISTRICT OF COLUMBIA",
    "FLORIDA",        "GEORGIA",        "GUAM",
    "HAWAII",         "IDAHO",          "ILLINOIS",
    "INDIANA",        "IOWA",           "KANSAS",
    "KENTUCKY",       "LOUISIANA",      "MAINE",
    "MARYLAND",       "MASSACHUSETTS",  "MICHIGAN",
    "MINNESOTA",      "MISSISSIPPI",    "MISSOURI",
    "MONTANA",        "NEBRASKA",       "NEVADA",
    "NEW HAMPSHIRE",  "NEW JERSEY",     "NEW MEXICO",
    "NEW YORK",       "NORTH CAROLINA", "NORTH DAKOTA",
    "OHIO",           "OKLAHOMA",       "OREGON",
    "PENNSYLVANIA",   "PUERTO RICO",    "RHODE ISLAND",
    "SOUTH CAROLINA", "SOUTH DAKOTA",   "TENNESSEE",
    "TEXAS",          "UTAH",           "VERMONT",
    "VIRGINIA",       "WASHINGTON",     "WEST VIRGINIA",
    "WISCONSIN",      "WYOMING"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_short_code(std::string_view text) {
    return text.size() <= 3 && std::all_of(text.begin(), text.end(), [](char c) {
               return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
           });
}

std::string upper(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

bool is_one_of(std::string_view text, std::span<const std::string_view> all) {
    const std::string wanted = upper(text);
    return std::find(all.begin(), all.end(), wanted) != all.end();
}

/// 60601, 60601-1234 and 606011234 give 606, or 000 where too few live; anything else is no ZIP.
std::string_view zip3_of(std::string_view postal_code) {
    const std::string_view head = postal_code.substr(0, 5);
    std::string_view tail = postal_code.substr(head.size());
    if (tail.starts_with('-')) {
        tail.remove_prefix(1);
    }
    const bool is_zip = head.size() == 5 && std::all_of(head.begin(), head.end(), is_digit) &&
                        (tail.empty() || tail.size() == 4) &&
                        std::all_of(tail.begin(), tail.end(), is_digit) &&
                        (!tail.empty() || postal_code.size() == 5);
    if (!is_zip) {
        return {};
    }
    const auto digit = [&](std::size_t i) { return static_cast<unsigned>(head[i] - '0'); };
    const unsigned zip3 = digit(0) * 100 + digit(1) * 10 + digit(2);
    return is_populous_zip3(zip3) ? head.substr(0, 3) : std::string_view{"000"};
}

}  // namespace

void append_address(std::string_view repetition,
                    bool whole_city,
                    bool is_us_by_default,
                    const hl7::Delimiters& delimiters,
                    std::string& out) {
    const hl7::Split parts{repetition, delimiters.component};
    const auto part = [&](std::size_t n) { return parts.at(n); };
    const std::string_view country = part(kCountry);
    const bool is_us = country.empty() ? is_us_by_default : is_one_of(country, kUnitedStates);
    ComponentWriter writer{delimiters.component, out};
    if (whole_city) {
        for (std::size_t n = kCity; n <= kType; ++n) {
            writer.put(n, part(n));
        }
        return;
    }
    const std::string_view state = part(kState);
    const bool is_state = is_us ? is_one_of(state, kStateCodes) || is_one_of(state, kStateNames)
                                : is_short_code(state);
    if (is_state) {
        writer.put(kState, state);
    }
    if (is_us) {
        writer.put(kPostalCode, zip3_of(part(kPostalCode)));
    }
    if (is_us || is_short_code(country)) {
        writer.put(kCountry, country);
    }
    if (is_short_code(part(kType))) {
        writer.put(kType, part(kType));
    }
}

}  // namespace aorta::plugins::deidentify
