// The generated tables as they lie in the binary. Others include guide.hpp.
//
// A text is a number into kText; a type one into kTypes, 0 for a primitive one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aorta::plugins::map_hl7v2_to_fhir::guide {

inline constexpr std::uint8_t kList = 1;       ///< the element may be there more than once
inline constexpr std::uint8_t kReference = 2;  ///< not an element: into the resource referred to
inline constexpr std::uint8_t kSibling = 4;    ///< another element beside the one at hand
inline constexpr std::uint8_t kRepeats = 8;    ///< one for each repetition of the field
inline constexpr std::uint8_t kShared = 16;    ///< several segments fill one together
inline constexpr std::uint8_t kPrimitive = 32;
inline constexpr std::uint8_t kChoice =
    64;  ///< one type of several; of Required: the name is the stem, medication

inline constexpr std::uint8_t kEach = 128;  ///< one for each repetition of OBX-5

/// A step of a target path.
struct Step {
    std::uint16_t name;
    std::uint16_t type;
    std::uint8_t label;  ///< tells elements of a list apart: telecom[2]
    std::uint8_t flags;
};

enum class OpCode : std::uint8_t { Valued, In, Count, Longer, Same, And, Or, Not };

/// A condition is its operations in postfix order.
struct Op {
    OpCode code;
    std::uint8_t field;
    std::uint8_t component;
    std::uint8_t subcomponent;
    std::uint16_t segment;   ///< none: of the value at hand
    std::uint16_t argument;  ///< In: text of the values, between bars; Count: least × 256 + most
};

/// A piece of a text that is put together: a literal, or a field and component.
struct JoinPart {
    std::uint16_t literal;
    std::uint8_t field;
    std::uint8_t component;
};

enum class Action : std::uint8_t {
    Copy,       ///< the value, in the form of the target
    Map,        ///< by the map `argument` of its data type
    Fixed,      ///< the text `argument`
    Join,       ///< parts from `argument` / 32, `argument` % 32 of them
    Narrative,  ///< the guide's condition is prose that is not implemented
};

/// What a primitive target takes.
enum class Kind : std::uint8_t {
    Complex,
    Inherit,  ///< as the row that led to this map
    Text,
    Code,
    Uri,
    Id,
    Date,
    DateTime,
    Instant,
    Time,
    Decimal,
    Integer,
    PositiveInt,
    UnsignedInt,
    Boolean,
    Base64,
    Xhtml,
};

struct Row {
    std::uint16_t condition;
    std::uint16_t steps;
    std::uint16_t argument;
    std::uint16_t concepts;  ///< 0: none
    std::uint16_t codes;     ///< into kCodeSets, 0: any
    std::uint8_t condition_count;
    std::uint8_t step_count;
    std::uint8_t field;  ///< or component; 0: the whole
    Action action;
    Kind kind;
};

/// The map of a segment or data type; rows [begin, end) are ordered by field.
struct Map {
    std::uint16_t name;
    std::uint16_t type;
    std::uint16_t begin;
    std::uint16_t end;
    std::uint8_t is_chain;  ///< PL: a location in a location in …
};

struct Concept {
    std::uint16_t code;
    std::uint16_t target;
    std::uint16_t display;
    std::uint16_t system;
};

struct ConceptMap {
    std::uint16_t begin;
    std::uint16_t end;
};

struct CodingSystem {
    std::uint16_t name;
    std::uint16_t uri;
};

/// What a segment of a structure goes to.
struct MessageRow {
    std::uint16_t segment;
    std::uint16_t group;  ///< none: any; ":PID": beside groups, behind the segment
    std::uint16_t type;
    std::uint16_t condition;
    std::uint16_t map;
    std::uint16_t links;
    std::uint8_t condition_count;
    std::uint8_t link_count;
    std::uint8_t variable;  ///< Patient[1]: which resource of the message
    std::uint8_t block;     ///< which of the places that the segment has in its group, from 0
};

/// owner.path refers to target.
struct Link {
    std::uint16_t steps;
    std::uint8_t step_count;
    std::uint8_t owner;
    std::uint8_t target;
};

struct MessageMap {
    std::uint16_t name;
    std::uint16_t begin;
    std::uint16_t end;
};

struct Alike {
    std::uint16_t name;
    std::uint16_t like;
};

struct Required {
    std::uint16_t name;
    std::uint16_t type;
    std::uint16_t value;  ///< none: the reason why it is absent
    std::uint16_t kind;   ///< CodeableConcept: the end of a choice's name
    std::uint8_t flags;
};

struct TypeInfo {
    std::uint16_t name;
    std::uint16_t begin;
    std::uint16_t end;
};

/// An element that is taken only with another one, or only without.
struct Need {
    std::uint16_t type;
    std::uint16_t name;
    std::uint16_t other;
    bool is_with;
};

/// How a resource refers to its patient.
struct Subject {
    std::uint16_t type;
    std::uint16_t steps;
    std::uint8_t step_count;
};

extern const char kText[];
extern const std::uint32_t kTextBegin[];
extern const std::size_t kTextCount;
extern const Step kSteps[];
extern const Op kOps[];
extern const JoinPart kJoinParts[];
extern const Row kRows[];
extern const Map kMaps[];
extern const Concept kConcepts[];
extern const ConceptMap kConceptMaps[];
extern const CodingSystem kCodingSystems[];  ///< ordered by name
extern const std::size_t kCodingSystemCount;
extern const std::uint16_t kCodeSets[];
extern const MessageRow kMessageRows[];
extern const Link kLinks[];
extern const MessageMap kMessageMaps[];  ///< ordered by name; the first is for any structure
extern const std::size_t kMessageMapCount;
extern const Alike kAlike[];
extern const std::size_t kAlikeCount;
extern const Required kRequired[];
extern const TypeInfo kTypes[];
extern const std::size_t kTypeCount;
extern const Need kNeeds[];
extern const std::size_t kNeedCount;
extern const Subject kSubjects[];
extern const std::size_t kSubjectCount;

}  // namespace aorta::plugins::map_hl7v2_to_fhir::guide
