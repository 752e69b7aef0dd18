#include "runtime/progress_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace aorta::runtime {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class NoRunner final : public graph::Runner {
public:
    void post(graph::Lane&) override {}
};

/// Calls what the test says in the middle of its work.
class ScriptedLane final : public graph::Lane {
public:
    using Lane::Lane;

    std::function<void()> in_the_middle;

protected:
    void work(message::Batch& batch, graph::Runner&) override {
        in_the_middle();
        batch.clear();
    }
};

TEST(ProgressWatch, NamesTheLaneThatDoesNotComeBackAndForgetsItWhenItDoes) {
    NoRunner runner;
    base::BusyCount active;
    ScriptedLane lane{"check", graph::Lane::Thread::Shared, runner, active};
    ProgressWatch watch{30s};
    watch.add(lane);
    EXPECT_THAT(watch.look(0s), IsEmpty());
    EXPECT_THAT(watch.look(100s), IsEmpty()) << "it is idle";
    lane.in_the_middle = [&] {
        EXPECT_THAT(watch.look(101s), IsEmpty());
        EXPECT_THAT(watch.look(130s), IsEmpty());
        EXPECT_THAT(watch.look(131s), ElementsAre("check"));
        EXPECT_THAT(watch.look(140s), IsEmpty()) << "told once";
        EXPECT_THAT(watch.stuck(), ElementsAre("check"));
    };
    lane.wake();
    lane.run(runner);
    EXPECT_THAT(watch.look(141s), IsEmpty());
    EXPECT_THAT(watch.stuck(), IsEmpty());
    lane.in_the_middle = [&] {
        watch.look(150s);
        lane.in_the_middle = [] {};
    };
    lane.wake();
    lane.run(runner);
    EXPECT_THAT(watch.look(190s), IsEmpty()) << "another batch is progress";
}

}  // namespace
}  // namespace aorta::runtime
