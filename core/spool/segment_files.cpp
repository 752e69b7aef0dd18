#include "spool/segment_files.hpp"

#include "base/crypto.hpp"

#include <aorta/crash_point.hpp>

#include <algorithm>
#include <utility>

namespace aorta::spool {

SegmentFiles::SegmentFiles(Setup setup, Books& books, FileSystem& files, const base::Clock& clock)
    : setup_(std::move(setup)),
      books_(books),
      files_(files),
      clock_(clock),
      preparer_(files, setup_.folder, setup_.usual) {}

std::filesystem::path SegmentFiles::next_path() const {
    return setup_.folder / segment_name(setup_.next);
}

bool SegmentFiles::is_reusable(const Segment& segment) const {
    return segment.header.size == setup_.usual && segment.bytes == setup_.usual &&
           !segment.has_failed;
}

std::uint64_t SegmentFiles::limit(Room room) const {
    switch (room) {
        case Room::Journal:
            return setup_.max_bytes - std::max(setup_.max_bytes / 4, 5 * setup_.usual);
        case Room::Outbox:
            return setup_.max_bytes - 2 * setup_.usual;
        case Room::Notes:
            break;
    }
    return setup_.max_bytes;
}

bool SegmentFiles::is_within(Room room) const {
    if (books_.bytes() <= limit(room)) {
        return true;
    }
    const auto kept = spare({});
    return kept && books_.bytes() - kept->segment->bytes <= limit(room);
}

std::optional<Books::Oldest> SegmentFiles::spare(const SegmentPtr& active) const {
    auto oldest = books_.oldest(active);
    const bool is_spare = oldest && oldest->may_go() && is_reusable(*oldest->segment);
    return is_spare ? oldest : std::nullopt;
}

bool SegmentFiles::has_ample_room(std::uint64_t bytes) const {
    return books_.bytes() + bytes + 2 * setup_.usual <= limit(Room::Journal);
}

void SegmentFiles::become(Active& active,
                          std::unique_ptr<File> file,
                          std::uint64_t size,
                          std::uint64_t durable_end,
                          bool is_reused) {
    SegmentHeader header;
    header.number = setup_.next;
    header.size = size;
    header.usual = setup_.usual;
    header.log = setup_.log;
    base::random_bytes(header.salt);
    header.created_ns = clock_.now().count();
    header.before = durable_end;
    header.is_reused = is_reused;
    active = Active{};
    if (setup_.key) {
        header.key = setup_.key->id;
        active.sealer.emplace(sealer_of(header, *setup_.key));
    }
    active.segment = std::make_shared<Segment>(header, next_path());
    active.segment->bytes = size;
    active.file = std::move(file);
    books_.add(active.segment);
    crash_point("spool.segment_begun");
    // Positions are counted by the usual size, whatever this one has.
    setup_.next += (size + setup_.usual - 1) / setup_.usual;
}

int SegmentFiles::rename_into_place(const std::filesystem::path& from) {
    int error = files_.rename(from, next_path()).error;
    crash_point("spool.segment_renamed");
    if (error == 0) {
        error = files_.sync_directory(setup_.folder).error;
        if (error != 0) {
            files_.remove(next_path());
            ++setup_.next;
        }
    }
    return error;
}

SegmentFiles::Outcome SegmentFiles::reuse(const SegmentPtr& old,
                                          std::uint64_t durable_end,
                                          Active& active) {
    std::unique_ptr<File> file;
    int error = files_.open(old->path, FileSystem::Mode::Write, file).error;
    if (error == 0) {
        books_.remove(old);
        error = rename_into_place(old->path);
    }
    if (error == 0) {
        become(active, std::move(file), setup_.usual, durable_end, true);
        crash_point("spool.segment_reused");
    } else {
        files_.remove(old->path);
    }
    return {error};
}

SegmentFiles::Outcome SegmentFiles::begin(std::uint64_t bytes,
                                          std::uint64_t durable_end,
                                          Room room,
                                          Active& active) {
    if (bytes > setup_.usual) {
        return books_.bytes() + bytes > limit(room) && books_.bytes() > 0
                   ? Outcome{0, true}
                   : begin_sparse(bytes, durable_end, active);
    }
    if (const auto kept = spare({}); kept && !kept->is_shared) {
        return reuse(kept->segment, durable_end, active);
    }
    if (books_.bytes() + setup_.usual > limit(room)) {
        return {0, true};
    }
    Preparer::Prepared prepared = preparer_.take();
    if (prepared.error == 0) {
        prepared.error = rename_into_place(prepared.path);
    }
    if (prepared.error == 0) {
        become(active, std::move(prepared.file), setup_.usual, durable_end, false);
    } else if (prepared.file) {
        files_.remove(prepared.path);
    }
    return {prepared.error};
}

SegmentFiles::Outcome SegmentFiles::begin_sparse(std::uint64_t bytes,
                                                 std::uint64_t durable_end,
                                                 Active& active) {
    const std::uint64_t size = std::max((bytes + kPage - 1) / kPage * kPage, setup_.usual);
    std::unique_ptr<File> file;
    int error = files_.open(next_path(), FileSystem::Mode::Create, file).error;
    if (error == 0) {
        error = file->truncate(size).error;
        crash_point("spool.segment_made");
    }
    if (error == 0) {
        error = files_.sync_directory(setup_.folder).error;
    }
    if (error == 0) {
        become(active, std::move(file), size, durable_end, false);
        active.is_sparse = true;
    } else if (file != nullptr) {
        files_.remove(next_path());
        ++setup_.next;
    }
    return {error};
}

void SegmentFiles::leave(Active& active) {
    if (!active) {
        return;
    }
    if (active.offset == 0) {
        files_.remove(active.segment->path);  // nothing was promised in it
        books_.remove(active.segment);
    } else if (active.is_sparse && active.file->truncate(active.offset).error == 0) {
        books_.shrink(active.segment, active.offset);
        crash_point("spool.segment_cut");
    }
    active = Active{};
}

SegmentFiles::Outcome SegmentFiles::drop(const SegmentPtr& segment) {
    int error = files_.remove(segment->path).error;
    if (error == 0) {
        crash_point("spool.segment_dropped");
        books_.remove(segment);
        // One after another also on disk, so that never a younger one goes alone.
        error = files_.sync_directory(setup_.folder).error;
    }
    return {error};
}

void SegmentFiles::prepare_next(const Active& active) {
    if (!spare(active.segment) && books_.bytes() + 2 * setup_.usual <= setup_.max_bytes) {
        preparer_.want();
    }
}

}  // namespace aorta::spool
