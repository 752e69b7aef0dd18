#include "source/file/file_source.hpp"

#include "common/files/error.hpp"
#include "common/files/replace.hpp"
#include "source/file/discover.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace aorta::plugins::file_source {

namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} << 10U;
constexpr std::uint32_t kWatched = IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_CLOSE_WRITE;

std::int64_t modified_ns(const struct stat& status) {
    return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
}

std::int64_t born_ns(int fd) {
    struct statx status = {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0 ||
        (status.stx_mask & STATX_BTIME) == 0) {
        return 0;
    }
    return status.stx_btime.tv_sec * 1'000'000'000 + status.stx_btime.tv_nsec;
}

std::string read_head(int fd) {
    std::string head(kHeadBytes, '\0');
    const ssize_t count = ::pread(fd, head.data(), head.size(), 0);
    head.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return head;
}

}  // namespace

FileSource::FileSource(Settings settings, Host host)
    : settings_(std::move(settings)),
      host_(host),
      content_type_(host.intern(reading::content_type_of(settings_.format))),
      file_attribute_(host.intern("file")),
      batch_attribute_(host.intern("batch")),
      findings_(host),
      unreadable_(host.counter("unreadable_files")),
      replaced_(host.counter("replaced_files")),
      feeder_(host) {}

FileSource::~FileSource() {
    stop();
    save_checkpoint();  // fates may have come since
}

Result<void> FileSource::start() {
    for (const std::string& pattern : settings_.patterns) {
        if (!settings_.watch && !is_glob(pattern) && ::access(pattern.c_str(), F_OK) != 0) {
            return files::errno_error(errno, "find the file", pattern);
        }
    }
    if (auto loaded = load_checkpoint(); !loaded) {
        return loaded;
    }
    if (settings_.watch) {
        // Without inotify (a limit of the host) the rescan alone finds what is new.
        inotify_ = files::Fd{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    }
    reader_ = std::jthread{[this] { run(); }};
    return {};
}

void FileSource::stop() {
    feeder_.stop();
    if (reader_.joinable()) {
        reader_.join();
        save_checkpoint();
    }
}

void FileSource::on_settled(std::uint64_t cookie, const Outcome& fate) {
    // What failed is nowhere: the file keeps it, and it is read again after a restart.
    if (has_checkpoint()) {
        progress_->end(cookie, fate.kind != AORTA_FATE_FAILED);
    }
}

Result<void> FileSource::load_checkpoint() {
    progress_.emplace();
    if (!has_checkpoint()) {
        return {};
    }
    const std::string& path = settings_.checkpoint;
    lock_ = files::Fd{::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!lock_) {
        return files::errno_error(errno, "create the checkpoint's lock", path + ".lock");
    }
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        return Error{ErrorCode::Unavailable, "another source uses this checkpoint", path};
    }
    const auto text = files::read_small_file(path, kMaxCheckpointBytes);
    if (!text) {
        return text.error();
    }
    if (!text->has_value()) {
        return {};
    }
    auto entries = decode_checkpoint(**text);
    if (!entries) {
        return Error{ErrorCode::Corrupt,
                     "the checkpoint is damaged (" + entries.error().message + ", " +
                         entries.error().where +
                         "): restore it, or remove it to read all files from their beginning",
                     path};
    }
    progress_.emplace(std::move(*entries));
    return {};
}

void FileSource::save_checkpoint() {
    if (!has_checkpoint() || !progress_) {
        return;
    }
    saved_ = host_.steady();
    const auto entries = progress_->take_changes();
    if (!entries) {
        return;
    }
    if (const auto saved = files::replace_file(settings_.checkpoint, encode_checkpoint(*entries));
        !saved) {
        progress_->keep_changes();
        host_.log(AORTA_LOG_ERROR,
                  "checkpoint_not_saved",
                  {{"file", saved.error().where}, {"error", saved.error().message}});
    }
}

void FileSource::save_checkpoint_if_due() {
    if (host_.steady() - saved_ >= settings_.checkpoint_interval) {
        save_checkpoint();
    }
}

