// Where an expression gets its values from. The evaluator knows nothing of HL7 v2 or FHIR: what a
// path means is decided behind this interface, so that further kinds of records need no change to
// the language.
#pragma once

#include "common/fhir/path.hpp"
#include "common/hl7/path.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace aorta::expression {

/// A place named in an expression.
struct Path {
    enum class Kind : std::uint8_t {
        Attribute,     ///< @peer: `attribute`
        Message,       ///< PID-8, OBX[2]-5: `place` from the top
        InSegment,     ///< .3.1 in any(OBX, …): field, repetition, component, subcomponent
        InRepetition,  ///< .4.2 in any(PID-3[*], …): component, subcomponent; 0: the whole element
        Fhir,          ///< Patient.birthDate: `fhir` from the resource
        InFhir,  ///< .use in any(Patient.name, …): `fhir` from the element; null: the element
    };
    Kind kind = Kind::Message;
    hl7::Path place;
    std::string attribute = {};
    std::shared_ptr<const fhir::Path> fhir = {};  ///< immutable; tokens and programs share it

    bool is_fhir() const { return kind == Kind::Fhir || kind == Kind::InFhir; }
};

/// What a path names: nothing, HL7's explicit null (`""`), or a value.
struct Value {
    enum class Kind : std::uint8_t { Absent, Null, Bool, Number, Text };
    Kind kind = Kind::Absent;
    bool truth = false;
    double number = 0.0;
    std::string_view text = {};

    static Value of(bool truth) { return {Kind::Bool, truth}; }

    static Value of(double number) { return {Kind::Number, false, number}; }

    static Value of(std::string_view text) { return {Kind::Text, false, 0.0, text}; }

    static Value null() { return {Kind::Null}; }
};

/// Texts that had to be made (escapes decoded, case changed). Allocates nothing until used.
class Scratch {
public:
    std::string& add() { return texts_.emplace_back(); }

    std::size_t size() const { return texts_.size(); }

    /// Frees what was added since size() was `size`.
    void shrink(std::size_t size) {
        while (texts_.size() > size) {
            texts_.pop_back();
        }
    }

private:
    std::list<std::string> texts_;
};

/// Where a quantifier stands. Fields gives the members their meaning; nobody else looks inside.
struct Cursor {
    std::uint64_t index = 0;
    std::uint64_t behind = 0;
    std::string_view element = {};
    std::string_view rest = {};
    bool is_started = false;
};

/// Reads one record. One thread at a time.
class Fields {
public:
    Fields() = default;
    Fields(const Fields&) = delete;
    Fields& operator=(const Fields&) = delete;
    Fields(Fields&&) = delete;
    Fields& operator=(Fields&&) = delete;
    virtual ~Fields() = default;

    /// The value at a path, escapes decoded; `at` is the element of the innermost quantifier.
    /// Texts live as long as the record or the scratch.
    virtual Value read(const Path& path, const Cursor& at, Scratch& scratch) = 0;

    /// Moves `element` on to the next member of a set (segments, or repetitions `[*]`), from before
    /// the first when it is not started. False when there are no more. `outer` is the element that
    /// relative sets start from. A whole run over a set must be linear in the record's size.
    virtual bool next(const Path& set, const Cursor& outer, Cursor& element) = 0;
};

}  // namespace aorta::expression
