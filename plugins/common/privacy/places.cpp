#include "common/privacy/places.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace aorta::privacy {

namespace {

constexpr std::size_t kMaxLabelBytes = 40;

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

}  // namespace

bool is_united_states(std::string_view country) {
    return is_one_of(country, kUnitedStates);
}

bool is_us_state(std::string_view text) {
    return is_one_of(text, kStateCodes) || is_one_of(text, kStateNames);
}

bool is_short_code(std::string_view text) {
    return text.size() <= 3 && std::all_of(text.begin(), text.end(), [](char c) {
               return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
           });
}

bool is_label(std::string_view text) {
    return text.size() <= kMaxLabelBytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

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

}  // namespace aorta::privacy
