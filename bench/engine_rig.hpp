// The engine as the benchmarks use it: no-op processors in one segment, optionally between a source
// and a sink, on the real flow graph; and the direct calls that are its floor.
#pragma once

#include "bench/rig.hpp"
#include "graph/flow.hpp"
#include "graph/segment_lane.hpp"
#include "graph/sink_lane.hpp"
#include "graph/source_node.hpp"
#include "message/interner.hpp"

#include <aorta/sdk.hpp>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <semaphore>
#include <vector>

namespace aorta::bench {

constexpr int kStages = 4;
constexpr std::size_t kBatch = 64;

/// Touches one field, as the floor does.
class Touch final : public Processor {
public:
    Touch(const Options&, Host) {}

    Verdict process(Record& record, Out&) override {
        ++record.abi()->position;
        return Verdict::pass();
    }
};

/// A plugin instance through the real ABI, linked in.
class TouchBody final : public graph::Body {
public:
    explicit TouchBody(const aorta_host* host) {
        const aorta_diagnostics quiet{
            sizeof(aorta_diagnostics), nullptr, [](auto, auto, auto) {}, [](auto, auto, auto) {}};
        instance_ = detail::create<Touch>(host, nullptr, &quiet);
    }

    ~TouchBody() override { instance_->destroy(instance_); }

    Result<void> process(const aorta_batch& batch) override {
        instance_->process(instance_, &batch);
        return {};
    }

private:
    aorta_instance* instance_ = nullptr;
};

class NoLetters final : public delivery::DeadLetters {
public:
    void store(delivery::Letter letter) override { letter.record->settle(letter.fate()); }

    std::string trouble() const override { return {}; }
};

/// What every pipeline has, and one segment of no-op processors, nodes 1 to kStages.
class Engine {
public:
    explicit Engine(std::uint64_t budget_bytes = std::uint64_t{64} << 20U) : budget_(budget_bytes) {
        router_.name(0, "source");
        for (std::uint32_t node = 1; node <= kStages; ++node) {
            router_.name(node, "touch");
            graph::StageSettings settings;
            settings.node = node;
            stages_.push_back(std::make_unique<graph::Stage>(
                settings, graph::Stage::Services{router_, probe_, context_, [](auto) {}}));
            hosts_.push_back(std::make_unique<host::NodeHost>(context_, "touch", *stages_.back()));
            bodies_.push_back(std::make_unique<TouchBody>(hosts_.back()->abi()));
            stages_.back()->attach(*bodies_.back());
            segment_.add(*stages_.back());
        }
        router_.connect(0, 0, {{&segment_}});
        flow_.add(segment_);
    }

    void start() { flow_.start(); }

    /// Waits until all work is done.
    void finish() { static_cast<void>(flow_.stop(std::chrono::seconds(60))); }

protected:
    graph::Stage& last_stage() { return *stages_.back(); }

    TouchBody& last_body() { return *bodies_.back(); }

    base::SystemClock clock_;
    base::Log log_{clock_};
    metrics::Registry metrics_;
    message::Interner names_;
    message::Budget budget_;
    host::NodeContext context_{budget_, names_, clock_, log_, metrics_, "bench", {}, nullptr};
    NoLetters letters_;
    graph::Router router_{letters_};
    graph::NodeProbe probe_{metrics_, "bench", "touch"};
    graph::Flow flow_{2};
    graph::SegmentLane segment_{
        "segment", graph::Lane::Thread::Shared, flow_, flow_.shared(), router_, kStages};
    std::vector<std::unique_ptr<graph::Stage>> stages_;
    std::vector<std::unique_ptr<host::NodeHost>> hosts_;
    std::vector<std::unique_ptr<TouchBody>> bodies_;
};

/// Completes what it is given, after `work` on each record.
class SinkBody final : public graph::Body {
public:
    SinkBody(const aorta_host* host, void (*work)()) : host_(host), work_(work) {}

