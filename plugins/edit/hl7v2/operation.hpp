// Operations of an edit, compiled: plain values.
#pragma once

#include "common/expression/expression.hpp"
#include "common/expression/pattern.hpp"
#include "edit/hl7v2/address.hpp"
#include "edit/hl7v2/dates.hpp"
#include "edit/hl7v2/texts.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace aorta::plugins::edit {

struct Operation;

/// What happens when something that an operation needs is not there.
enum class Missing { Reject, Keep, Empty, Default };

/// A text with places in braces: "Dr {PV1-7[1].2}", "{@file}", "{now}".
struct Template {
    struct Piece {
        enum class Kind { Literal, Value, Attribute, Now };
        Kind kind = Kind::Literal;
        std::string text = {};  // Literal; Attribute: its name
        Address address = {};   // Value
    };

    std::vector<Piece> pieces;
};

/// `set: PATH, to: TEXT | null`, `set: PATH, raw: TEXT`.
struct Set {
    Address target;
    enum class Form { Text, Null, Raw } form = Form::Text;
    Template text;
    Missing on_missing = Missing::Reject;
};

/// `copy: PATH, to: PATH`; `move` empties what it took.
struct Copy {
    Address from;
    Address to;
    bool moves = false;
    Missing on_missing = Missing::Keep;
};

/// `remove: PATHS`.
struct Remove {
    std::vector<Address> targets;
};

/// `append: PATH, text: TEXT`; `prepend`.
struct Join {
    Template text;
    Side side = Side::Right;
};

struct Padding {
    std::size_t width = 0;
    std::string fill;
    Side side = Side::Left;
};

struct Trim {
    std::string what;
};

struct DateChange {
    std::vector<DateFormat> from;
    DateFormat to;
    std::optional<hl7_tables::Zone> zone;     // of times that name none
    std::optional<hl7_tables::Zone> to_zone;  // that they are moved to
    Missing on_bad = Missing::Reject;
};

using TextChange = std::variant<Join, expression::Replacement, Padding, Trim, Case, DateChange>;

/// An operation on values that are there; what is absent, empty or null stays so.
struct Change {
    std::vector<Address> targets;
    TextChange change;
};

/// `lookup: TABLE, by: PATHS, into: PATH | { PATH: COLUMN }`.
struct Lookup {
    Table table;
    std::vector<Address> by;
    std::vector<std::pair<Address, std::size_t>> into;  // and its column
    Missing on_missing = Missing::Reject;
};

/// Where a segment goes: behind the last, before the first of those that the address names; without
/// one, to the end.
struct Anchor {
    std::optional<Address> address;
    bool is_before = false;
};

/// `add: NAME, fields: [ TEXT, … ], after: SEGMENT`.
struct Add {
    struct Field {
        bool is_null = false;
        Template text;
    };

    std::string name;
    std::vector<Field> fields;
    std::string raw;  // instead of fields: "1||text"
    Anchor anchor;
};

/// `reorder: SEGMENTS, after: SEGMENT`.
struct Reorder {
    Address segments;
    Anchor anchor;
};

/// `each: SEGMENT | FIELD[*], do: [ … ]`.
struct Each {
    Address set;
    std::vector<Operation> body;
};

using Action = std::variant<Set, Copy, Remove, Change, Lookup, Add, Reorder, Each>;

struct Operation {
    /// Asked for each element in the case of an `each`.
    std::optional<expression::Expression> when;
    Action action;
};

}  // namespace aorta::plugins::edit
