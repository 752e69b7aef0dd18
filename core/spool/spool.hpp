// The spool: a durable log of entries in streams. Sources' journals and sinks' outboxes are streams
// of one log, so that one sync commits what all of them wait for. docs/formats/spool.md has the
// bytes.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "message/buffer.hpp"
#include "message/receipt.hpp"
#include "spool/file_system.hpp"
#include "spool/keys.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace aorta::spool {

using StreamId = std::uint32_t;  ///< 0 is none

enum class StreamKind : std::uint8_t {
    Journal = 1,
    Outbox = 2,
    Passing = 3,  ///< roots of a source without a journal: known in memory only, never on disk
};

/// The journal entry that an outbox entry came of.
struct Root {
    StreamId stream = 0;
    std::uint64_t sequence = 0;
};

/// An entry on its way in. Sequences of a stream rise by one, from `StreamState::next`.
struct Entry {
    StreamId stream = 0;
    std::uint64_t sequence = 0;
    Root root = {};
    std::string head = {};            ///< the owner's business; sealed as the payload is
    message::BufferRef payload = {};  ///< held until it is durable; may be empty
};

/// An entry read back. Its owner knows what `head` means.
struct StoredEntry {
    std::uint64_t sequence = 0;
    Root root = {};
    std::uint32_t attempts = 0;  ///< how often it was being tried when the process died
    bool is_past = false;        ///< over or released, and kept: see `Spool::keep`
    std::string body = {};
    std::size_t head_size = 0;

    std::string_view head() const { return std::string_view{body}.substr(0, head_size); }

    std::string_view payload() const { return std::string_view{body}.substr(head_size); }
};

struct StreamState {
    StreamId id = 0;
    StreamKind kind = StreamKind::Journal;
    std::string name;  ///< of the node
    std::uint64_t next = 0;
    std::uint64_t held = 0;
    std::uint64_t epoch = 0;  ///< the owner's; stays for the life of the stream
};

/// A journal entry (or a passing root) is over, with the highest fate of all that came of it.
struct Over {
    StreamId stream =
        0;  ///< 0: its root is not known any more (it began before a start, without a journal)
    std::uint64_t sequence = 0;
    message::FateKind fate = message::FateKind::Delivered;
};

/// A bad region of the log, or an entry of which nothing is left.
struct Damage {
    enum class Kind { Damaged, DoubtfulTail, Missing };

    Kind kind = Kind::Damaged;
    std::uint64_t position = 0;
    std::uint64_t bytes = 0;
    StreamId stream = 0;  ///< 0: not known
    std::uint64_t sequence = 0;
};

struct Loaded {
    std::vector<StreamState>
        streams;                 ///< as `open` found them: what was appended since is not in it
    std::uint64_t rootless = 0;  ///< outbox entries among them whose root is not known
    std::vector<Damage> damage;
    std::vector<Over> lost;  ///< what is over by the damage: source records, counted in no stream
    bool was_closed = true;  ///< the last writer ended on its own accord
    std::uint64_t bytes = 0;
};

struct SpoolHealth {
    std::string
        trouble;  ///< empty, or why nothing is being made durable at present: an id as "spool.full"
    std::uint64_t bytes = 0;    ///< of all segments
    std::uint64_t waiting = 0;  ///< entries appended that are not durable
    std::uint64_t syncs = 0;
    std::uint64_t failed_syncs = 0;
};

/// Which entries a cursor gives: those that are needed (not over, not released) when they are
/// reached; with `Kept`, those that `Spool::keep` keeps as well.
enum class Reads : std::uint8_t { Needed, Kept };

/// Reads the entries of a stream in the order of their sequences. [one thread at a time] Must not
/// outlive its spool.
class Cursor {
public:
    Cursor() = default;
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    virtual ~Cursor() = default;

    /// An entry that could not be read, and what is over by that.
    struct Lost {
        std::uint64_t sequence = 0;
        std::optional<Over> over = {};
    };

    /// Nothing: the durable end is reached; there may be more later. An entry that cannot be read
    /// is reported, counted as over (failed) and skipped; an error is of the whole log (a key that
    /// is missing, a disk that does not answer).
    virtual Result<std::optional<StoredEntry>> next() = 0;
    /// Those that `next` has skipped since the last call.
    virtual std::vector<Lost> take_lost() = 0;
    /// One more than the last sequence that `next` has given or passed over.
    virtual std::uint64_t position() const = 0;
};

class Spool {
public:
    struct Settings {
        std::filesystem::path folder;  ///< of the storage; made when it is missing
        std::uint64_t segment_bytes = 32ULL << 20U;
        std::uint64_t max_bytes = 10ULL << 30U;
        /// A tool's, not a worker's: what a crash left to be tried with care is left so.
        bool is_visit = false;
    };

