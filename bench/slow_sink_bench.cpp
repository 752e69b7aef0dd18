// A fast source into a sink that takes 20 us a record on a thread of its own: how far resident
// memory grows, against the byte budget.
#include "bench/engine_rig.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace {

using namespace aorta;         // NOLINT(google-build-using-namespace): a program, not a library
using namespace aorta::bench;  // NOLINT(google-build-using-namespace)

constexpr std::uint64_t kBudget = std::uint64_t{16} << 20U;
constexpr double kSeconds = 2;

void slow_work() {
    const double until = wall() + 20e-6;
    while (wall() < until) {
    }
}

/// Highest growth of resident memory while the source pushes as fast as the budget lets it.
double growth_bytes(std::uint64_t payload) {
    const double before = resident_bytes();
    double highest = 0;
    Pipe pipe({.budget_bytes = kBudget,
               .sink_thread = graph::Lane::Thread::Own,
               .sink_work = slow_work,
               .level = delivery::AckLevel::Delivered});
    pipe.start();
    std::array<aorta_draft, kBatch> drafts{};
    std::array<const aorta_draft*, kBatch> pointers{};
    std::uint64_t sent = 0;
    const double until = wall() + kSeconds;
    while (wall() < until) {
        for (std::size_t i = 0; i < kBatch; ++i) {
            drafts[i] = pipe.draft(payload);
            pointers[i] = &drafts[i];
        }
        pipe.push(pointers.data(), kBatch);
        sent += kBatch;
        highest = std::max(highest, resident_bytes() - before);
    }
    pipe.finish();
    if (pipe.counts().delivered != sent) {
        std::fprintf(stderr, "slow_sink_bench: records are missing\n");
        std::exit(70);
    }
    return highest;
}

void row(const char* name, std::uint64_t payload, const char* what) {
    Rounds rounds;
    rounds.add(growth_bytes(payload) / 1048576.0, static_cast<double>(kBudget) / 1048576.0);
    rounds.print({.name = name, .bar = 2.0, .is_at_most = true, .unit = "MiB", .what = what});
}

}  // namespace

int main(int argc, char**) {
    // One row a process: memory that the first has used would hide the growth of the second.
    if (argc > 1) {
        row("slow_sink_small",
            32,
            "growth of resident memory against the byte budget, payloads of 32 bytes");
    } else {
        row("slow_sink_memory",
            1024,
            "growth of resident memory against the byte budget, payloads of 1 KiB");
    }
    return 0;
}