void FileSource::run() {
    if (settings_.watch) {
        watch();
        return;
    }
    scan();
    if (feeder_.is_stopping()) {
        return;
    }
    if (tails_.empty()) {
        host_.log(AORTA_LOG_WARN, "no_files_found");
    }
    host_.finished();
    while (feeder_.wait(settings_.checkpoint_interval)) {
        save_checkpoint();
    }
}

void FileSource::watch() {
    while (!feeder_.is_stopping()) {
        for (const std::string& directory : directories_of(settings_.patterns)) {
            ::inotify_add_watch(inotify_.get(), directory.c_str(), kWatched);
        }
        scan();
        wait_for_change();
    }
}

// Until something happens in a watched directory, a file may have become quiet, the checkpoint is
// due, or it is time to look again.
void FileSource::wait_for_change() {
    Nanoseconds wait = settings_.rescan;
    const bool has_held = std::any_of(tails_.begin(), tails_.end(), [](const auto& tail) {
        return tail.second.splitter != nullptr;
    });
    if (has_held) {
        wait = std::min(wait, settings_.quiet);
    }
    if (has_checkpoint()) {
        wait = std::min(wait, settings_.checkpoint_interval);
    }
    std::array<pollfd, 2> ready = {{{inotify_.get(), POLLIN, 0}, {feeder_.stop_fd(), POLLIN, 0}}};
    const auto wait_ms = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    ::poll(ready.data(), ready.size(), static_cast<int>(wait_ms));
    // The scan tells what changed; the events only wake.
    std::array<char, 4096> events;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    while (inotify_ && ::read(inotify_.get(), events.data(), events.size()) > 0) {
    }
    save_checkpoint_if_due();
}

void FileSource::scan() {
    for (auto& [key, tail] : tails_) {
        tail.is_present = false;
    }
    for (const std::string& path : discover(settings_.patterns)) {
        visit(path);
        feeder_.flush();
        if (feeder_.is_stopping()) {
            return;
        }
    }
    for (auto tail = tails_.begin(); tail != tails_.end();) {
        if (tail->second.is_present) {
            ++tail;
            continue;
        }
        finish(tail->second);  // it will not grow any more
        progress_->retire(tail->second.number);
        tail = tails_.erase(tail);
    }
    feeder_.flush();
}

void FileSource::visit(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) {
        return;  // gone since it was found
    }
    const auto known = tails_.find({status.st_dev, status.st_ino});
    const bool is_read = known != tails_.end() &&
                         known->second.read_to == static_cast<std::uint64_t>(status.st_size) &&
                         known->second.modified_ns == modified_ns(status);
    if (!is_read) {
        read(path);
    } else {
        known->second.is_present = true;
        finish_if_whole(known->second);
    }
}

void FileSource::read(const std::string& path) {
    const files::Fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    struct stat status = {};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
        warn("file_unreadable", path, errno);
        return;
    }
    const std::string head = read_head(fd.get());
    const FileId id{
        status.st_dev, status.st_ino, born_ns(fd.get()), head.size(), hash_of(head), path};
    Tail& tail = tail_of(id, head, static_cast<std::uint64_t>(status.st_size));
    tail.is_present = true;
    tail.modified_ns = modified_ns(status);
    read_on(tail, fd.get());
    if (feeder_.is_stopping()) {
        return;
    }
    if (settings_.watch) {
        finish_if_whole(tail);
    } else {
        finish(tail);
    }
}

FileSource::Tail& FileSource::tail_of(const FileId& id,
                                      std::string_view head,
                                      std::uint64_t size_bytes) {
    const auto [found, is_new] = tails_.try_emplace({id.device, id.inode});
    Tail& tail = found->second;
    if (is_new) {
        tail.number = progress_->open(id, head, size_bytes);
        // HL7 v2 is cut again from the beginning, for the counts of its envelopes; what is settled
        // is passed over record by record.
        const bool is_hl7 = settings_.format == reading::Format::Hl7v2;
        rewind(tail, is_hl7 ? 0 : progress_->first_gap(tail.number));
    } else if (size_bytes < tail.read_to || !begins_as(tail.id, head)) {
        warn("file_replaced", id.path, 0);
        progress_->restart(tail.number, id);
        rewind(tail, 0);
    } else if (tail.id != id) {
        progress_->update(tail.number, id);
    }
    tail.id = id;
    return tail;
}

