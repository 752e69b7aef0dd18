#include "validate/hl7v2/field_check.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7_tables/data_types.hpp"
#include "common/hl7_tables/date_time.hpp"

#include <algorithm>

namespace aorta::plugins::validate_hl7v2 {

namespace {

using hl7_definitions::Field;
using hl7_definitions::Form;
using hl7_definitions::Type;
using hl7_definitions::Version;
namespace type = hl7_definitions::data;

constexpr std::string_view kNull = "\"\"";

bool has_value(std::string_view text) {
    return !text.empty() && text != kNull;
}

bool is_of_form(std::string_view value, Form form) {
    switch (form) {
        case Form::Number:
            return hl7_tables::is_number(value);
        case Form::SetId:
            return hl7_tables::is_set_id(value);
        case Form::Date:
            return hl7_tables::is_date(value);
        case Form::Time:
            return hl7_tables::is_time(value);
        case Form::DateTime:
            return hl7_tables::parse_date_time(value).has_value();
        default:
            return true;
    }
}

std::string_view form_text(Form form) {
    switch (form) {
        case Form::Number:
            return "a number: digits, perhaps with a sign and a decimal point, nothing else";
        case Form::SetId:
            return "a number from 0 to 9999";
        case Form::Date:
            return "a date: YYYY, YYYYMM or YYYYMMDD, of a day that exists";
        case Form::Time:
            return "a time of day: HH, HHMM, HHMMSS or HHMMSS.SSSS, perhaps with a zone +/-ZZZZ";
        default:
            return "a date and time: YYYY[MM[DD[HH[MM[SS[.S…]]]]]], perhaps with a zone +/-ZZZZ";
    }
}

/// Characters, not bytes.
std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

bool is_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return false;
    }
    for (int i = 0; i < 2 && text.ends_with('='); ++i) {
        text.remove_suffix(1);
    }
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
    });
}

bool is_number_or_time(Form form) {
    return form == Form::Number || form == Form::SetId || form == Form::Date ||
           form == Form::Time || form == Form::DateTime;
}

/// The number of the first part behind the `most` first that has a value; 0: there is none.
std::uint32_t first_beyond(const hl7::Split& parts, std::uint32_t most) {
    std::uint32_t number = 0;
    for (const std::string_view part : parts) {
        if (++number > most && has_value(part)) {
            return number;
        }
    }
    return 0;
}

/// HL7nnnn, the names of HL7's tables as coding systems.
bool is_hl7_system(std::string_view system) {
    return system.empty() || (system.starts_with("HL7") && system.size() >= 7);
}

/// Sites may have message types, events and structures of their own.
bool is_site_code(std::uint16_t table, std::string_view code) {
    return (table == 3 || table == 76 || table == 354) && code.starts_with('Z');
}

std::string codes_of(const hl7_definitions::Table& table) {
    constexpr std::size_t kMost = 60;
    std::string codes = table.codes;
    std::replace(codes.begin(), codes.end(), '|', ' ');
    if (codes.size() > kMost) {
        codes.resize(codes.rfind(' ', kMost));
        codes += " …";
    }
    return codes;
}

std::string number_of(std::uint16_t table) {
    const std::string digits = std::to_string(table);
    return std::string(4 - std::min<std::size_t>(4, digits.size()), '0') + digits;
}

}  // namespace

void FieldCheck::check(std::size_t segment, Reporter& report) {
    const auto rows = hl7_definitions::fields_of(message_->name(segment));
    const std::size_t first = message_->is_header(segment) ? 3 : 1;
    std::size_t last = 0;
    for (const Field& field : rows) {
        if (field.number < first || !hl7_definitions::is_in(field, version_)) {
            continue;
        }
        last = field.number;
        const std::string_view value = message_->field(segment, field.number);
        if (value.empty()) {
            check_missing(segment, field, report);
        } else if (value != kNull) {
            check_field(segment, field, value, report);
        }
    }
    if (version_ == Version::V2_8) {
        return;  // the fields that 2.8 added are not known
    }
    for (std::size_t i = last + 1; last != 0 && i <= message_->field_count(segment); ++i) {
        if (has_value(message_->field(segment, i))) {
            report.at(
                Problem::UnexpectedField,
                segment,
                {.field = static_cast<std::uint32_t>(std::min<std::size_t>(i, hl7::Path::kMax))},
                [&] {
                    return std::string{message_->name(segment)} + " of HL7 " +
                           std::string{hl7_definitions::name_of(version_)} + " ends with field " +
                           std::to_string(last);
                });
            return;
        }
    }
}

