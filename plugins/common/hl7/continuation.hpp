// Messages that were cut into several: MSH-14, DSC and ADD (2.7, chapter 2.10.2).
#pragma once

#include "common/hl7/message.hpp"

#include <aorta/result.hpp>

#include <string>
#include <string_view>

namespace aorta::hl7 {

/// How a message hangs together with others. Raw views of its payload.
struct Continuation {
    std::string_view previous;  ///< MSH-14: the pointer of the fragment before; empty: none
    std::string_view next;      ///< DSC-1: the pointer of the fragment behind; empty: none
    bool has_addendum = false;  ///< an ADD segment

    bool is_fragment() const { return !previous.empty() || !next.empty(); }
};

/// Reads it. A DSC whose style (DSC-2) is I belongs to a query that the asker continues: no
/// fragment. A pointer of null ("") is none.
Continuation continuation_of(const Message& message);

/// Puts the fragments of a message together, in order: MSH is that of the first, MSH-14 and DSC go,
/// and what an ADD segment holds is appended to the segment before it as it stands, even in the
/// middle of a field. Segments end with CR, so that an LF within one stays data.
class FragmentJoiner {
public:
    /// hl7.continuation_mismatch if the delimiters are not those of the first fragment, or if ADD
    /// would continue MSH.
    Result<void> add(const Message& fragment);

    const std::string& message() const { return joined_; }

private:
    std::string joined_;
    std::size_t segments_ = 0;
    Delimiters delimiters_;
};

}  // namespace aorta::hl7
