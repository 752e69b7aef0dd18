// Payload and attributes of a dead letter as one body, sealed when there is a key. Used by this
// folder only.
#pragma once

#include "delivery/stored_letters.hpp"
#include "message/interner.hpp"
#include "message/record.hpp"
#include "spool/keys.hpp"

#include <string>
#include <string_view>

namespace aorta::delivery {

/// Columns of a row.
struct LetterBody {
    std::string key_id;  ///< 8 bytes; empty: not sealed
    std::string salt;    ///< 16 random bytes, of this body's own key
    std::string bytes;
};

LetterBody make_body(const message::Record& record,
                     std::string_view record_id,
                     const message::Interner& names,
                     const spool::Keys& keys);
/// Fills in payload and attributes. Denied when the key is missing, Corrupt when it does not open.
Result<void> open_body(const LetterBody& body, const spool::Keys& keys, StoredLetter& letter);

/// What stands before the payload in a body.
std::string head_of(const std::vector<std::pair<std::string, std::string>>& attributes);

}  // namespace aorta::delivery