void FieldCheck::check_missing(std::size_t segment, const Field& field, Reporter& report) {
    if (field.usage != 'R') {
        return;
    }
    report.at(field.type == type::SI ? Problem::SetIdMissing : Problem::RequiredFieldMissing,
              segment,
              {.field = field.number},
              [&] {
                  return "HL7 " + std::string{hl7_definitions::name_of(version_)} +
                         " requires a value here, of type " +
                         std::string{hl7_definitions::type_name(field.type)};
              });
}

void FieldCheck::check_field(std::size_t segment,
                             const Field& field,
                             std::string_view value,
                             Reporter& report) {
    const std::string_view name = message_->name(segment);
    Place place{segment, {.field = field.number}, &field, field.type, field.table};
    if (name == "OBX" && field.number == 5) {
        check_observation(segment, value, report);
        return;
    }
    if (name == "OBX" && field.number == 2 && observation_type_ &&
        !hl7_definitions::find_type(value)) {
        return;
    }
    if (name == "MSH" && (field.number == 9 || field.number == 12)) {
        return;  // the structure and the version have their own reasons
    }
    std::uint32_t count = 0;
    for (const std::string_view each : message_->repetitions(value)) {
        place.path.repetition = ++count;
        check_repetition(place, each, report);
    }
    if (field.repetitions != 0 && count > field.repetitions) {
        report.at(Problem::FieldRepeated, segment, {.field = field.number}, [&] {
            return "HL7 " + std::string{hl7_definitions::name_of(version_)} + " has at most " +
                   std::to_string(field.repetitions) + " here";
        });
    }
}

/// OBX-5 has the type that OBX-2 says.
void FieldCheck::check_observation(std::size_t segment, std::string_view value, Reporter& report) {
    const std::string_view name = message_->field(segment, 2);
    std::optional<Type> type = has_value(name) ? hl7_definitions::find_type(name) : std::nullopt;
    if (!type) {
        type = observation_type_;
    }
    if (!type) {
        if (!has_value(name)) {
            report.at(Problem::RequiredFieldMissing, segment, {.field = 2}, [] {
                return std::string{"OBX-5 has a value, so its type must stand here"};
            });
        }
        return;
    }
    const Field* const definition = hl7_definitions::find_field(version_, "OBX", 5);
    Place place{segment, {.field = 5}, definition, *type, 0};
    for (const std::string_view each : message_->repetitions(value)) {
        ++place.path.repetition;
        if (*type == type::SN) {
            check_structured_number(place, each, report);
        } else if (*type == type::ED) {
            check_encapsulated(place, each, report);
        } else if (hl7_definitions::form_of(*type, version_) == Form::Composite) {
            check_components(place, each, report);
        } else {
            check_single(place, each, report);
        }
    }
}

void FieldCheck::check_repetition(const Place& place, std::string_view value, Reporter& report) {
    if (!has_value(value)) {
        return;
    }
    const std::size_t most = place.definition->length;
    if (most != 0 && value.size() > most && length_of(value) > most) {
        report.at(Problem::ValueTooLong, place.segment, place.path, [&] {
            return "HL7 " + std::string{hl7_definitions::name_of(version_)} + " allows " +
                   std::to_string(most) + " characters";
        });
    }
    if (hl7_definitions::form_of(place.type, version_) == Form::Composite) {
        check_components(place, value, report);
    } else {
        check_single(place, value, report);
    }
}

