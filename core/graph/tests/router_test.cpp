#include "graph/router.hpp"

#include "graph/tests/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace aorta::graph {
namespace {

using message::Batch;
using testing::ElementsAre;

using Id = std::array<std::uint64_t, 2>;

Id id_of(const message::Record& record) {
    return {record.id[0], record.id[1]};
}

struct Fan {
    explicit Fan(std::size_t targets, std::vector<bool> required = {}) {
        rig.router.name(0, "from");
        for (std::size_t i = 0; i < targets; ++i) {
            lanes.push_back(std::make_unique<test::CatchLane>(rig.runner, rig.active));
            rig.router.connect(0, 0, {{lanes.back().get()}, required.empty() || required[i]});
        }
    }

    void deliver(Batch batch, std::uint32_t port = 0) {
        rig.router.deliver(0, port, batch, rig.runner);
        rig.runner.run();
    }

    test::Rig rig;
    std::vector<std::unique_ptr<test::CatchLane>> lanes;
};

TEST(Router, GivesEachBranchOfAFanOutItsOwnCopy) {
    Fan fan{3};
    fan.deliver(fan.rig.records({"a", "b"}));
    std::set<Id> ids;
    for (const auto& lane : fan.lanes) {
        EXPECT_THAT(lane->texts(), ElementsAre("a", "b"));
        for (const message::RecordPtr& record : lane->got) {
            ids.insert(id_of(*record));
        }
    }
    EXPECT_EQ(ids.size(), 6U) << "branches differ, so that sinks can deduplicate";
    EXPECT_EQ(fan.lanes[0]->got[0]->data, fan.lanes[2]->got[0]->data) << "the payload is shared";
    EXPECT_EQ(fan.rig.sender.settled(), 0U);
    for (const auto& lane : fan.lanes) {
        lane->settle_all();
    }
    EXPECT_EQ(fan.rig.sender.fate(0), "delivered");
    EXPECT_EQ(fan.rig.sender.fate(1), "delivered");
}

TEST(Router, GivesTheSameIdsAfterAReplay) {
    std::vector<Id> ids[2];
    for (auto& of_run : ids) {
        Fan fan{3};
        fan.deliver(fan.rig.records({"a"}));
        for (const auto& lane : fan.lanes) {
            of_run.push_back(id_of(*lane->got[0]));
            lane->settle_all();
        }
    }
    EXPECT_EQ(ids[0], ids[1]);
}

TEST(Router, BranchesDoNotCollideWithChildrenOfTheSameRecord) {
    Fan fan{3};
    Batch batch = fan.rig.records({"a"});
    const auto parent = test::make_record("parent");
    parent->id[0] = batch[0]->id[0];
    std::set<Id> ids;
    for (std::uint64_t child = 0; child < 10; ++child) {
        const auto made = parent->copy();
        set_child_id(*made, *parent, 0, 0, child);
        ids.insert(id_of(*made));
    }
    fan.deliver(std::move(batch));
    for (const auto& lane : fan.lanes) {
        ids.insert(id_of(*lane->got[0]));
        lane->settle_all();
    }
    EXPECT_EQ(ids.size(), 13U);
}

TEST(Router, ChildIdsDifferByNodePortAndIndex) {
    const auto parent = test::make_record("parent");
    std::set<Id> ids;
    for (const std::uint32_t node : {0U, 1U, 255U}) {
        for (const std::uint32_t port : {0U, 1U, Router::kRejected}) {
            for (const std::uint64_t index : {0U, 1U, 99'999U}) {
                const auto child = parent->copy();
                set_child_id(*child, *parent, node, port, index);
                ids.insert(id_of(*child));
            }
        }
    }
    EXPECT_EQ(ids.size(), 27U);
}

TEST(Router, FiltersWhatNobodyListensTo) {
    Fan fan{1};
    fan.deliver(fan.rig.records({"a"}), 1);
    EXPECT_EQ(fan.rig.sender.fate(0), "filtered unrouted");
    EXPECT_THAT(fan.lanes[0]->texts(), ElementsAre());
}

TEST(Router, SenderDoesNotWaitForOptionalSinksInWhateverPlace) {
    for (const std::size_t optional : {0U, 1U, 2U}) {
        std::vector<bool> required(3, true);
        required[optional] = false;
        Fan fan{3, required};
        fan.deliver(fan.rig.records({"a"}));
        for (std::size_t i = 0; i < 3; ++i) {
            if (i != optional) {
                EXPECT_EQ(fan.rig.sender.required_fate(0), "held") << optional;
                fan.lanes[i]->settle_all();
            }
        }
        EXPECT_EQ(fan.rig.sender.required_fate(0), "delivered") << optional;
        EXPECT_EQ(fan.rig.sender.fate(0), "held") << optional;
        fan.lanes[optional]->settle_all();
        EXPECT_EQ(fan.rig.sender.fate(0), "delivered") << optional;
    }
}

TEST(Router, AKeyAlwaysTakesTheSameLaneAndAKeylessRecordThatOfItsConnection) {
    test::Rig rig;
    std::vector<std::unique_ptr<test::CatchLane>> lanes;
    Target target;
    for (int i = 0; i < 3; ++i) {
        lanes.push_back(std::make_unique<test::CatchLane>(rig.runner, rig.active));
        target.lanes.push_back(lanes.back().get());
    }
    rig.router.name(0, "from");
    rig.router.connect(0, 0, target);
    Batch batch;
    for (std::uint64_t i = 0; i < 30; ++i) {
        batch.push_back(rig.record("x", i));
        if (i % 2 == 0) {
            batch.back()->key = 1000 + i % 6;
        } else {
            batch.back()->connection = i % 3;
        }
        batch.back()->position = i;
    }
    rig.router.deliver(0, 0, batch, rig.runner);
    EXPECT_TRUE(batch.empty());
    rig.runner.run();
    std::size_t total = 0;
    for (std::size_t lane = 0; lane < 3; ++lane) {
        std::uint64_t last = 0;
        for (const message::RecordPtr& record : lanes[lane]->got) {
            const std::uint64_t key = record->key != 0 ? record->key : record->connection;
            EXPECT_EQ(key % 3, lane);
            EXPECT_GE(record->position, last) << "in order";
            last = record->position;
            ++total;
        }
        lanes[lane]->settle_all();
    }
    EXPECT_EQ(total, 30U);
}

TEST(Router, RefusedRecordsGoToTheRejectedPortElseToTheDeadLetters) {
    for (const bool has_listener : {true, false}) {
        test::Rig rig;
        test::CatchLane lane{rig.runner, rig.active};
        rig.router.name(0, "check");
        if (has_listener) {
            rig.router.connect(0, Router::kRejected, {{&lane}, true});
        }
        auto record = rig.record("bad", 0);
        record->rejection = std::make_unique<message::Rejection>(
            message::Rejection{ErrorCode::InvalidData, "hl7.bad", "PID-3", 0});
        rig.router.reject(std::move(record), rig.runner);
        rig.runner.run();
        if (has_listener) {
            EXPECT_THAT(lane.texts(), ElementsAre("bad"));
            EXPECT_THAT(rig.letters.texts(), ElementsAre());
            lane.settle_all();
        } else {
            EXPECT_THAT(rig.letters.texts(), ElementsAre("check invalid_data hl7.bad PID-3 bad"));
        }
        EXPECT_EQ(rig.sender.fate(0), "dead_lettered hl7.bad") << "sticky either way";
    }
}

/// A sender whose records were settled in an earlier run.
message::Share past(test::Sender& sender, std::uint64_t sequence) {
    auto* receipt = new message::Receipt(sender, sequence, sequence);
    receipt->is_past = true;
    return message::Share{receipt};
}

struct PastFan : Fan {
    PastFan() : Fan(0) {
        for (const std::uint64_t needed_from : {8, 7}) {
            lanes.push_back(std::make_unique<test::CatchLane>(rig.runner, rig.active));
            rig.router.connect(
                0, 0, {{lanes.back().get()}, true, PastNeed{{rig.sender.stream(), needed_from}}});
        }
    }
};

TEST(Router, EndsRecordsOfThePastThatNoStateAheadNeeds) {
    PastFan fan;
    Batch batch = fan.rig.records({"present", "past"});
    batch[1]->share = past(fan.rig.sender, 7);
    fan.deliver(std::move(batch));
    EXPECT_THAT(fan.lanes[0]->texts(), ElementsAre("present"));
    EXPECT_THAT(fan.lanes[1]->texts(), ElementsAre("present", "past"));
    for (const auto& lane : fan.lanes) {
        lane->settle_all();
    }
}

TEST(Router, LetsGoOnWhatComesOfThePastAndThePresent) {
    PastFan fan;
    Batch batch = fan.rig.records({"both"});
    batch[0]->more_shares.push_back(past(fan.rig.sender, 7));
    fan.deliver(std::move(batch));
    EXPECT_THAT(fan.lanes[0]->texts(), ElementsAre("both"));
    for (const auto& lane : fan.lanes) {
        lane->settle_all();
    }
}

TEST(Router, MakesNoDeadLetterOfThePast) {
    Fan fan{0};
    for (const bool fails : {false, true}) {
        Batch batch = fan.rig.records({"past"});
        batch[0]->share = past(fan.rig.sender, 7);
        if (fails) {
            fan.rig.router.fail(std::move(batch[0]),
                                pipeline::OnError::Default,
                                {message::FateKind::Failed, ErrorCode::Internal, "r", {}, 0});
        } else {
            batch[0]->rejection = std::make_unique<message::Rejection>();
            fan.rig.router.reject(std::move(batch[0]), fan.rig.runner);
        }
    }
    EXPECT_TRUE(fan.rig.letters.texts().empty());
}

}  // namespace
}  // namespace aorta::graph
