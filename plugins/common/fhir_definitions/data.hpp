// The generated tables as they lie in the binary. Others include definitions.hpp.
#pragma once

#include "common/fhir_definitions/types.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace aorta::fhir_definitions {

enum class Kind : std::uint8_t {
    Primitive,
    DataType,
    Resource,
    Backbone,
};

/// What the codes of a value set look like where they are not listed.
enum class Form : std::uint8_t {
    Codes,     ///< they are listed
    MimeType,  ///< BCP 13
    Language,  ///< BCP 47
    Currency,  ///< ISO 4217
    UcumUnit,
    Unknown,  ///< not checked
};

}  // namespace aorta::fhir_definitions

namespace aorta::fhir_definitions::data {

/// In one of the arrays of characters.
struct Text {
    std::uint32_t offset;
    std::uint16_t length;
};

struct Range {
    std::uint16_t first;
    std::uint16_t count;
};

inline constexpr std::uint8_t kArray = 1;
inline constexpr std::uint8_t kModifier = 2;
inline constexpr std::uint8_t kChoice = 4;      ///< valueQuantity
inline constexpr std::uint8_t kChoiceHead = 8;  ///< value: no name in JSON; its types follow it
inline constexpr std::uint8_t kSimpleQuantity = 16;

struct Element {
    Text name;
    std::uint8_t base_length;  ///< of the name without the type of a choice
    std::uint8_t slot;         ///< of the type's mask; a choice has one
    std::uint8_t min;
    std::uint8_t flags;
    Type type;
    std::uint16_t value_set;  ///< that a required binding names; 0: none
    std::uint16_t targets;    ///< a range of types that a reference may lead to; 0: any
};

struct TypeRow {
    std::uint64_t required;  ///< slots
    Text name;
    std::uint16_t first;
    std::uint16_t count;
    Kind kind;
    Type base;
};

struct CodeRow {
    Text code;
    std::uint8_t system;
};

struct ValueSetRow {
    Text url;
    std::uint16_t first;
    std::uint16_t count;
    Form form;
};

struct InvariantRow {
    Type type;
    const char* element;  ///< each value of it, or empty: the type's own
    const char* key;
    bool is_error;
    const char* expression;  ///< FHIRPath
    const char* human;
};

struct ProfileText {
    const char* begin;
    std::size_t size;
};

struct ProfileRow {
    const char* url;
    const char* code;  ///< LOINC
    ProfileText definition;
};

extern const char kText[];
extern const TypeRow kTypes[];
extern const std::size_t kTypeCount;
extern const Element kElements[];
extern const std::size_t kElementCount;
extern const Range kTargetLists[];
extern const Type kTargets[];

inline constexpr std::size_t kBucketCount = 16384;
inline constexpr std::size_t kTypeBucketCount = 2048;
extern const std::uint16_t kBuckets[];
extern const std::uint16_t kTypeBuckets[];

extern const char kCodeText[];
extern const Text kSystems[];
extern const CodeRow kCodes[];
extern const ValueSetRow kValueSets[];
extern const std::size_t kValueSetCount;

extern const InvariantRow kInvariants[];
extern const std::size_t kInvariantCount;

extern const ProfileRow kProfiles[];
extern const std::size_t kProfileCount;

}  // namespace aorta::fhir_definitions::data
