// The engine against what the same work costs without it: direct virtual calls, one blocking
// thread.
#include "bench/rig.hpp"
#include "graph/flow.hpp"
#include "graph/segment_lane.hpp"
#include "graph/source_node.hpp"
#include "message/interner.hpp"

#include <aorta/sdk.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using namespace aorta;  // NOLINT(google-build-using-namespace): a program, not a library
using bench::process_cpu;

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

/// Lets batches go round the segment until enough records went through, then drops them.
class TurnstileBody final : public graph::Body {
public:
    explicit TurnstileBody(graph::Body& inner) : inner_(inner) {}

    Result<void> process(const aorta_batch& batch) override {
        left_ -= batch.count;
        if (left_ > 0) {
            return inner_.process(batch);
        }
        for (std::uint32_t i = 0; i < batch.count; ++i) {
            batch.out->drop(batch.out, i, {}, {});
        }
        return {};
    }

    void let_through(std::int64_t records) { left_ = records; }

private:
    graph::Body& inner_;
    std::int64_t left_ = 0;
};

class NoLetters final : public delivery::DeadLetters {
public:
    void store(delivery::Letter letter) override { letter.record->settle(letter.fate()); }

    std::string trouble() const override { return {}; }
};

/// Four processors in one segment, on the flow graph; what leaves goes to `sink`.
class Engine {
public:
    Engine() {
        segment_ = std::make_unique<graph::SegmentLane>(
            "segment", graph::Lane::Thread::Shared, flow_, flow_.shared(), router_, kStages);
        for (int i = 1; i <= kStages; ++i) {
            router_.name(static_cast<std::uint32_t>(i), "touch");
            graph::StageSettings settings;
            settings.node = static_cast<std::uint32_t>(i);
            auto stage = std::make_unique<graph::Stage>(
                settings,
                graph::Stage::Services{router_, probe_, context_, [](auto) {}, [](auto&) {}});
            hosts_.push_back(std::make_unique<host::NodeHost>(context_, "touch", *stage));
            bodies_.push_back(std::make_unique<TouchBody>(hosts_.back()->abi()));
            if (i == kStages) {
                turnstile_ = std::make_unique<TurnstileBody>(*bodies_.back());
                stage->attach(*turnstile_);
            } else {
                stage->attach(*bodies_.back());
            }
            segment_->add(*stage);
            stages_.push_back(std::move(stage));
        }
        router_.name(0, "source");
        router_.connect(0, 0, {{segment_.get()}});
        router_.connect(kStages, 0, {{segment_.get()}});  // round and round
        flow_.add(*segment_);
    }

    void start() { flow_.start(); }

    /// Sends a batch round the segment until `records` records went through it.
    void turn(std::int64_t records) {
        turnstile_->let_through(records);
        message::Batch batch;
        for (std::size_t k = 0; k < kBatch; ++k) {
            batch.push_back(std::make_unique<message::Record>(nullptr));
        }
        segment_->offer(batch, flow_);
        static_cast<void>(flow_.stop(std::chrono::seconds(60)));
    }

    base::SystemClock clock_;
    base::Log log_{clock_};
    metrics::Registry metrics_;
    message::Interner names_;
    message::Budget budget_{64U << 20U};
    host::NodeContext context_{budget_, names_, clock_, log_, metrics_, "bench", {}};
    NoLetters letters_;
    graph::Router router_{letters_};
    graph::NodeProbe probe_{metrics_, "bench", "touch"};
    graph::Flow flow_{2};
    std::unique_ptr<graph::SegmentLane> segment_;
    std::vector<std::unique_ptr<graph::Stage>> stages_;
    std::vector<std::unique_ptr<host::NodeHost>> hosts_;
    std::vector<std::unique_ptr<TouchBody>> bodies_;
    std::unique_ptr<TurnstileBody> turnstile_;
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

std::unique_ptr<Step> make_step(int number) {
    if (number < std::atoi(std::getenv("AORTA_BENCH_SKIP") == nullptr ? "0" : "1")) {
        return std::make_unique<SkipStep>();
    }
    return std::make_unique<TouchStep>();
}

double direct_ns(std::size_t records) {
    std::vector<std::unique_ptr<Step>> steps;
    for (int i = 0; i < kStages; ++i) {
        steps.push_back(make_step(i));
    }
    message::Batch batch;
    for (std::size_t k = 0; k < kBatch; ++k) {
        batch.push_back(std::make_unique<message::Record>(nullptr));
    }
    const double before = process_cpu();
    for (std::size_t done = 0; done < records; done += kBatch) {
        for (const message::RecordPtr& record : batch) {
            for (const auto& step : steps) {
                step->run(*record);
            }
        }
    }
    return (process_cpu() - before) / static_cast<double>(records) * 1e9;
}

void batch_row() {
    constexpr std::size_t kRecords = 4'000'000;
    std::vector<double> ratios;
    std::vector<double> engines;
    std::vector<double> floors;
    for (int round = 0; round < 9; ++round) {
        const double floor = direct_ns(kRecords);
        Engine engine;
        engine.start();
        const double before = process_cpu();
        engine.turn(kRecords);
        const double cost = (process_cpu() - before) / static_cast<double>(kRecords) * 1e9;
        ratios.push_back(cost / floor);
        engines.push_back(cost);
        floors.push_back(floor);
    }
    bench::print_row(
        "engine_batch_64",
        bench::median(ratios),
        1.5,
        true,
        "4 no-op processors through ABI and flow graph, CPU per record, against 4 virtual calls",
        bench::median(engines),
        bench::median(floors),
        "ns/record");
}

}  // namespace

int main() {
    batch_row();
    return 0;
}