    struct Services {
        FileSystem& files;
        const base::Clock& clock;
        base::Log& log;
        /// Told on the writer's thread, in order, after each sync: all entries of the stream below
        /// `end` are durable.
        std::function<void(StreamId stream, std::uint64_t end)> on_durable;
    };

    /// Locks the folder, reads the newest segment and begins a new one: after that entries may be
    /// appended. What lies in older segments is not known before `load`. Errors: Unavailable
    /// (locked: names the process), InvalidConfig (a newer format, a key that is missing),
    /// Unavailable or ResourceExhausted (the disk).
    static Result<std::unique_ptr<Spool>> open(Settings settings, Keys keys, Services services);

    Spool() = default;
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    /// Writes what waits, and the mark that it ended on its own accord if it could.
    virtual ~Spool() = default;

    /// What `open` knows: names, kinds, next sequences, numbers held.
    virtual std::vector<StreamState> streams() const = 0;
    /// The stream of this kind and name; begun with this epoch when there is none.
    virtual StreamState stream(StreamKind kind, const std::string& name, std::uint64_t epoch) = 0;
    /// Renames a stream; what it holds goes to the new owner. NotFound when there is no such
    /// stream.
    virtual Result<void> rename(StreamKind kind,
                                const std::string& from,
                                const std::string& to) = 0;
    /// Facts that go with the log from checkpoint to checkpoint ("key_check"); empty when not set.
    virtual std::string fact(const std::string& name) const = 0;
    virtual void set_fact(const std::string& name, const std::string& value) = 0;

    /// Reads the whole log: what is held, what is damaged. Takes as long as the disk takes; once,
    /// from any thread; entries may be appended meanwhile. Cursors work after it. Cancelled when it
    /// is asked to stop.
    virtual Result<Loaded> load(const std::stop_token& stop) = 0;
    virtual bool is_loaded() const = 0;
    virtual std::unique_ptr<Cursor> read(StreamId stream,
                                         std::uint64_t from,
                                         Reads reads = Reads::Needed) = 0;

    /// Keeps the entries of a journal from this sequence on in the log although they are over, as
    /// long as less than half of the cap is in use. Say it before `load`, and again
    /// after each start: it is not written down. [any thread]
    virtual void keep(StreamId stream, std::uint64_t from) = 0;

    /// Appends, in order. Never blocks on the disk; the payloads stay in memory (and charged) until
    /// they are durable. An entry with a root counts as one more outbox entry of that root from now
    /// on. [any thread]
    virtual void append(std::vector<Entry> entries) = 0;

    /// A source record's receipt is closed: all that came of it is over, but what lies in outboxes,
    /// durably. `fate`: the highest of what is over; none when all of it went to outboxes. Gives
    /// what is over by that. [any thread]
    virtual std::optional<Over> close(Root root, std::optional<message::FateKind> fate) = 0;
    /// An outbox entry is over. Gives its root, when that is over too. [any thread]
    virtual std::optional<Over> finish(StreamId outbox,
                                       std::uint64_t sequence,
                                       message::FateKind fate) = 0;

    /// Says durably that these entries are about to be run after a crash; the next call takes its
    /// place. Waits for the sync, a second at most: Timeout. Unavailable when the spool ends.
    virtual Result<void> trying(StreamId stream, const std::vector<std::uint64_t>& sequences) = 0;

    /// A plugin's state under a name; the newest of each name is kept. `done` is told on the
    /// writer's thread when it is durable.
    virtual void snapshot(const std::string& name,
                          std::string bytes,
                          std::function<void()> done) = 0;
    /// Empty when there is none. After `load`. Corrupt: it is damaged. Unavailable, InvalidConfig:
    /// as `open`.
    virtual Result<std::string> snapshot(const std::string& name) const = 0;

    /// Waits until all that was appended before is durable; false when `timeout` was over first.
    virtual bool flush(base::Nanoseconds timeout) = 0;

    virtual SpoolHealth health() const = 0;
};

/// Reads a log that may be in use or broken, and writes nothing.
struct Inspection {
    struct Segment {
        std::uint64_t number = 0;
        std::uint64_t bytes = 0;
        std::uint64_t items = 0;
        std::uint64_t entries = 0;
        std::uint64_t needed = 0;
        KeyId key = {};
        std::int64_t created_ns = 0;
    };

    std::vector<Segment> segments;
    Loaded loaded;
};

Result<Inspection> inspect(const std::filesystem::path& folder,
                           const Keys& keys,
                           FileSystem& files);

}  // namespace aorta::spool
