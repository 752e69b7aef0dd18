#include "spool/preparer.hpp"

#include <aorta/crash_point.hpp>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace aorta::spool {
namespace {

constexpr std::uint64_t kPiece = 1U << 20U;

}  // namespace

Io write_all(File& file, std::span<const std::uint8_t> bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const Io wrote = file.write_at(bytes, offset);
        if (wrote.error == EINTR) {
            continue;
        }
        if (wrote.error != 0 || wrote.count <= 0) {
            return {0, wrote.error != 0 ? wrote.error : EIO};
        }
        bytes = bytes.subspan(static_cast<std::size_t>(wrote.count));
        offset += static_cast<std::uint64_t>(wrote.count);
    }
    return {};
}

Preparer::Preparer(FileSystem& files, std::filesystem::path folder, std::uint64_t bytes)
    : files_(files), folder_(std::move(folder)), bytes_(bytes) {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

Preparer::~Preparer() {
    thread_.request_stop();
    thread_.join();
    if (ready_ && ready_->error == 0) {
        files_.remove(ready_->path);
    }
}

void Preparer::want() {
    const std::scoped_lock lock{mutex_};
    if (!ready_ && !is_wanted_) {
        is_wanted_ = true;
        changed_.notify_all();
    }
}

bool Preparer::is_ready() const {
    const std::scoped_lock lock{mutex_};
    return ready_ && ready_->error == 0;
}

Preparer::Prepared Preparer::take() {
    std::unique_lock lock{mutex_};
    if (!ready_ && !is_wanted_) {
        is_wanted_ = true;
        changed_.notify_all();
    }
    changed_.wait(lock, [this] { return ready_.has_value(); });
    Prepared taken = std::move(*ready_);
    ready_.reset();
    return taken;
}

void Preparer::run(const std::stop_token& stop) {
    std::uint64_t count = 0;
    std::unique_lock lock{mutex_};
    while (changed_.wait(lock, stop, [this] { return is_wanted_; })) {
        lock.unlock();
        Prepared prepared = prepare(folder_ / (std::to_string(count++) + ".new"), stop);
        lock.lock();
        ready_ = std::move(prepared);
        is_wanted_ = false;
        changed_.notify_all();
    }
}

Preparer::Prepared Preparer::prepare(const std::filesystem::path& path,
                                     const std::stop_token& stop) {
    Prepared prepared{path, nullptr, 0};
    files_.remove(path);
    prepared.error = files_.open(path, FileSystem::Mode::Create, prepared.file).error;
    const std::vector<std::uint8_t> zeros(std::min(kPiece, bytes_));
    for (std::uint64_t done = 0; prepared.error == 0 && done < bytes_; done += zeros.size()) {
        const std::uint64_t count = std::min<std::uint64_t>(zeros.size(), bytes_ - done);
        prepared.error = write_all(*prepared.file, std::span{zeros}.first(count), done).error;
        if (stop.stop_requested()) {
            prepared.error = ECANCELED;
        }
    }
    if (prepared.error == 0) {
        prepared.error = prepared.file->sync().error;
        crash_point("spool.segment_zeroed");
    }
    if (prepared.error != 0 && prepared.file) {
        prepared.file.reset();
        files_.remove(path);
    }
    return prepared;
}

}  // namespace aorta::spool