    Result<void> consume(const aorta_batch& batch) override {
        for (std::uint32_t i = 0; i < batch.count; ++i) {
            work_();
            host_->complete(host_, batch.records[i], AORTA_OK, {}, {}, 0);
        }
        return {};
    }

private:
    const aorta_host* const host_;
    void (*const work_)();
};

/// A source and a sink around the segment. The caller is the source: it fills drafts and pushes.
class Pipe final : public Engine, public graph::SourceBody {
public:
    struct Settings {
        std::uint64_t budget_bytes = std::uint64_t{64} << 20U;
        graph::Lane::Thread sink_thread = graph::Lane::Thread::Shared;
        void (*sink_work)() = [] {};
        delivery::AckLevel level = delivery::AckLevel::Received;
    };

    explicit Pipe(Settings settings)
        : Engine(settings.budget_bytes),
          sink_(
              "sink",
              settings.sink_thread,
              flow_,
              settings.sink_thread == graph::Lane::Thread::Own ? flow_.blocking() : flow_.shared(),
              {.node = kStages + 1},
              {router_, probe_, context_, timers_}),
          source_(0,
                  "source",
                  1,
                  {.level = settings.level},
                  {router_,
                   context_,
                   ledger_,
                   {flow_, [this] { return flow_.shared().value() == 0; }},
                   [] {}}),
          sink_host_(context_, "sink", sink_),
          source_host_(context_, "source", source_),
          sink_body_(sink_host_.abi(), settings.sink_work) {
        sink_.attach(sink_body_);
        source_.attach(*this);
        router_.name(kStages + 1, "sink");
        router_.connect(kStages, 0, {{&sink_}});
        budget_.on_credit([this] { credit_.release(); });
        flow_.add(sink_);
    }

    ~Pipe() override { finish(); }

    /// A draft with a payload of that size; waits for the byte budget when it is used up.
    aorta_draft draft(std::uint64_t bytes) {
        const aorta_host* host = source_host_.abi();
        aorta_buffer* buffer = host->try_buffer(host, bytes);
        while (buffer == nullptr) {
            credit_.acquire();
            buffer = host->try_buffer(host, bytes);
        }
        std::memset(buffer->data, 'x', bytes);
        buffer->length = bytes;
        aorta_draft made{};
        made.size = sizeof made;
        made.payload = buffer;
        return made;
    }

    /// As a source plugin does.
    void push(const aorta_draft* const* drafts, std::uint32_t count) {
        const aorta_host* host = source_host_.abi();
        host->push(host, drafts, count);
    }

    /// The same without receipts and ledger, here: as the source runs what costs little.
    void push_bare(const aorta_draft* const* drafts, std::uint32_t count) {
        message::Batch batch;
        batch.reserve(count);
        for (std::uint32_t i = 0; i < count; ++i) {
            batch.push_back(host::make_record(context_, *drafts[i], nullptr));
        }
        graph::InlineRunner here{flow_};
        router_.deliver(0, 0, batch, here);
        here.run();
    }

    std::uint64_t answered() const { return answered_.load(); }

    delivery::LedgerCounts counts() const { return ledger_.counts(); }

    void on_credit() override {}

    void on_ack(std::uint64_t, const aorta_outcome&) override {
        answered_.fetch_add(1, std::memory_order_relaxed);
    }

    void on_settled(std::uint64_t, const aorta_outcome&) override {}

private:
    delivery::Ledger ledger_;
    graph::Timers timers_{clock_};
    graph::SinkLane sink_;
    graph::SourceNode source_;
    host::NodeHost sink_host_;
    host::NodeHost source_host_;
    SinkBody sink_body_;
    std::counting_semaphore<> credit_{0};
    std::atomic<std::uint64_t> answered_{0};
};

/// A step behind a virtual call. Two kinds, chosen at run time, so that no compiler looks through
/// it.
struct Step {
    virtual ~Step() = default;
    virtual void run(message::Record& record) = 0;
};

struct TouchStep final : Step {
    void run(message::Record& record) override { ++record.position; }
};

struct SkipStep final : Step {
    void run(message::Record& record) override { record.position += 2; }
};

using Steps = std::vector<std::unique_ptr<Step>>;

inline Steps make_steps() {
    Steps steps;
    for (int i = 0; i < kStages; ++i) {
        if (std::getenv("AORTA_BENCH_SKIP") != nullptr) {
            steps.push_back(std::make_unique<SkipStep>());
        } else {
            steps.push_back(std::make_unique<TouchStep>());
        }
    }
    return steps;
}

}  // namespace aorta::bench
