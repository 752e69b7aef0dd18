// What a process of its own costs a plugin that does nothing: batches of 64 records of 1 KiB there
// and back, time per record against the two microseconds that it may be.
#include "bench/rig.hpp"
#include "isolation/guest.hpp"
#include "isolation/plugin.hpp"

#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace aorta;         // NOLINT(google-build-using-namespace): a program, not a library
using namespace aorta::bench;  // NOLINT(google-build-using-namespace)

constexpr int kRounds = 9;
constexpr int kBatches = 2'000;  // a round
constexpr std::size_t kBatch = 64;
constexpr std::size_t kPayload = 1'024;
constexpr double kMayTakeUs = 2.0;

void require(bool is_true, const char* what) {
    if (!is_true) {
        std::fprintf(stderr, "isolated_bench: %s\n", what);
        std::exit(70);
    }
}

class Services final : public host::NodeServices {
public:
    void misbehaved(std::string_view) override { require(false, "the plugin misbehaved"); }
};

struct Node {
    base::SystemClock clock;
    base::Log log{clock};
    metrics::Registry metrics;
    message::Interner names;
    message::Budget budget{std::uint64_t{64} << 20U};
    host::NodeContext context{budget, names, clock, log, metrics, "bench", {}, nullptr};
    Services services;
    host::NodeHost host{context, "noop", services};
};

/// Microseconds a record.
double round(aorta_instance* instance, std::vector<aorta_record*>& records) {
    std::vector<std::uint8_t> verdicts(records.size());
    const aorta_out out{};  // a plain pass calls nothing
    const double before = wall();
    for (int i = 0; i < kBatches; ++i) {
        std::fill(verdicts.begin(), verdicts.end(), std::uint8_t{AORTA_NO_VERDICT});
        const aorta_batch batch{sizeof(aorta_batch),
                                static_cast<std::uint32_t>(records.size()),
                                records.data(),
                                verdicts.data(),
                                &out};
        instance->process(instance, &batch);
        require(verdicts.front() == AORTA_PASS && verdicts.back() == AORTA_PASS, "not passed");
    }
    return (wall() - before) / static_cast<double>(kBatches * records.size()) * 1e6;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && argv[1] == isolation::kGuestWord) {
        return isolation::run_guest();
    }
    Node node;
    isolation::Plugin plugin{
        {.node = "noop", .plugin = AORTA_NOOP, .options = config::Value::of_map()},
        node.context,
        node.host.abi()};
    config::Diagnostics diagnostics;
    require(plugin.open(diagnostics).ok(), "the plugin cannot be opened");
    aorta_instance* instance = plugin.abi();
    const aorta_diagnostics quiet{
        sizeof(aorta_diagnostics), nullptr, [](auto, auto, auto) {}, [](auto, auto, auto) {}};
    require(instance->start(instance, &quiet) == AORTA_OK, "the plugin does not start");

    message::Batch batch;
    std::vector<aorta_record*> records;
    for (std::size_t i = 0; i < kBatch; ++i) {
        auto record = std::make_unique<message::Record>(&node.budget);
        record->content_type = node.names.intern("hl7v2");
        record->id[0] = i;
        record->set_payload(message::BufferRef{
            message::copy_of(std::string(kPayload, static_cast<char>('a' + i % 26)), node.budget)});
        records.push_back(record.get());
        batch.push_back(std::move(record));
    }
    Rounds rounds;
    round(instance, records);  // warm
    for (int i = 0; i < kRounds; ++i) {
        rounds.add(round(instance, records), kMayTakeUs);
    }
    rounds.print({.name = "isolated_noop",
                  .bar = 1.0,
                  .is_at_most = true,
                  .unit = "us/record",
                  .what = "a no-op plugin in a confined process of its own, batches of 64 records "
                          "of 1 KiB, time per record, against 2 us"});
    return 0;
}