/// A value that is a single component: a field, or a component of another type.
void FieldCheck::check_single(const Place& place, std::string_view value, Reporter& report) {
    const bool is_component = place.path.component != 0;
    const hl7::Split parts =
        is_component ? message_->subcomponents(value) : message_->components(value);
    const Form form = hl7_definitions::form_of(place.type, version_);
    // The tables give ST to fields that a version has withdrawn.
    const bool is_text =
        (place.type == type::ST || place.type == type::TX || place.type == type::FT) &&
        (place.definition == nullptr || place.definition->usage != 'B');
    const bool is_strict = is_number_or_time(form);
    // TS has its degree of precision behind it, which is history.
    const std::uint32_t most = place.type == type::TS ? 2 : 1;
    const bool is_looked_at =
        is_strict || (!is_component && (is_text || form == Form::Code || form == Form::UserCode));
    if (const std::uint32_t beyond = is_looked_at ? first_beyond(parts, most) : 0; beyond != 0) {
        hl7::Path path = place.path;
        (is_component ? path.subcomponent : path.component) = beyond;
        report.at(is_strict ? Problem::DataTypeError : Problem::UnexpectedComponent,
                  place.segment,
                  path,
                  [&] {
                      return std::string{hl7_definitions::type_name(place.type)} +
                             " is one value: escape the delimiter, or leave this out";
                  });
    }
    check_simple(place, parts.at(1), report);
}

void FieldCheck::check_components(const Place& place, std::string_view value, Reporter& report) {
    if (hl7_definitions::is_coded(place.type)) {
        check_coded(place, value, report);
    }
    const bool is_component = place.path.component != 0;
    const hl7::Split parts =
        is_component ? message_->subcomponents(value) : message_->components(value);
    auto row = hl7_definitions::components_of(place.type);
    std::uint32_t number = 0;
    for (const std::string_view part : parts) {
        ++number;
        while (!row.empty() &&
               (row.front().number < number || !hl7_definitions::is_in(row.front(), version_))) {
            row = row.subspan(1);
        }
        if (row.empty()) {
            check_beyond(place, parts, number, report);
            return;
        }
        if (row.front().number > number || !has_value(part)) {
            continue;
        }
        Place inner = place;
        inner.type = row.front().type;
        inner.table = row.front().table;
        (is_component ? inner.path.subcomponent : inner.path.component) = number;
        if (hl7_definitions::form_of(inner.type, version_) != Form::Composite) {
            if (is_component) {
                check_simple(inner, part, report);
            } else {
                check_single(inner, part, report);
            }
        } else if (!is_component) {
            check_components(inner, part, report);
        }
    }
}

/// From the part with this number on, the type has none.
void FieldCheck::check_beyond(const Place& place,
                              const hl7::Split& parts,
                              std::uint32_t number,
                              Reporter& report) const {
    const std::uint32_t beyond = first_beyond(parts, number - 1);
    if (beyond == 0 || version_ == Version::V2_8) {
        return;  // the components that 2.8 added are not known
    }
    hl7::Path path = place.path;
    (path.component != 0 ? path.subcomponent : path.component) = beyond;
    report.at(Problem::UnexpectedComponent, place.segment, path, [&] {
        return std::string{hl7_definitions::type_name(place.type)} + " of HL7 " +
               std::string{hl7_definitions::name_of(version_)} + " ends with number " +
               std::to_string(number - 1);
    });
}

void FieldCheck::check_simple(const Place& place, std::string_view value, Reporter& report) {
    const std::string_view first =
        place.path.component == 0 ? message_->subcomponents(value).at(1) : value;
    if (!has_value(first)) {
        return;
    }
    const Form form = hl7_definitions::form_of(place.type, version_);
    if (form == Form::Code || form == Form::UserCode) {
        check_code(place, first, report);
    } else if (!is_of_form(first, form)) {
        wrong_form(place, report);
    }
}