void FileSource::rewind(Tail& tail, std::uint64_t offset) {
    tail.read_to = offset;
    tail.covered_to = offset;
    tail.splitter.reset();
}

void FileSource::read_on(Tail& tail, int fd) {
    std::string chunk(kChunkBytes, '\0');
    while (!feeder_.is_stopping()) {
        const ssize_t count =
            ::pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(tail.read_to));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            warn("file_unreadable", tail.id.path, errno);
        }
        if (count <= 0) {
            return;
        }
        if (!tail.splitter) {
            tail.splitter = std::make_unique<reading::Splitter>(
                settings_.format,
                settings_.max_record_bytes,
                tail.read_to,
                [this, &tail](const reading::Piece& piece) { take(tail, piece); });
        }
        const auto size = static_cast<std::size_t>(count);
        tail.splitter->feed({chunk.data(), size});
        tail.read_to += size;
        tail.last_byte = chunk[size - 1];
        tail.grown = host_.steady();
        save_checkpoint_if_due();
    }
}

// A file that is watched may go on growing. What is held of it is a record when the file ends where
// a record can end and has been quiet for a while; a line ends with its line end only.
void FileSource::finish_if_whole(Tail& tail) {
    const bool is_quiet = tail.splitter && host_.steady() - tail.grown >= settings_.quiet;
    const bool ends_segment =
        std::string_view{"\r\n\x1C"}.find(tail.last_byte) != std::string::npos;
    const bool is_whole = settings_.format == reading::Format::Whole ||
                          (settings_.format == reading::Format::Hl7v2 && ends_segment);
    if (is_quiet && is_whole) {
        finish(tail);
    }
}

void FileSource::finish(Tail& tail) {
    if (tail.splitter) {
        tail.splitter->finish();
        tail.splitter.reset();
    }
}

void FileSource::take(Tail& tail, const reading::Piece& piece) {
    using Kind = reading::Piece::Kind;
    // A record covers what lies between it and the record before, so that the ranges of a settled
    // file become one. One that is refused fails, and so leaves a gap: it is looked at again after
    // a restart.
    const std::uint64_t from = tail.covered_to;
    const bool is_refused = piece.kind == Kind::TooLarge || piece.kind == Kind::EndInside;
    if (piece.kind != Kind::Record && !is_refused) {
        findings_.report(piece, tail.id.path);
        const Draft nowhere{
            .content_type = content_type_, .position = piece.begin, .connection = tail.number};
        feeder_.refuse(nowhere, piece, kRefusals);
        return;
    }
    tail.covered_to = piece.end;
    Draft draft;
    if (has_checkpoint()) {
        draft.cookie = progress_->begin(tail.number, piece.begin, from, piece.end);
        if (draft.cookie == 0) {
            return;
        }
    }
    const std::uint64_t cookie = draft.cookie;
    draft.content_type = content_type_;
    draft.position = piece.begin;
    draft.connection = tail.number;
    if (is_refused) {
        findings_.report(piece, tail.id.path);
        feeder_.refuse(draft, piece, kRefusals);
        return;
    }
    draft.attributes.emplace_back(file_attribute_, tail.id.path);
    if (!piece.batch.empty()) {
        draft.attributes.emplace_back(batch_attribute_, piece.batch);
    }
    if (!feeder_.add(piece.bytes, std::move(draft)) && has_checkpoint()) {
        progress_->end(cookie, false);
    }
}

void FileSource::warn(std::string_view event, const std::string& path, int error) {
    (error == 0 ? replaced_ : unreadable_).add();
    host_.log(AORTA_LOG_WARN, event, {{"file", path}, {"errno", error}});
}

}  // namespace aorta::plugins::file_source
