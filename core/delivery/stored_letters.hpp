// Dead letters as they lie in a file (docs/formats/dead-letters.md): found, read, asked for again,
// purged. For the command line, the admin port and the replay.
#pragma once

#include "spool/keys.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aorta::delivery {

/// Once that a record could not go on.
struct LetterFailure {
    std::int64_t time_ns = 0;
    std::string node;
    std::string code;
    std::string reason;
    std::string where;
};

/// A kept dead letter. The payload and the attributes may hold patient data.
struct StoredLetter {
    std::int64_t number = 0;
    std::string record_id;  ///< 32 hex digits
    std::string pipeline;
    LetterFailure last;
    std::int64_t first_time_ns = 0;  ///< of the first failure
    std::uint64_t attempts = 1;      ///< failures so far
    std::string content_type;
    std::int64_t event_time_ns = 0;
    std::int64_t ingest_time_ns = 0;
    std::uint64_t connection = 0;
    std::uint64_t position = 0;
    std::uint64_t key = 0;  ///< keyed hash of the patient; 0: none
    std::uint64_t bytes = 0;
    std::string state;   ///< kept, replay_asked or replaying
    std::string target;  ///< node to which it is sent again; empty: the one that failed it
    std::string key_id;  ///< 16 hex digits; empty: not sealed
    std::vector<LetterFailure> history = {};                      ///< only of one; oldest first
    std::string payload = {};                                     ///< only when asked for
    std::vector<std::pair<std::string, std::string>> attributes;  ///< only when asked for
};

/// Empty fields match all.
struct LetterFilter {
    std::vector<std::int64_t> numbers = {};
    std::string node = {};
    std::string reason = {};
    std::string record_id = {};
    std::string content_type = {};
    std::optional<std::uint64_t> key = {};
    std::optional<std::int64_t> since_ns = {};  ///< of the last failure
    std::optional<std::int64_t> until_ns = {};
    std::int64_t before = 0;  ///< numbers below this: the next page. 0: from the newest
    std::size_t limit = 100;  ///< of `list_letters` only
};

/// All of these: NotFound when there is no file, InvalidConfig when a newer aorta wrote it. A file
/// of an earlier format is brought up to the present one.

/// The newest first, without payloads.
Result<std::vector<StoredLetter>> list_letters(const std::filesystem::path& file,
                                               const LetterFilter& filter);
/// One letter with its history, without its payload.
Result<StoredLetter> describe_letter(const std::filesystem::path& file, std::int64_t number);
/// One letter with all that there is. Denied when its key is not among `keys`.
Result<StoredLetter> read_letter(const std::filesystem::path& file,
                                 std::int64_t number,
                                 const spool::Keys& keys);
/// Asks that these letters be sent again, to a node (empty: the one that failed each). Those that
/// are just being sent again are left out. Gives how many.
Result<std::uint64_t> ask_replay(const std::filesystem::path& file,
                                 const LetterFilter& filter,
                                 const std::string& target);
/// Deletes these letters for good, but for those that are just being sent again. Gives how many.
Result<std::uint64_t> purge_letters(const std::filesystem::path& file, const LetterFilter& filter);

}  // namespace aorta::delivery
