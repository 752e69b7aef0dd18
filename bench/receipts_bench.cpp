// What receipts and ledger cost: batches of 64 from a source through four no-op processors into a
// sink, against the same batches without them.
#include "bench/engine_rig.hpp"

#include <array>

namespace {

using namespace aorta;         // NOLINT(google-build-using-namespace): a program, not a library
using namespace aorta::bench;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kRecords = 256'000;
constexpr std::uint64_t kPayload = 64;

using Push = void (Pipe::*)(const aorta_draft* const*, std::uint32_t);

/// CPU per record of the whole process, from the first draft until all is settled.
double cost_ns(Push push) {
    Pipe pipe({.budget_bytes = std::uint64_t{1} << 20U});
    pipe.start();
    std::array<aorta_draft, kBatch> drafts{};
    std::array<const aorta_draft*, kBatch> pointers{};
    for (std::size_t i = 0; i < kBatch; ++i) {
        pointers[i] = &drafts[i];
    }
    const double before = process_cpu();
    for (std::size_t sent = 0; sent < kRecords; sent += kBatch) {
        for (aorta_draft& draft : drafts) {
            draft = pipe.draft(kPayload);
        }
        (pipe.*push)(pointers.data(), kBatch);
    }
    pipe.finish();
    return (process_cpu() - before) / static_cast<double>(kRecords) * 1e9;
}

}  // namespace

int main() {
    Rounds rounds;
    for (int round = 0; round < 9; ++round) {
        const double bare = cost_ns(&Pipe::push_bare);
        rounds.add(cost_ns(&Pipe::push), bare);
    }
    rounds.print({.name = "receipts_batch_64",
                  .bar = 2.0,
                  .is_at_most = true,
                  .unit = "ns/record",
                  .what = "source, 4 no-op processors, sink with receipts and ledger, CPU per "
                          "record, against the same without"});
    return 0;
}
