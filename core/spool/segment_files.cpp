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

SegmentFiles::~SegmentFiles() {
    if (!spare_.empty()) {
        files_.remove(spare_);
    }
}

std::filesystem::path SegmentFiles::next_path() const {
    return setup_.folder / segment_name(setup_.next);
}

std::uint64_t SegmentFiles::limit(Room room) const {
    switch (room) {
        case Room::Journal:
            return setup_.max_bytes - std::max(setup_.max_bytes / 4, 6 * setup_.usual);
        case Room::Outbox:
            return setup_.max_bytes - 3 * setup_.usual;
        case Room::Notes:
            return setup_.max_bytes - setup_.usual;
        case Room::Tidying:
            break;
    }
    return setup_.max_bytes;
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

SegmentFiles::Outcome SegmentFiles::reuse(std::uint64_t durable_end, Active& active) {
    const std::filesystem::path old = std::exchange(spare_, {});
    std::unique_ptr<File> file;
    int error = files_.open(old, FileSystem::Mode::Write, file).error;
    if (error == 0) {
        error = rename_into_place(old);
    }
    if (error == 0) {
        become(active, std::move(file), setup_.usual, durable_end, true);
        crash_point("spool.segment_reused");
    } else {
        files_.remove(old);
    }
    return {error};
}

SegmentFiles::Outcome SegmentFiles::begin(std::uint64_t bytes,
                                          std::uint64_t durable_end,
                                          Room room,
                                          Active& active) {
    if (books_.bytes() + std::max(bytes, setup_.usual) > limit(room) && books_.bytes() > 0) {
        return {0, true};
    }
    if (bytes > setup_.usual) {
        return begin_sparse(bytes, durable_end, active);
    }
    if (!spare_.empty()) {
        return reuse(durable_end, active);
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

SegmentFiles::Outcome SegmentFiles::retire(const SegmentPtr& segment) {
    const bool is_reusable = segment->bytes == setup_.usual && !segment->has_failed &&
                             !has_prepared() && !books_.is_shared(segment);
    if (is_reusable) {
        spare_ = segment->path;
    } else if (const int error = files_.remove(segment->path).error; error != 0) {
        return {error};
    }
    // Should the name come back after a loss of power, the log says that it is gone.
    crash_point("spool.segment_dropped");
    books_.remove(segment);
    return {};
}

void SegmentFiles::prepare_next() {
    if (spare_.empty() && books_.bytes() + 2 * setup_.usual <= setup_.max_bytes) {
        preparer_.want();
    }
}

}  // namespace aorta::spool
