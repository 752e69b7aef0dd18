// Dead letters that are to be sent again: taken in small groups, and what became of them.
#pragma once

#include "base/clock.hpp"
#include "delivery/stored_letters.hpp"
#include "message/receipt.hpp"
#include "spool/keys.hpp"

#include <memory>

namespace aorta::delivery {

/// The worker's side of a file of dead letters. The file is opened when it is there; letters that a
/// crash left half sent are asked for again then. [one thread at a time]
class LetterReplays {
public:
    LetterReplays(std::filesystem::path file, spool::Keys keys, const base::Clock& clock);
    LetterReplays(const LetterReplays&) = delete;
    LetterReplays& operator=(const LetterReplays&) = delete;
    ~LetterReplays();

    /// Up to `most` letters that are asked for, the oldest first, with all that there is; at most
    /// `bytes` of payload, but one at least. They are marked as being sent again, durably, before
    /// this returns. A letter that cannot be opened stays, with the reason in its history.
    Result<std::vector<StoredLetter>> take(std::size_t most, std::uint64_t bytes);

    /// What became of a letter that `take` gave. Delivered or filtered: it goes, and only its
    /// history stays. Dead-lettered again: it stays as `DeadLetters::store` left it. Failed: it
    /// stays as it was; when the pipeline stopped under it, it is still asked for. `node` is the
    /// name of the node that decided.
    Result<void> finish(std::int64_t number, const message::Fate& fate, const std::string& node);

    /// It cannot be sent again at all (no such node): it stays, with the reason in its history.
    Result<void> refuse(std::int64_t number, const std::string& node, const std::string& reason);

private:
    struct Connection;

    Result<bool> open();
    Result<void> keep(std::int64_t number, const LetterFailure& failure);
    Result<void> remove(std::int64_t number, const message::Fate& fate);

    const std::filesystem::path file_;
    const spool::Keys keys_;
    const base::Clock& clock_;
    std::unique_ptr<Connection> connection_;  // null: not open
};

}  // namespace aorta::delivery
