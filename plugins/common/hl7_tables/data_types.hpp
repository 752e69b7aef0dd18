// The syntax of simple HL7 v2 data types, and small value tables.
#pragma once

#include <cstdint>
#include <string_view>

namespace aorta::hl7_tables {

enum class DataType : std::uint8_t {
    Nm,   // number
    Si,   // set id, 0 … 9999
    Dt,   // date
    Tm,   // time of day
    Dtm,  // date and time; TS before 2.6
};

/// True if a value that is neither empty nor null has the form of its type.
bool is_of_type(std::string_view value, DataType type);

/// [+-]digits[.digits], at least one digit, no exponent.
bool is_number(std::string_view value);

enum class Table : std::uint8_t {
    AdministrativeSex,         // 0001, user defined
    PatientClass,              // 0004, user defined
    AcknowledgmentCode,        // 0008
    ObservationResultStatus,   // 0085
    ProcessingId,              // 0103
    ValueType,                 // 0125
    DocumentCompletionStatus,  // 0271
};

bool is_in_table(std::string_view code, Table table);

/// True if sites may add values of their own.
constexpr bool is_user_defined(Table table) {
    return table == Table::AdministrativeSex || table == Table::PatientClass;
}

/// 2.5.1 is 251, 2.3 is 230. 0 for a version that HL7 v2 does not have (2.1 … 2.8.2).
int parse_version(std::string_view text);

}  // namespace aorta::hl7_tables
