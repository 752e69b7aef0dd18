// Lone records at 1,000 a second: the CPU of the whole process, against a blocking thread that is
// handed each record and makes direct calls.
#include "bench/engine_rig.hpp"

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

namespace {

using namespace aorta;         // NOLINT(google-build-using-namespace): a program, not a library
using namespace aorta::bench;  // NOLINT(google-build-using-namespace)

constexpr int kRecords = 1500;
constexpr long kPeriodNs = 1'000'000;
constexpr std::uint64_t kPayload = 64;

/// Calls `send` once a millisecond; CPU per record of the whole process.
template <class Send>
double paced_us(const Send& send) {
    timespec next{};
    clock_gettime(CLOCK_MONOTONIC, &next);
    const double before = process_cpu();
    for (int i = 0; i < kRecords; ++i) {
        next.tv_nsec += kPeriodNs;
        if (next.tv_nsec >= 1'000'000'000) {
            next.tv_nsec -= 1'000'000'000;
            ++next.tv_sec;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
        send();
    }
    return (process_cpu() - before) / kRecords * 1e6;
}

/// One record at a time from hand to hand.
class BlockingThread {
public:
    void give(message::RecordPtr record) {
        {
            const std::scoped_lock lock(mutex_);
            waiting_.push_back(std::move(record));
        }
        changed_.notify_one();
    }

private:
    void run(const std::stop_token& stop) {
        const Steps steps = make_steps();
        message::Batch taken;
        while (true) {
            {
                std::unique_lock lock(mutex_);
                if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
                    return;
                }
                taken.swap(waiting_);
            }
            for (const message::RecordPtr& record : taken) {
                for (const auto& step : steps) {
                    step->run(*record);
                }
            }
            taken.clear();
        }
    }

    std::mutex mutex_;  // guards waiting_
    message::Batch waiting_;
    std::condition_variable_any changed_;
    std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};
};

double floor_us() {
    BlockingThread thread;
    return paced_us([&] {
        auto record = std::make_unique<message::Record>(nullptr);
        message::BufferBlock* buffer = message::new_buffer(kPayload, nullptr);
        message::seal(*buffer);
        record->set_payload(message::BufferRef{buffer});
        thread.give(std::move(record));
    });
}

double engine_us() {
    Pipe pipe({});
    pipe.start();
    const double cost = paced_us([&] {
        const aorta_draft draft = pipe.draft(kPayload);
        const aorta_draft* const one = &draft;
        pipe.push(&one, 1);
    });
    pipe.finish();
    if (pipe.answered() != kRecords || pipe.counts().delivered != kRecords) {
        std::fprintf(stderr, "lone_bench: records are missing\n");
        std::exit(70);
    }
    return cost;
}

}  // namespace

int main() {
    Rounds rounds;
    for (int round = 0; round < 3; ++round) {
        const double floor = floor_us();
        rounds.add(engine_us(), floor);
    }
    rounds.print({.name = "lone_records_1000_per_s",
                  .bar = 1.5,
                  .is_at_most = true,
                  .unit = "us/record",
                  .what = "process CPU of source, 4 no-op processors and sink, against a blocking "
                          "thread with direct calls"});
    return 0;
}
