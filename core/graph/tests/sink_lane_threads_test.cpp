// A sink's lane whose records are completed by other threads.
#include "graph/sink_lane.hpp"
#include "graph/tests/rig.hpp"

#include <gtest/gtest.h>

namespace aorta::graph {
namespace {

using namespace std::chrono_literals;

TEST(SinkLane, TakesCompletionsFromOtherThreads) {
    constexpr std::uint64_t kRecords = 20'000;
    test::Rig around;
    test::Sender sender;
    test::ThreadsRunner runner{2};
    NodeProbe probe{around.metrics, "test", "store"};
    SinkLane lane{"store",
                  Lane::Thread::Shared,
                  runner,
                  around.active,
                  SinkSettings{},
                  SinkLane::Services{around.router, probe, around.context, around.timers}};
    around.router.name(0, "store");
    std::mutex mutex;
    std::condition_variable_any changed;
    std::deque<aorta_record*> given;
    std::uint64_t last = 0;
    bool in_order = true;
    test::Script script;
    script.on_consume = [&](const aorta_batch& batch) -> Result<void> {
        const std::scoped_lock lock(mutex);
        for (std::uint32_t i = 0; i < batch.count; ++i) {
            in_order = in_order && batch.records[i]->position == last++;
            given.push_back(batch.records[i]);
        }
        changed.notify_all();
        return {};
    };
    lane.attach(script);
    {
        std::vector<std::jthread> peers;
        for (int t = 0; t < 3; ++t) {
            peers.emplace_back([&](const std::stop_token& stop) {
                while (true) {
                    aorta_record* record = nullptr;
                    {
                        std::unique_lock lock(mutex);
                        if (!changed.wait(lock, stop, [&] { return !given.empty(); })) {
                            return;
                        }
                        record = given.front();
                        given.pop_front();
                    }
                    lane.complete(record, {});
                }
            });
        }
        for (std::uint64_t i = 0; i < kRecords; ++i) {
            auto record = std::make_unique<message::Record>(&around.budget);
            record->position = i;
            record->share = message::Share{new message::Receipt(sender, i, i)};
            lane.offer(std::move(record), runner);
        }
        sender.wait_settled(kRecords);
    }
    ASSERT_TRUE(around.active.wait_zero(60s));
    runner.join();
    EXPECT_EQ(sender.settled(), kRecords);
    EXPECT_TRUE(in_order);
    EXPECT_FALSE(around.log.has("plugin_misbehaved"));
}

}  // namespace
}  // namespace aorta::graph