void FieldCheck::wrong_form(const Place& place, Reporter& report) const {
    report.at(Problem::DataTypeError, place.segment, place.path, [&] {
        return std::string{hl7_definitions::type_name(place.type)} + " is " +
               std::string{form_text(hl7_definitions::form_of(place.type, version_))};
    });
}

void FieldCheck::check_code(const Place& place, std::string_view value, Reporter& report) {
    const auto* const table = hl7_definitions::find_table(place.table);
    if (table == nullptr || is_site_code(place.table, value) ||
        hl7_definitions::has_code(*table, value) ||
        hl7_definitions::has_code(*table, hl7::decode(value, message_->delimiters()))) {
        return;
    }
    const bool is_strict = table->is_hl7 && place.type != type::IS && place.type != type::CE &&
                           place.type != type::CWE;
    const bool is_processing_id = place.table == 103 && message_->name(place.segment) == "MSH";
    report.at(is_processing_id ? Problem::UnsupportedProcessingId
              : is_strict      ? Problem::TableValueNotFound
                               : Problem::UserTableValueNotFound,
              place.segment,
              place.path,
              [&] {
                  return (table->is_hl7 ? "HL7 table " : "user-defined table ") +
                         number_of(place.table) + " has: " + codes_of(*table);
              });
}

/// The table of a coded element is that of its first component, unless the third says otherwise.
void FieldCheck::check_coded(const Place& place, std::string_view value, Reporter& report) {
    if (place.table == 0) {
        return;
    }
    const hl7::Split parts =
        place.path.component != 0 ? message_->subcomponents(value) : message_->components(value);
    const std::string_view code = message_->subcomponents(parts.at(1)).at(1);
    if (has_value(code) && is_hl7_system(parts.at(3))) {
        Place first = place;
        (first.path.component == 0 ? first.path.component : first.path.subcomponent) = 1;
        check_code(first, code, report);
    }
}

/// Comparator, number, separator, number.
void FieldCheck::check_structured_number(const Place& place,
                                         std::string_view value,
                                         Reporter& report) {
    const hl7::Split parts = message_->components(value);
    constexpr std::string_view kComparators[] = {"", "<", ">", "<=", ">=", "=", "<>"};
    constexpr std::string_view kSeparators[] = {"", "-", "+", "/", ".", ":"};
    const auto is_any = [](const auto& all, std::string_view text) {
        return !has_value(text) || std::find(std::begin(all), std::end(all), text) != std::end(all);
    };
    const bool is_good = is_any(kComparators, hl7::decode(parts.at(1), message_->delimiters())) &&
                         (!has_value(parts.at(2)) || hl7_tables::is_number(parts.at(2))) &&
                         is_any(kSeparators, parts.at(3)) &&
                         (!has_value(parts.at(4)) || hl7_tables::is_number(parts.at(4)));
    if (!is_good) {
        report.at(Problem::DataTypeError, place.segment, place.path, [] {
            return std::string{
                "SN is comparator ^ number ^ separator ^ number, as in <^5 or ^1^:^80"};
        });
    }
}

/// Source, type, subtype, encoding, data.
void FieldCheck::check_encapsulated(const Place& place, std::string_view value, Reporter& report) {
    const hl7::Split parts = message_->components(value);
    const std::string_view encoding = parts.at(4);
    if (has_value(encoding) && encoding != "A" && encoding != "Hex" && encoding != "Base64") {
        Place fourth = place;
        fourth.path.component = 4;
        fourth.type = type::ID;
        fourth.table = 299;
        check_code(fourth, encoding, report);
    }
    if (encoding == "Base64" && has_value(parts.at(5)) && !is_base64(parts.at(5))) {
        Place fifth = place;
        fifth.path.component = 5;
        report.at(Problem::DataTypeError, place.segment, fifth.path, [] {
            return std::string{"ED-4 says Base64: letters, digits, + and / alone, no line breaks"};
        });
    }
}

}  // namespace aorta::plugins::validate_hl7v2
