#include "common/hl7_tables/data_types.hpp"

#include <algorithm>

namespace aorta::hl7_tables {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

bool is_number(std::string_view value) {
    if (!value.empty() && (value[0] == '+' || value[0] == '-')) {
        value.remove_prefix(1);
    }
    const std::size_t point = value.find('.');
    const std::string_view whole = value.substr(0, point);
    const std::string_view part =
        point == std::string_view::npos ? std::string_view{} : value.substr(point + 1);
    return whole.size() + part.size() > 0 && std::all_of(whole.begin(), whole.end(), is_digit) &&
           std::all_of(part.begin(), part.end(), is_digit);
}

bool is_set_id(std::string_view value) {
    return !value.empty() && value.size() <= 4 && std::all_of(value.begin(), value.end(), is_digit);
}

}  // namespace aorta::hl7_tables
