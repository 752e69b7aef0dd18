// What HL7 v2.1 to 2.8 says about structures, segments, fields, data types and tables.
#pragma once

#include "common/hl7_definitions/data.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aorta::hl7_definitions {

enum class Version : std::uint8_t {
    V2_1,
    V2_2,
    V2_3,
    V2_3_1,
    V2_4,
    V2_5,
    V2_5_1,
    V2_6,
    V2_7,
    V2_7_1,
    V2_8,  // 2.8.1 and 2.8.2 too
};

/// 2.5.1
std::string_view name_of(Version version);

struct VersionMatch {
    Version version = Version::V2_5_1;
    bool is_exact = false;
};

/// The version for a text such as MSH-12.1, or the nearest there is: `2.3.z` is near 2.3, 2.9 near
/// 2.8, anything that is no version of HL7 v2 near 2.5.1.
VersionMatch version_of(std::string_view text);

enum class StructureSource : std::uint8_t {
    Structure,  ///< MSH-9.3 names it
    Event,      ///< code and event do, by themselves or by the table of events
    Code,       ///< the only one of its code
};

struct StructureMatch {
    std::string_view name;    ///< ORU_R01
    std::string_view syntax;  ///< as structure.hpp reads it
    StructureSource source = StructureSource::Structure;
    bool is_of_version = true;  ///< false: taken from the nearest version that has it
};

/// The message structure for the components of MSH-9, those that are empty left out of account.
std::optional<StructureMatch> find_structure(Version version,
                                             std::string_view code,
                                             std::string_view event,
                                             std::string_view structure);

/// A field of a segment or a component of a data type.
using Field = data::FieldRow;

constexpr bool is_in(const Field& field, Version version) {
    const auto number = static_cast<std::uint8_t>(version);
    return field.first <= number && number <= field.last;
}

/// All rows of a segment, ordered by field number and version: pick those that are in a version.
/// Empty for a segment that HL7 does not know.
std::span<const Field> fields_of(std::string_view segment);
/// True if the version has the segment.
bool has_segment(Version version, std::string_view segment);
/// Null if the version has no such field.
const Field* find_field(Version version, std::string_view segment, std::size_t number);

/// How the simple data types are written.
enum class Form : std::uint8_t {
    Text,      ///< ST, TX, FT and all that is not checked
    Number,    ///< NM
    SetId,     ///< SI
    Date,      ///< DT
    Time,      ///< TM
    DateTime,  ///< DTM, TS
    Code,      ///< ID: of an HL7 table
    UserCode,  ///< IS: of a table that sites define
    Composite,
    Varies,
};

using data::Type;

std::string_view type_name(Type type);
std::optional<Type> find_type(std::string_view name);
/// The rows of its components, of all versions; empty for a simple type.
std::span<const Field> components_of(Type type);
Form form_of(Type type, Version version);
/// CE, CWE, CNE, CF: a code in their first component, its system in the third.
bool is_coded(Type type);

using Table = data::TableRow;

/// Null for a table that does not exist, lists no codes or is open-ended (code systems, units).
const Table* find_table(std::uint16_t number);
bool has_code(const Table& table, std::string_view code);

}  // namespace aorta::hl7_definitions
