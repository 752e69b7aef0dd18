// The files of segments: which one comes next, made anew or used again, and which may go.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "spool/books.hpp"
#include "spool/preparer.hpp"
#include "spool/sealing.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace aorta::spool {

/// The segment that is written to.
struct Active {
    SegmentPtr segment = {};
    std::unique_ptr<File> file = {};
    std::optional<base::Sealer> sealer = {};
    std::uint64_t offset = 0;  ///< where the next item goes; 0: not even its header is written
    bool is_sparse = false;    ///< its space is not allocated yet: syncs cost more

    explicit operator bool() const { return segment != nullptr; }
};

/// [the writer's thread]
class SegmentFiles {
public:
    struct Setup {
        std::filesystem::path folder;  ///< of the segments
        std::uint64_t usual = 0;       ///< bytes of a segment
        std::uint64_t max_bytes = 0;
        std::uint64_t next = 0;  ///< number of the next segment
        Id16 log = {};
        std::optional<StorageKey> key = {};
    };

    /// How near to the cap a group may go. The last quarter is not for journals: what they hold may
    /// have to go through outboxes to be over. The last three segments are for notes, of those the
    /// last for tidying up.
    enum class Room { Journal, Outbox, Notes, Tidying };

    struct Outcome {
        int error = 0;         ///< of the disk
        bool is_full = false;  ///< the cap is reached
    };

    SegmentFiles(Setup setup, Books& books, FileSystem& files, const base::Clock& clock);
    SegmentFiles(const SegmentFiles&) = delete;
    SegmentFiles& operator=(const SegmentFiles&) = delete;
    ~SegmentFiles();

    /// A segment that `bytes` fit in, behind those that there are; it is in the books then.
    Outcome begin(std::uint64_t bytes, std::uint64_t durable_end, Room room, Active& active);
    /// The same at once, without zeros.
    Outcome begin_sparse(std::uint64_t bytes, std::uint64_t durable_end, Active& active);
    /// Nothing more goes into it. What it did not use is given back.
    void leave(Active& active);
    /// Takes away a segment that the log says is gone, or keeps its file to be used again.
    Outcome retire(const SegmentPtr& segment);

    /// True when a better segment than a sparse one is at hand.
    bool has_prepared() const { return !spare_.empty() || preparer_.is_ready(); }

    /// Has a file made when none is there to be used again.
    void prepare_next();

    /// The log is not larger than the room allows.
    bool is_within(Room room) const { return books_.bytes() <= limit(room); }

    /// Journals and all may take so many bytes without a thought.
    bool has_ample_room(std::uint64_t bytes) const;

    std::uint64_t usual() const { return setup_.usual; }

    std::uint64_t next_number() const { return setup_.next; }

    std::uint64_t max_bytes() const { return setup_.max_bytes; }

private:
    std::filesystem::path next_path() const;
    std::uint64_t limit(Room room) const;
    void become(Active& active,
                std::unique_ptr<File> file,
                std::uint64_t size,
                std::uint64_t durable_end,
                bool is_reused);
    Outcome reuse(std::uint64_t durable_end, Active& active);
    int rename_into_place(const std::filesystem::path& from);

    Setup setup_;
    Books& books_;
    FileSystem& files_;
    const base::Clock& clock_;
    Preparer preparer_;
    std::filesystem::path spare_ = {};  ///< a file to be used again; the log says it is gone
};

}  // namespace aorta::spool
