// The engine against direct virtual calls: four no-op processors, batches of 64.
#include "bench/engine_rig.hpp"

namespace {

using namespace aorta;         // NOLINT(google-build-using-namespace): a program, not a library
using namespace aorta::bench;  // NOLINT(google-build-using-namespace)

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

class Roundabout final : public Engine {
public:
    Roundabout() {
        last_stage().attach(turnstile_);
        router_.connect(kStages, 0, {{&segment_}});
        start();
    }

    /// Sends a batch round the segment until `records` records went through it.
    void turn(std::int64_t records) {
        turnstile_.let_through(records);
        message::Batch batch;
        for (std::size_t k = 0; k < kBatch; ++k) {
            batch.push_back(std::make_unique<message::Record>(nullptr));
        }
        segment_.offer(batch, flow_);
        finish();
    }

private:
    TurnstileBody turnstile_{last_body()};
};

double direct_ns(std::size_t records) {
    const Steps steps = make_steps();
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

double engine_ns(std::size_t records) {
    Roundabout engine;
    const double before = process_cpu();
    engine.turn(static_cast<std::int64_t>(records));
    return (process_cpu() - before) / static_cast<double>(records) * 1e9;
}

}  // namespace

int main() {
    constexpr std::size_t kRecords = 4'000'000;
    Rounds rounds;
    for (int round = 0; round < 9; ++round) {
        const double floor = direct_ns(kRecords);
        rounds.add(engine_ns(kRecords), floor);
    }
    rounds.print({.name = "engine_batch_64",
                  .bar = 1.5,
                  .is_at_most = true,
                  .unit = "ns/record",
                  .what = "4 no-op processors through ABI and flow graph, CPU per record, against "
                          "4 virtual calls"});
    return 0;
}
