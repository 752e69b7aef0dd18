#include "common/hl7_definitions/definitions.hpp"

#include <algorithm>
#include <cstdlib>

namespace aorta::hl7_definitions {

namespace {

using data::EventRow;
using data::OwnerRow;
using data::StructureRow;

struct KnownVersion {
    std::string_view text;
    Version version;
};

// The later ones first: the longest text that the wanted one begins with is the nearest.
constexpr KnownVersion kVersions[] = {{"2.8.2", Version::V2_8},
                                      {"2.8.1", Version::V2_8},
                                      {"2.8", Version::V2_8},
                                      {"2.7.1", Version::V2_7_1},
                                      {"2.7", Version::V2_7},
                                      {"2.6", Version::V2_6},
                                      {"2.5.1", Version::V2_5_1},
                                      {"2.5", Version::V2_5},
                                      {"2.4", Version::V2_4},
                                      {"2.3.1", Version::V2_3_1},
                                      {"2.3", Version::V2_3},
                                      {"2.2", Version::V2_2},
                                      {"2.1", Version::V2_1}};

/// Orders "ADT_A01" as written by its parts.
int compare(std::string_view name, std::string_view code, std::string_view event) {
    const std::string_view own_code = name.substr(0, code.size());
    if (const int order = own_code.compare(code); order != 0) {
        return order;
    }
    const std::string_view rest = name.substr(own_code.size());
    if (event.empty()) {
        return rest.empty() ? 0 : 1;
    }
    return rest.empty() ? -1 : rest[0] == '_' ? rest.substr(1).compare(event) : rest[0] - '_';
}

std::span<const StructureRow> structures() {
    return {data::kStructures, data::kStructureCount};
}

/// The rows of a structure, of all versions.
std::span<const StructureRow> rows_of(std::string_view code, std::string_view event) {
    const auto all = structures();
    const auto begin = std::partition_point(all.begin(), all.end(), [&](const StructureRow& row) {
        return compare(row.name, code, event) < 0;
    });
    const auto end = std::find_if(begin, all.end(), [&](const StructureRow& row) {
        return compare(row.name, code, event) != 0;
    });
    return {begin, end};
}

int distance(const StructureRow& row, Version version) {
    const int number = static_cast<int>(version);
    return number < row.first ? row.first - number : std::max(0, number - row.last);
}

std::optional<StructureMatch> nearest(std::span<const StructureRow> rows,
                                      Version version,
                                      StructureSource source) {
    const auto best = std::min_element(
        rows.begin(), rows.end(), [&](const StructureRow& a, const StructureRow& b) {
            return distance(a, version) < distance(b, version);
        });
    if (best == rows.end()) {
        return std::nullopt;
    }
    return StructureMatch{
        best->name, data::kSyntaxes[best->syntax], source, distance(*best, version) == 0};
}

std::optional<StructureMatch> find_by_name(Version version, std::string_view name) {
    return nearest(rows_of(name, {}), version, StructureSource::Structure);
}

std::optional<StructureMatch> find_by_event(Version version,
                                            std::string_view code,
                                            std::string_view event) {
    auto own = nearest(rows_of(code, event), version, StructureSource::Event);
    if (own && own->is_of_version) {
        return own;
    }
    const std::span<const EventRow> events{data::kEvents, data::kEventCount};
    const auto row = std::partition_point(events.begin(), events.end(), [&](const EventRow& each) {
        return compare(each.event, code, event) < 0;
    });
    if (row == events.end() || compare(row->event, code, event) != 0) {
        return own;
    }
    auto other = find_by_name(version, row->structure);
    if (!other || (own && !other->is_of_version)) {
        return own;
    }
    other->source = StructureSource::Event;
    return other;
}

/// ACK without an event, ORM^O02 of which there is only one.
std::optional<StructureMatch> find_by_code(Version version, std::string_view code) {
    const auto all = structures();
    const StructureRow* only = nullptr;
    for (const StructureRow& row : all) {
        const std::string_view name = row.name;
        if (!name.starts_with(code) || (name.size() > code.size() && name[code.size()] != '_')) {
            continue;
        }
        if (name.size() == code.size()) {
            return nearest(rows_of(code, {}), version, StructureSource::Code);
        }
        if (only != nullptr && std::string_view{only->name} != name) {
            return std::nullopt;
        }
        only = &row;
    }
    return only == nullptr ? std::nullopt : find_by_name(version, only->name);
}

std::span<const Field> rows_of(const Field* rows, const OwnerRow& owner) {
    return {rows + owner.begin, rows + owner.end};
}

}  // namespace

VersionMatch version_of(std::string_view text) {
    for (const KnownVersion& known : kVersions) {
        if (text.starts_with(known.text)) {
            const std::string_view rest = text.substr(known.text.size());
            if (rest.empty() || rest[0] < '0' || rest[0] > '9') {
                return {known.version, rest.empty()};
            }
        }
    }
    if (text.starts_with("2.") && text.size() > 2 && text[2] >= '0' && text[2] <= '9') {
        return {text[2] == '0' ? Version::V2_1 : Version::V2_8, false};
    }
    return {};
}

std::string_view name_of(Version version) {
    // From the back: 2.8 rather than 2.8.2.
    return std::find_if(std::rbegin(kVersions),
                        std::rend(kVersions),
                        [&](const KnownVersion& each) { return each.version == version; })
        ->text;
}

std::optional<StructureMatch> find_structure(Version version,
                                             std::string_view code,
                                             std::string_view event,
                                             std::string_view structure) {
    std::optional<StructureMatch> found;
    if (!structure.empty()) {
        found = find_by_name(version, structure);
    }
    if (!found && !code.empty() && !event.empty()) {
        found = find_by_event(version, code, event);
    }
    if (!found && !code.empty() && (event.empty() || code == "ACK")) {
        found = find_by_code(version, code);
    }
    return found;
}

std::span<const Field> fields_of(std::string_view segment) {
    const std::span<const OwnerRow> owners{data::kFieldOwners, data::kFieldOwnerCount};
    const auto at = std::partition_point(owners.begin(), owners.end(), [&](const OwnerRow& each) {
        return std::string_view{each.name} < segment;
    });
    return at != owners.end() && at->name == segment ? rows_of(data::kFieldRows, *at)
                                                     : std::span<const Field>{};
}

bool has_segment(Version version, std::string_view segment) {
    const auto rows = fields_of(segment);
    return std::any_of(
        rows.begin(), rows.end(), [&](const Field& field) { return is_in(field, version); });
}

const Field* find_field(Version version, std::string_view segment, std::size_t number) {
    for (const Field& field : fields_of(segment)) {
        if (field.number == number && is_in(field, version)) {
            return &field;
        }
    }
    return nullptr;
}

std::string_view type_name(Type type) {
    return data::kTypeNames[type];
}

std::optional<Type> find_type(std::string_view name) {
    const auto* const end = data::kTypeNames + data::kTypeCount;
    const auto* const at = std::partition_point(
        data::kTypeNames, end, [&](const char* each) { return std::string_view{each} < name; });
    return at != end && *at == name ? std::optional{static_cast<Type>(at - data::kTypeNames)}
                                    : std::nullopt;
}

std::span<const Field> components_of(Type type) {
    return rows_of(data::kComponentRows, data::kComponentOwners[type]);
}

Form form_of(Type type, Version version) {
    switch (type) {
        case data::NM:
            return Form::Number;
        case data::SI:
            return Form::SetId;
        case data::DT:
            return Form::Date;
        case data::TM:
            return Form::Time;
        case data::DTM:
        case data::TS:  // its degree of precision is history
            return Form::DateTime;
        case data::ID:
            return Form::Code;
        case data::IS:
            return Form::UserCode;
        case data::VARIES:
            return Form::Varies;
        default:
            break;
    }
    const auto rows = components_of(type);
    if (std::any_of(
            rows.begin(), rows.end(), [&](const Field& row) { return is_in(row, version); })) {
        return Form::Composite;
    }
    return Form::Text;
}

bool is_coded(Type type) {
    return type == data::CE || type == data::CF || type == data::CNE || type == data::CWE;
}

const Table* find_table(std::uint16_t number) {
    const auto* const end = data::kTables + data::kTableCount;
    const auto* const at = std::partition_point(
        data::kTables, end, [&](const Table& each) { return each.number < number; });
    return at != end && at->number == number ? at : nullptr;
}

bool has_code(const Table& table, std::string_view code) {
    std::string_view codes = table.codes;
    for (;;) {
        const std::size_t end = codes.find('|');
        if (codes.substr(0, end) == code) {
            return true;
        }
        if (end == std::string_view::npos) {
            return false;
        }
        codes.remove_prefix(end + 1);
    }
}

}  // namespace aorta::hl7_definitions
