// A spool in a folder of its own, for tests.
#pragma once

#include "message/budget.hpp"
#include "spool/spool.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aorta::spool::testing {

/// Keeps the lines in memory. [any thread]
class KeptLog final : public base::Log {
public:
    using base::Log::Log;

    std::string text() const {
        const std::scoped_lock lock{mutex_};
        return text_;
    }

private:
    void emit(std::string_view line) override {
        const std::scoped_lock lock{mutex_};
        text_ += line;
    }

    mutable std::mutex mutex_;
    std::string text_;
};

constexpr std::uint64_t kSegment = 64U << 10U;

/// Differs from those of the entries around it.
inline std::string payload_of(std::uint64_t sequence, std::size_t size = 1000) {
    return std::string(size, static_cast<char>('a' + sequence % 26));
}

/// A folder that is gone with it.
class Folder {
public:
    Folder() {
        // In memory where there is such a place: what the disk does is not tested here.
        const std::filesystem::path memory = "/dev/shm";
        const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
        const auto parent = has_memory ? memory : std::filesystem::temp_directory_path();
        std::string name = (parent / "spool-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// What a test needs around a spool; it can be closed and opened again.
class Rig {
public:
    explicit Rig(std::uint64_t segment_bytes = 64U << 10U, std::uint64_t max_bytes = 64U << 20U)
        : segment_bytes_(segment_bytes), max_bytes_(max_bytes) {}

    Result<void> try_open(const Keys& keys = {}, FileSystem& files = posix_file_system()) {
        auto opened = Spool::open({folder.path() / "s", segment_bytes_, max_bytes_},
                                  keys,
                                  {files, clock, log, [this](StreamId stream, std::uint64_t end) {
                                       const std::scoped_lock lock{mutex_};
                                       ends_[stream] = end;
                                   }});
        if (!opened) {
            return opened.error();
        }
        spool = *std::move(opened);
        return {};
    }

    void open(const Keys& keys = {}, FileSystem& files = posix_file_system()) {
        const Result<void> opened = try_open(keys, files);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
    }

    Loaded load() {
        auto loaded = spool->load({});
        EXPECT_TRUE(loaded.ok());
        return loaded ? *std::move(loaded) : Loaded{};
    }

    void open_and_load(const Keys& keys = {}) {
        open(keys);
        load();
    }

    void close() { spool.reset(); }

    /// Appends one entry behind the others; its sequence.
    std::uint64_t append(StreamId stream, const std::string& payload, Root root = {}) {
        const std::uint64_t sequence = next(stream);
        std::vector<Entry> entries;
        entries.push_back({stream,
                           sequence,
                           root,
                           "head of " + std::to_string(sequence),
                           message::BufferRef{message::copy_of(payload, budget)}});
        spool->append(std::move(entries));
        return sequence;
    }

    std::uint64_t next(StreamId stream) const {
        for (const StreamState& state : spool->streams()) {
            if (state.id == stream) {
                return state.next;
            }
        }
        return 0;
    }

    std::uint64_t held(StreamId stream) const {
        for (const StreamState& state : spool->streams()) {
            if (state.id == stream) {
                return state.held;
            }
        }
        return 0;
    }

    void flush() { EXPECT_TRUE(spool->flush(std::chrono::seconds{60})); }

    std::uint64_t durable_end(StreamId stream) {
        const std::scoped_lock lock{mutex_};
        return ends_[stream];
    }

    /// Sequences and payloads that a cursor gives.
    std::vector<std::pair<std::uint64_t, std::string>> read(StreamId stream,
                                                            std::uint64_t from = 0) {
        std::vector<std::pair<std::uint64_t, std::string>> entries;
        const auto cursor = spool->read(stream, from);
        for (;;) {
            auto entry = cursor->next();
            EXPECT_TRUE(entry.ok()) << entry.error().message;
            if (!entry || !*entry) {
                return entries;
            }
            EXPECT_EQ((*entry)->head(), "head of " + std::to_string((*entry)->sequence));
            entries.emplace_back((*entry)->sequence, (*entry)->payload());
        }
    }

    std::vector<std::uint64_t> sequences(StreamId stream, std::uint64_t from = 0) {
        std::vector<std::uint64_t> all;
        for (const auto& [sequence, payload] : read(stream, from)) {
            all.push_back(sequence);
        }
        return all;
    }

    std::vector<std::filesystem::path> segments() const {
        std::vector<std::filesystem::path> paths;
        for (const auto& entry : std::filesystem::directory_iterator{folder.path() / "s/spool"}) {
            if (entry.path().extension() == ".seg") {
                paths.push_back(entry.path());
            }
        }
        std::ranges::sort(paths);
        return paths;
    }

    Folder folder;
    base::SystemClock clock;
    KeptLog log{clock};
    message::Budget budget{1U << 30U};

private:
    const std::uint64_t segment_bytes_;
    const std::uint64_t max_bytes_;
    std::mutex mutex_;
    std::map<StreamId, std::uint64_t> ends_;

public:
    std::unique_ptr<Spool> spool;  // the last: its end tells of what becomes durable
};

}  // namespace aorta::spool::testing
