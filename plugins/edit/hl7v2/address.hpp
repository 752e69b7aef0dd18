// Address: a path as operations write it, and the places that it means in a message.
#pragma once

#include "common/expression/hl7_paths.hpp"
#include "edit/hl7v2/document.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::edit {

using expression::Scope;

/// One value, repetition, field or segment of a message. `path` has no [*], [+] or [last] any more;
/// its field is 0 for a whole segment.
struct Place {
    std::size_t segment = 0;
    hl7::Path path;
};

/// What an `each` stands on.
struct Element {
    std::size_t segment = 0;  // as it was when last looked at
    std::uint32_t id = 0;     // of that segment
    hl7::Path path;           // field and repetition, in an `each` over repetitions
};

/// SEG[n]-F[r].c.s, or relative to the element of an `each`: ".3.1", "this". n and r may be *, last
/// and, for r, + (a new repetition). A value.
struct Address {
    static constexpr std::uint32_t kAll = hl7::Path::kAll;
    static constexpr std::uint32_t kNew = kAll - 1;
    static constexpr std::uint32_t kLast = kAll - 2;

    Scope::Kind base = Scope::Kind::Message;
    hl7::Path path;
    std::uint8_t name_size = 3;  // fewer: all segments that begin so ("Z*")
    std::string written;

    bool is_segment() const { return path.field == 0; }

    bool names_many() const { return path.occurrence == kAll || path.repetition == kAll; }

    /// The places, in order; none when the segment (or, for [*], the repetition) is not there.
    void resolve(const Document& document,
                 const Element& element,
                 std::vector<Place>& places) const;
};

/// What an operation may do with an address.
enum class Use {
    Read,        // one value
    Whole,       // one value, or a whole field with its repetitions
    Write,       // values: [*] and [+] too
    WriteOne,    // the same without [*]
    WriteWhole,  // the same as Write, and a whole field with its repetitions
    Change,      // values that are there: [*], not [+]
    Remove,      // values, fields, repetitions, segments
    Segments,    // segments, all of the name when no occurrence is given
    Anchor,      // the same, MSH too
    Each,        // segments, or the repetitions [*] of one field
};

/// Reads an address and checks it against what may repeat. The error's message says what would be
/// accepted. In an `each`, `scope` is that of its element.
Result<Address> parse_address(std::string_view text, const Scope& scope, Use use);

}  // namespace aorta::plugins::edit
