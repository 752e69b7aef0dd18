// A worker: the pipelines of one process, their common services, and their end.
#pragma once

#include "runtime/pipeline.hpp"
#include "runtime/storage.hpp"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace aorta::runtime {

struct WorkerOptions {
    int threads = 2;  ///< workers of each pipeline's flow graph
    /// Where pipelines without `storage: { path }` keep their dead letters: <folder>/<pipeline>.
    std::filesystem::path state_folder = "aorta-state";
    StorageOrders orders = {};
};

/// How a pipeline ended.
struct PipelineReport {
    std::string name;
    delivery::LedgerCounts ledger;

    /// What was not delivered: node name, fate, reason, count.
    struct Reason {
        std::string node;
        std::string fate;
        std::string reason;
        std::uint64_t count = 0;
    };

    std::vector<Reason> reasons;
    std::string stop_reason;  ///< of `on_error: stop`; empty otherwise
    bool is_drained = true;   ///< false: a plugin did not come back; the process must end now
    std::filesystem::path dead_letters;  ///< the file, which may not exist
};

/// Created, filled, run and ended by one thread; `request_stop` and `status` from any.
class Worker {
public:
    Worker(WorkerOptions options, const base::Clock& clock, base::Log& log);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker();

    /// Makes a pipeline's instances. Problems go to `diagnostics`.
    Result<void> add(pipeline::PipelineSpec spec, config::Diagnostics& diagnostics);
    /// Starts all pipelines; when one cannot start, those before it are drained.
    Result<void> start(config::Diagnostics& diagnostics);
    /// Drains each pipeline, within its grace, once it is finished or asked to stop. Returns when
    /// all are; a pipeline that ends does not disturb the others.
    void wait();
    void request_stop();
    /// CURVE keys of links are read again. [any thread]
    void reload_keys();

    bool is_stopping() const { return is_stopping_.load(); }

    /// Drains what still runs, and reports.
    std::vector<PipelineReport> finish();
    /// As finish would report it now.
    std::vector<PipelineReport> reports() const;

    bool is_ready() const { return is_ready_.load(); }

    /// Age of the worker's last heartbeat, for liveness.
    base::Nanoseconds heartbeat_age() const;
    std::vector<PipelineStatus> status() const;

    const metrics::Registry& metrics() const { return metrics_; }

    metrics::Registry& metrics() { return metrics_; }

    const message::Interner& names() const { return names_; }

private:
    struct Running;

    PipelineReport report(const Running& running) const;
    void beat(const std::stop_token& stop);

    const WorkerOptions options_;
    const base::Clock& clock_;
    base::Log& log_;
    metrics::Registry metrics_;
    message::Interner names_;
    std::vector<std::unique_ptr<Running>> pipelines_;
    std::atomic<bool> is_stopping_{false};
    std::atomic<bool> is_ready_{false};
    std::atomic<std::int64_t> last_beat_ns_{0};
    std::mutex beat_mutex_;  // for beat_stop_ only
    std::condition_variable_any beat_stop_;
    std::jthread beat_;
};

}  // namespace aorta::runtime
