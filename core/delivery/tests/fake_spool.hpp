// A spool in memory that commits when it is told to: what the tests of journal and outbox stand on.
#pragma once

#include "spool/spool.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace aorta::delivery::test {

class FakeSpool final : public spool::Spool {
public:
    /// What is left after the process ends: entries that were committed and are not over.
    struct Disk {
        struct Kept {
            spool::Root root;
            std::string head;
            std::string payload;
            std::uint32_t attempts = 0;
            std::optional<message::FateKind> released = {};
            bool is_past = false;  // over, and kept
        };

        std::map<spool::StreamId, std::map<std::uint64_t, Kept>> entries;
        std::map<spool::StreamId, spool::StreamState> streams;
        std::map<spool::StreamId, std::set<std::uint64_t>> trying;
        std::map<std::string, std::string> facts;
        std::map<std::string, std::string> snapshots;
    };

    using OnDurable = std::function<void(spool::StreamId, std::uint64_t)>;

    FakeSpool(Disk& disk, OnDurable on_durable) : disk_(disk), on_durable_(std::move(on_durable)) {
        for (const auto& [stream, sequences] : disk_.trying) {
            for (const std::uint64_t sequence : sequences) {
                if (const auto found = disk_.entries[stream].find(sequence);
                    found != disk_.entries[stream].end()) {
                    ++found->second.attempts;
                }
            }
        }
        for (auto& [stream, entries] : disk_.entries) {
            for (const auto& [sequence, kept] : entries) {
                ++parked_[{kept.root.stream, kept.root.sequence}];
                if (kept.released) {
                    released_[{stream, sequence}] = *kept.released;
                }
            }
        }
    }

    std::vector<spool::StreamState> streams() const override {
        std::vector<spool::StreamState> all;
        for (const auto& [id, state] : disk_.streams) {
            all.push_back(state);
            all.back().held = static_cast<std::uint64_t>(std::ranges::count_if(
                disk_.entries[id], [](const auto& entry) { return !entry.second.is_past; }));
        }
        return all;
    }

    spool::StreamState stream(spool::StreamKind kind,
                              const std::string& name,
                              std::uint64_t epoch) override {
        for (const spool::StreamState& state : streams()) {
            if (state.kind == kind && state.name == name) {
                return state;
            }
        }
        const auto id = static_cast<spool::StreamId>(disk_.streams.size() + 1);
        disk_.streams[id] = {id, kind, name, 0, 0, epoch};
        return disk_.streams[id];
    }

    Result<void> rename(spool::StreamKind, const std::string&, const std::string&) override {
        return Error{ErrorCode::NotFound, "not in the fake"};
    }

    std::string fact(const std::string& name) const override {
        const std::scoped_lock lock(mutex_);
        const auto found = disk_.facts.find(name);
        return found == disk_.facts.end() ? std::string{} : found->second;
    }

    void set_fact(const std::string& name, const std::string& value) override {
        const std::scoped_lock lock(mutex_);
        disk_.facts[name] = value;
    }

    Result<spool::Loaded> load(const std::stop_token&) override { return spool::Loaded{}; }

    bool is_loaded() const override { return true; }

    void keep(spool::StreamId stream, std::uint64_t from) override {
        const std::scoped_lock lock(mutex_);
        keep_from_[stream] = from;
        std::erase_if(disk_.entries[stream], [from](const auto& entry) {
            return entry.second.is_past && entry.first < from;
        });
    }

    std::unique_ptr<spool::Cursor> read(spool::StreamId stream,
                                        std::uint64_t,
                                        spool::Reads reads) override {
        return std::make_unique<FakeCursor>(*this, stream, reads);
    }

    void append(std::vector<spool::Entry> entries) override {
        const std::scoped_lock lock(mutex_);
        for (spool::Entry& entry : entries) {
            if (entry.root.stream != 0) {
                ++parked_[{entry.root.stream, entry.root.sequence}];
            }
            waiting_.push_back(std::move(entry));
        }
    }

    /// How many of the stream wait for `commit`.
    std::size_t waiting(spool::StreamId stream) const {
        const std::scoped_lock lock(mutex_);
        return static_cast<std::size_t>(
            std::ranges::count(waiting_, stream, &spool::Entry::stream));
    }

    /// What was said to be tried last.
    std::set<std::uint64_t> tried(spool::StreamId stream) const {
        const std::scoped_lock lock(mutex_);
        return disk_.trying[stream];
    }

    /// Called when a cursor has found nothing, and before it says so. Set it before the first one.
    std::function<void()> on_end = [] {};

    /// Makes durable what waits, and tells.
    void commit() {
        std::map<spool::StreamId, std::uint64_t> ends;
        std::vector<std::function<void()>> done;
        {
            const std::scoped_lock lock(mutex_);
            for (const spool::Entry& entry : waiting_) {
                ends[entry.stream] = entry.sequence + 1;
                disk_.streams[entry.stream].next = entry.sequence + 1;
                const bool is_over = over_.contains({entry.stream, entry.sequence});
                if (!is_over || is_kept(entry.stream, entry.sequence)) {
                    auto& kept = disk_.entries[entry.stream][entry.sequence];
                    kept.root = entry.root;
                    kept.head = entry.head;
                    kept.payload = message::bytes_of(*entry.payload.get());
                    kept.is_past = is_over;
                }
            }
            waiting_.clear();
            for (auto& [name, bytes, told] : std::exchange(snapshots_, {})) {
                disk_.snapshots[name] = std::move(bytes);
                done.push_back(std::move(told));
            }
        }
        for (const auto& told : done) {
            told();
        }
        for (const auto& [stream, end] : ends) {
            on_durable_(stream, end);
        }
    }

