// The journal at batches of 64 records of 1 KB, each batch waited for, against pwrite + fdatasync
// of the same bytes on a file of zeros, in turns; plain or `sealed`. `start`: how long a spool of 1
// GiB takes to open and to load.
#include "spool/spool.hpp"

#include "bench/journal_rig.hpp"
#include "message/budget.hpp"

#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

using namespace aorta;         // NOLINT(google-build-using-namespace): a program, not a library
using namespace aorta::bench;  // NOLINT(google-build-using-namespace)

namespace fs = std::filesystem;

/// A journal whose batches are waited for, one after another.
class Journal {
public:
    Journal(const fs::path& folder, bool is_sealed) {
        spool::Keys keys;
        if (is_sealed) {
            keys.present = *spool::storage_key(std::string(32, 'k'));
        }
        const double begun = wall();
        auto opened = spool::Spool::open(
            {folder},
            keys,
            {spool::posix_file_system(), clock_, log_, [this](spool::StreamId, std::uint64_t end) {
                 const std::scoped_lock lock{mutex_};
                 end_ = end;
                 changed_.notify_one();
             }});
        if (!opened) {
            std::fprintf(stderr, "%s\n", opened.error().message.c_str());
            std::exit(70);
        }
        open_seconds = wall() - begun;
        spool_ = *std::move(opened);
        state_ = spool_->stream(spool::StreamKind::Journal, "in", 1);
    }

    void batch(bool settles) {
        std::vector<spool::Entry> entries;
        const std::uint64_t first = state_.next;
        for (std::size_t i = 0; i < kBatch; ++i) {
            entries.push_back({state_.id,
                               state_.next++,
                               {},
                               std::string(kHead, 'h'),
                               message::BufferRef{message::copy_of(payload_, budget_)}});
        }
        spool_->append(std::move(entries));
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [this] { return end_ >= state_.next; });
        }
        for (std::uint64_t i = first; settles && i < state_.next; ++i) {
            spool_->close({state_.id, i}, message::FateKind::Delivered);
        }
    }

    double load() {
        const double begun = wall();
        static_cast<void>(spool_->load({}));
        return wall() - begun;
    }

    double open_seconds = 0;

private:
    base::SystemClock clock_;
    base::Log log_{clock_, base::LogLevel::Error};
    message::Budget budget_{1ULL << 30U};
    const std::string payload_ = std::string(kPayload, 'p');
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t end_ = 0;
    spool::StreamState state_;
    std::unique_ptr<spool::Spool> spool_;
};

void measure_start(const fs::path& folder) {
    {
        Journal journal{folder, false};
        journal.load();
        for (std::size_t bytes = 0; bytes < (1U << 30U); bytes += kBatch * kPayload) {
            journal.batch(false);
        }
    }
    Journal again{folder, false};
    const double load = again.load();
    std::printf("{\"open_ms\": %.1f, \"load_ms\": %.1f}\n", again.open_seconds * 1e3, load * 1e3);
}

}  // namespace

int main(int count, char** words) {
    const std::string mode = count > 1 ? words[1] : "plain";
    const fs::path folder = fs::current_path() / ("spool-bench-" + std::to_string(::getpid()));
    fs::create_directory(folder);
    if (mode == "start") {
        measure_start(folder / "s");
    } else {
        const bool is_sealed = mode == "sealed";
        Journal journal{folder / "s", is_sealed};
        journal.load();
        compare([&] { journal.batch(true); },
                {is_sealed ? "journal_64_sealed" : "journal_64",
                 is_sealed ? 0.0 : 0.7,
                 false,
                 "records/s",
                 "journal, records of 1 KiB in batches of 64, against pwrite + fdatasync"},
                folder / "floor");
    }
    fs::remove_all(folder);
    return 0;
}
