#include "runtime/worker.hpp"

#include "delivery/sqlite_dead_letters.hpp"

#include <chrono>

namespace aorta::runtime {
namespace {

constexpr auto kBeat = std::chrono::milliseconds(200);

}  // namespace

struct Worker::Running {
    std::filesystem::path dead_letters_file;
    std::unique_ptr<delivery::SqliteDeadLetters> dead_letters;
    std::unique_ptr<delivery::Storage> storage;  // null when the pipeline needs none
    std::unique_ptr<graph::Flow> flow;
    std::unique_ptr<Pipeline> pipeline;
    bool is_drained = true;

    /// Once.
    void drain() {
        if (!pipeline->is_started()) {
            return;
        }
        is_drained = pipeline->drain(pipeline->spec().shutdown_grace);
        if (is_drained) {
            // Letters that could not be stored are failed(shutdown), and so in the ledger.
            dead_letters->close();
        }
    }
};

Worker::Worker(WorkerOptions options, const base::Clock& clock, base::Log& log)
    : options_(std::move(options)), clock_(clock), log_(log) {
    metrics_.gauge("aorta_up", {}, "1 while the worker runs.", [] { return 1.0; });
}

Worker::~Worker() {
    if (beat_.joinable()) {
        beat_.request_stop();
        beat_stop_.notify_all();
        beat_.join();
    }
    for (auto& running : pipelines_) {
        // The dead letters settle what they still hold, so they go before the pipeline's ledger
        // does.
        running->dead_letters->close();
        running->pipeline.reset();
    }
}

Result<void> Worker::add(pipeline::PipelineSpec spec, config::Diagnostics& diagnostics) {
    auto running = std::make_unique<Running>();
    const auto keys = keys_of(spec.storage);
    if (!keys.ok()) {
        return keys.error();
    }
    const std::filesystem::path folder = storage_folder(spec, options_.state_folder);
    running->dead_letters_file = folder / "dead_letters.db";
    running->dead_letters = std::make_unique<delivery::SqliteDeadLetters>(
        running->dead_letters_file,
        spec.name,
        delivery::SqliteDeadLetters::Services{clock_, log_, names_},
        spec.storage.keep_dead_letters,
        *keys);
    auto storage = open_storage(
        spec, folder, options_.orders, {spool::posix_file_system(), clock_, log_}, diagnostics);
    if (!storage.ok()) {
        return storage.error();
    }
    running->storage = std::move(*storage);
    running->flow = std::make_unique<graph::Flow>(options_.threads);
    Surroundings around{clock_,
                        log_,
                        metrics_,
                        names_,
                        *running->dead_letters,
                        *running->flow,
                        running->flow->shared(),
                        running->flow.get(),
                        running->storage.get(),
                        options_.orders.to_dead_letters};
    around.letters_file = running->dead_letters_file;
    around.letters_keys = *keys;
    auto made = Pipeline::create(std::move(spec), around, diagnostics);
    if (!made.ok()) {
        return made.error();
    }
    running->pipeline = std::move(*made);
    pipelines_.push_back(std::move(running));
    return {};
}

Result<void> Worker::start(config::Diagnostics& diagnostics) {
    last_beat_ns_.store(clock_.steady().count());
    beat_ = std::jthread([this](const std::stop_token& stop) { beat(stop); });
    for (auto& running : pipelines_) {
        if (Result<void> started = running->pipeline->start(diagnostics); !started.ok()) {
            request_stop();
            static_cast<void>(finish());
            return started;
        }
        log_.info("pipeline_started", {{"pipeline", running->pipeline->spec().name}});
    }
    is_ready_.store(true);
    return {};
}

void Worker::wait() {
    std::vector<std::jthread> ends;
    for (auto& running : pipelines_) {
        ends.emplace_back([this, &ending = *running] {
            ending.pipeline->wait();
            ending.drain();
            if (!ending.is_drained) {
                request_stop();  // the process must end
            }
        });
    }
}

void Worker::request_stop() {
    is_ready_.store(false);
    is_stopping_.store(true);
    for (auto& running : pipelines_) {
        running->pipeline->request_stop({});
    }
}

void Worker::reload_keys() {
    for (auto& running : pipelines_) {
        running->pipeline->reload_keys();
    }
}

std::vector<PipelineReport> Worker::finish() {
    is_ready_.store(false);
    is_stopping_.store(true);
    for (auto& running : pipelines_) {
        running->drain();
    }
    return reports();
}

std::vector<PipelineReport> Worker::reports() const {
    std::vector<PipelineReport> all;
    for (const auto& running : pipelines_) {
        all.push_back(report(*running));
    }
    return all;
}

PipelineReport Worker::report(const Running& running) const {
    const Pipeline& pipeline = *running.pipeline;
    PipelineReport report;
    report.name = pipeline.spec().name;
    report.ledger = pipeline.ledger().counts();
    for (const delivery::ReasonCount& one : pipeline.ledger().reasons()) {
        report.reasons.push_back({pipeline.spec().nodes[one.node].name,
                                  std::string{message::to_string(one.fate)},
                                  one.reason,
                                  one.count});
    }
    report.stop_reason = pipeline.stop_reason();
    report.is_drained = running.is_drained;
    report.dead_letters = running.dead_letters_file;
    return report;
}

void Worker::beat(const std::stop_token& stop) {
    std::unique_lock lock(beat_mutex_);
    while (!stop.stop_requested()) {
        last_beat_ns_.store(clock_.steady().count());
        for (auto& running : pipelines_) {
            static_cast<void>(running->pipeline->expire_answers());
            running->pipeline->look_at_progress();
        }
        beat_stop_.wait_for(lock, stop, kBeat, [&] { return stop.stop_requested(); });
    }
}

base::Nanoseconds Worker::heartbeat_age() const {
    return clock_.steady() - base::Nanoseconds{last_beat_ns_.load()};
}

std::vector<PipelineStatus> Worker::status() const {
    std::vector<PipelineStatus> all;
    for (const auto& running : pipelines_) {
        all.push_back(running->pipeline->status());
    }
    return all;
}

}  // namespace aorta::runtime
