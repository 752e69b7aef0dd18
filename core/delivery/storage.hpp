// A pipeline's storage: its spool, loaded in the background, and who is told when what became
// durable.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "spool/spool.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace aorta::delivery {

class Storage {
public:
    struct Services {
        spool::FileSystem& files;
        const base::Clock& clock;
        base::Log& log;
    };

    /// Locks and opens it (Spool::open has the errors). Nothing is read back yet.
    static Result<std::unique_ptr<Storage>> open(spool::Spool::Settings settings,
                                                 spool::Keys keys,
                                                 Services services);
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;
    ~Storage();

    spool::Spool& spool() { return *spool_; }

    /// Who is told that all entries of a stream below a number are durable [the spool's writer].
    /// Before the first append to it.
    void watch(spool::StreamId stream, std::function<void(std::uint64_t end)> told);
    void forget(spool::StreamId stream);

    /// Reads the log in the background, then calls `done` [a thread of the storage's, which is
    /// asked to stop by `end_loading`]. Once.
    void load(std::function<void(const spool::Loaded&, const std::stop_token&)> done);

    /// Waits for the end of `load`'s call of `done`.
    void end_loading() { loader_ = {}; }

private:
    explicit Storage(Services services) : services_(services) {}

    void on_durable(spool::StreamId stream, std::uint64_t end);

    const Services services_;
    std::mutex mutex_;  // guards watchers_; held while they are told
    std::map<spool::StreamId, std::function<void(std::uint64_t)>> watchers_;
    std::unique_ptr<spool::Spool> spool_;
    std::jthread loader_;
};

}  // namespace aorta::delivery