    std::optional<spool::Over> close(spool::Root root,
                                     std::optional<message::FateKind> fate) override {
        const std::scoped_lock lock(mutex_);
        const message::FateKind highest =
            raise({root.stream, root.sequence}, fate.value_or(message::FateKind::Filtered));
        if (parked_[{root.stream, root.sequence}] == 0) {
            end(root.stream, root.sequence);
            return spool::Over{root.stream, root.sequence, highest};
        }
        released_[{root.stream, root.sequence}] = highest;
        if (const auto found = disk_.entries[root.stream].find(root.sequence);
            found != disk_.entries[root.stream].end()) {
            found->second.released = released_[{root.stream, root.sequence}];
        }
        return std::nullopt;
    }

    std::optional<spool::Over> finish(spool::StreamId outbox,
                                      std::uint64_t sequence,
                                      message::FateKind fate) override {
        const std::scoped_lock lock(mutex_);
        const spool::Root root = disk_.entries[outbox].at(sequence).root;
        end(outbox, sequence);
        if (root.stream == 0) {
            return spool::Over{0, 0, fate};
        }
        const std::pair key{root.stream, root.sequence};
        const message::FateKind highest = raise(key, fate);
        if (--parked_[key] != 0 || !released_.contains(key)) {
            return std::nullopt;
        }
        end(root.stream, root.sequence);
        return spool::Over{root.stream, root.sequence, std::max(highest, released_[key])};
    }

    Result<void> trying(spool::StreamId stream,
                        const std::vector<std::uint64_t>& sequences) override {
        const std::scoped_lock lock(mutex_);
        disk_.trying[stream] = {sequences.begin(), sequences.end()};
        return {};
    }

    void snapshot(const std::string& name, std::string bytes, std::function<void()> done) override {
        const std::scoped_lock lock(mutex_);
        snapshots_.emplace_back(name, std::move(bytes), std::move(done));
    }

    Result<std::string> snapshot(const std::string& name) const override {
        const std::scoped_lock lock(mutex_);
        const auto found = disk_.snapshots.find(name);
        return found == disk_.snapshots.end() ? std::string{} : found->second;
    }

    bool flush(base::Nanoseconds) override { return true; }

    spool::SpoolHealth health() const override { return {}; }

private:
    class FakeCursor final : public spool::Cursor {
    public:
        FakeCursor(FakeSpool& spool, spool::StreamId stream, spool::Reads reads)
            : spool_(spool), stream_(stream), reads_(reads) {}

        Result<std::optional<spool::StoredEntry>> next() override {
            std::optional<spool::StoredEntry> entry = find();
            if (!entry) {
                spool_.on_end();
            }
            return entry;
        }

        std::vector<Lost> take_lost() override { return {}; }

        std::uint64_t position() const override { return position_; }

    private:
        std::optional<spool::StoredEntry> find() {
            const std::scoped_lock lock(spool_.mutex_);
            const auto& entries = spool_.disk_.entries[stream_];
            for (auto at = entries.lower_bound(position_); at != entries.end(); ++at) {
                const bool is_past = at->second.is_past || at->second.released;
                if (is_past &&
                    (reads_ == spool::Reads::Needed || !spool_.is_kept(stream_, at->first))) {
                    continue;
                }
                position_ = at->first + 1;
                return spool::StoredEntry{at->first,
                                          at->second.root,
                                          at->second.attempts,
                                          is_past,
                                          at->second.head + at->second.payload,
                                          at->second.head.size()};
            }
            return std::nullopt;
        }

        FakeSpool& spool_;
        const spool::StreamId stream_;
        const spool::Reads reads_;
        std::uint64_t position_ = 0;
    };

    bool is_kept(spool::StreamId stream, std::uint64_t sequence) const {
        const auto found = keep_from_.find(stream);
        return found != keep_from_.end() && sequence >= found->second;
    }

    /// The highest fate of a root so far.
    message::FateKind raise(const std::pair<spool::StreamId, std::uint64_t>& root,
                            message::FateKind fate) {
        return fates_[root] = std::max(fates_[root], fate);
    }

    void end(spool::StreamId stream, std::uint64_t sequence) {
        over_.insert({stream, sequence});
        const auto found = disk_.entries[stream].find(sequence);
        if (found == disk_.entries[stream].end()) {
            return;
        }
        if (is_kept(stream, sequence)) {
            found->second.is_past = true;
        } else {
            disk_.entries[stream].erase(found);
        }
    }

    mutable std::mutex mutex_;
    Disk& disk_;
    const OnDurable on_durable_;
    std::deque<spool::Entry> waiting_;
    std::map<spool::StreamId, std::uint64_t> keep_from_;
    std::vector<std::tuple<std::string, std::string, std::function<void()>>> snapshots_;
    std::map<std::pair<spool::StreamId, std::uint64_t>, int> parked_;
    std::map<std::pair<spool::StreamId, std::uint64_t>, message::FateKind> released_;
    std::map<std::pair<spool::StreamId, std::uint64_t>, message::FateKind> fates_;
    std::set<std::pair<spool::StreamId, std::uint64_t>> over_;
};

}  // namespace aorta::delivery::test
