// The generated tables as they lie in the binary. Others include definitions.hpp.
#pragma once

#include "common/hl7_definitions/types.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace aorta::hl7_definitions::data {

/// A field of a segment or a component of a data type, in the versions from `first` to `last`.
struct FieldRow {
    std::uint8_t number;  ///< from 1
    std::uint8_t first;
    std::uint8_t last;
    Type type;
    char usage;                ///< R, C, O, B
    std::uint8_t repetitions;  ///< 0: any number
    std::uint16_t length;      ///< 0: not stated
    std::uint16_t table;       ///< 0: none
};

/// Rows [begin, end) of a segment or a data type, ordered by number and version.
struct OwnerRow {
    const char* name;
    std::uint16_t begin;
    std::uint16_t end;
};

struct StructureRow {
    const char* name;
    std::uint8_t first;
    std::uint8_t last;
    std::uint16_t syntax;
};

struct EventRow {
    const char* event;  ///< ADT_A04
    const char* structure;
};

struct TableRow {
    std::uint16_t number;
    bool is_hl7;
    const char* codes;
};

extern const char* const kSyntaxes[];
extern const StructureRow kStructures[];
extern const std::size_t kStructureCount;
extern const EventRow kEvents[];
extern const std::size_t kEventCount;

extern const FieldRow kFieldRows[];
extern const OwnerRow kFieldOwners[];
extern const std::size_t kFieldOwnerCount;

extern const char* const kTypeNames[];
extern const std::size_t kTypeCount;
extern const FieldRow kComponentRows[];
extern const OwnerRow kComponentOwners[];  ///< by type number
extern const std::size_t kComponentOwnerCount;

extern const TableRow kTables[];
extern const std::size_t kTableCount;

}  // namespace aorta::hl7_definitions::data
