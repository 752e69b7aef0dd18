// What a spool must keep, said simply: a map for each stream. The proofs compare the two.
#pragma once

#include "spool/spool.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace aorta::spool::proof {

/// The spool broke its word.
struct Violation : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr std::size_t kJournals = 2;
inline constexpr std::size_t kOutboxes = 2;
inline constexpr std::size_t kStreams = kJournals + kOutboxes;  ///< journals first
inline constexpr std::size_t kSnapshots = 2;

inline bool is_journal(std::size_t stream) {
    return stream < kJournals;
}

/// An entry by the model's number of its stream.
struct Name {
    std::size_t stream = 0;
    std::uint64_t sequence = 0;

    auto operator<=>(const Name&) const = default;
};

using message::FateKind;

/// Values of one name, of which the newest that is durable or a later one must be there.
class Register {
public:
    void set(std::string value) { values_.push_back(std::move(value)); }

    std::size_t newest() const { return values_.size() - 1; }

    void durable(std::size_t index) {
        if (index >= unsure_end_) {
            durable_ = std::max(durable_, index);
        }
    }

    /// What was set until now may have been lost; only `check` can tell.
    void crash() { unsure_end_ = values_.size(); }

    /// The value that came back after a start.
    void check(const std::string& value, const std::string& what);

private:
    std::vector<std::string> values_ = {""};
    std::size_t durable_ = 0;
    std::size_t unsure_end_ = 0;
};

/// [one thread at a time]
class Model {
public:
    enum class Done {
        No,
        Asked,
        Unsure,  ///< asked for before a crash
        Durably,
    };

    struct Entry {
        std::string head;
        std::string payload;
        std::optional<Name> root;  ///< of an outbox entry
        bool is_promised = false;
        Done done = Done::No;  ///< closed, or finished
        bool was_tried = false;
    };

    void append(Name name, Entry entry);
    /// on_durable.
    void promise(std::size_t stream, std::uint64_t end);
    /// All that was appended and asked for until now is durable.
    void promise_all();

    /// Says which Over must come of it; nothing is said (`is_sure` false) where a crash left it
    /// open.
    struct Expected {
        bool is_sure = true;
        std::optional<Name> over;
        std::optional<FateKind> fate;  ///< none: nobody gave one
    };

    Expected close(Name root, std::optional<FateKind> fate);
    Expected finish(Name outbox, FateKind fate);
    void tried(std::size_t stream, const std::vector<std::uint64_t>& sequences);

    /// What a reader of the stream from here gets. `is_start`: the first reading after a start,
    /// which says what became of what was not promised; else only `end` bounds it.
    void check_read(std::size_t stream,
                    std::uint64_t from,
                    const std::vector<StoredEntry>& found,
                    bool is_start);
    /// What the spool says of the stream when it was opened: where its entries go on.
    void opened(std::size_t stream, std::uint64_t next);
    /// The entry is reported as missing: it must not have been promised.
    void check_missing(Name name) const;
    /// After all streams were read at a start: which roots still wait.
    void rebuild_roots();
    /// Nothing is under way any more: after this, what was not promised may be gone.
    void crash();

    /// Entries that are not done, in their order.
    std::vector<Name> open(std::size_t stream) const;

    const Entry& entry(Name name) const {
        return streams_.at(name.stream).entries.at(name.sequence);
    }

    std::uint64_t next(std::size_t stream) const { return streams_.at(stream).next; }

    Register fact;
    std::array<Register, kSnapshots> snapshots;

private:
    struct Stream {
        std::uint64_t next = 0;
        std::uint64_t promised_end = 0;
        std::map<std::uint64_t, Entry> entries;
    };

    struct RootState {
        bool is_closed = false;
        bool is_sure = true;
        bool is_fate_sure = true;  ///< a root that is not closed is run again, all of it
        std::optional<FateKind> fate;
        std::set<Name> outstanding;
    };

    void check_entry(Name name, const StoredEntry& found) const;
    Expected settle(Name root);

    std::array<Stream, kStreams> streams_;
    std::map<Name, RootState> roots_;
};

}  // namespace aorta::spool::proof
