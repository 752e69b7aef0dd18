#include "transport/peer.hpp"

#include "transport/tests/world.hpp"

namespace aorta::transport {
namespace {

using namespace std::chrono_literals;
using message::FateKind;
using testing::ElementsAre;

TEST(LinkPeer, CarriesRecordsThereAndFatesBack) {
    World world;
    world.offer(1);
    world.offer(2);
    world.settle_down();
    EXPECT_EQ(world.take_one(), 1);
    EXPECT_EQ(world.take_one(), 2);
    world.settle(1, FateKind::Filtered);
    world.settle(0, FateKind::DeadLettered);
    EXPECT_TRUE(world.settler->settled.empty());
    world.settle_down();
    EXPECT_EQ(world.settler->settled[1].kind, FateKind::DeadLettered);
    EXPECT_EQ(world.settler->settled[2].kind, FateKind::Filtered);
    EXPECT_EQ(world.edge->outgoing().held(), 0);
}

TEST(LinkPeer, TellsTheSourceWhatItWaitsForBeforeTheRestIsSettled) {
    World world;
    world.settler->reply_node = 4;
    world.base_config.reply_nodes = {4};
    world.edge = std::make_unique<Peer>(world.config(true), world.names, world.budget);
    world.offer(1);
    world.settle_down();
    ASSERT_NE(world.core->incoming().front(), nullptr);
    EXPECT_EQ(world.core->incoming().front()->lineage.reply_from, 4);
    EXPECT_TRUE(world.core->incoming().front()->lineage.is_required);
    world.take_one();
    const auto ticket = world.in_pipeline[0].first;
    world.core->incoming().happened(ticket, {.event = Event::Passed});
    world.core->incoming().happened(
        ticket, {.event = Event::Reply, .fate = {.node = 4}, .reply = "MSA|AA"});
    world.core->incoming().happened(
        ticket, {.event = Event::Required, .fate = message::Fate::delivered(4)});
    world.settle_down();
    EXPECT_TRUE(world.settler->passed.contains(1));
    EXPECT_EQ(world.settler->required[1].kind, FateKind::Delivered);
    EXPECT_EQ(world.settler->replies[1], "MSA|AA");
    EXPECT_TRUE(world.settler->settled.empty());
    world.settle(0, FateKind::DeadLettered);
    world.settle_down();
    EXPECT_EQ(world.settler->settled[1].kind, FateKind::DeadLettered);
}

TEST(LinkPeer, StorageOfTheOtherSideAnswersForWhatItParked) {
    World world;
    world.offer(1);
    world.settle_down();
    world.take_one();
    world.core->incoming().happened(world.in_pipeline[0].first, {.is_parked = true});
    world.settle_down();
    EXPECT_TRUE(world.settler->parked.contains(1));
}

TEST(LinkPeer, SendsAgainOnlyWhatTheOtherSideHasNotReceived) {
    World world;
    world.base_config.outgoing.body = 1;  // one record a frame
    world.start_edge();
    world.settle_down();
    world.offer(1);
    world.offer(2);
    world.flush();
    world.deliver(world.to_core, *world.core);
    world.cut();
    world.advance(15s);
    world.advance(60s);
    world.settle_down();
    EXPECT_TRUE(world.edge->is_up());
    while (world.take_one()) {
    }
    EXPECT_THAT(world.entered, ElementsAre(1, 2));
    EXPECT_EQ(world.edge->outgoing().resent(), 1);
}

TEST(LinkPeer, ALostOutcomeIsToldAgain) {
    World world;
    world.offer(1);
    world.settle_down();
    world.take_one();
    world.settle(0);
    world.flush();
    world.cut();
    world.advance(15s);
    world.advance(60s);
    world.settle_down();
    EXPECT_EQ(world.settler->settled[1].kind, FateKind::Delivered);
}

TEST(LinkPeer, ARestartedReceiverGetsAllThatIsNotSettled) {
    World world;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        world.offer(i);
    }
    world.settle_down();
    world.take_one();
    world.take_one();
    world.settle(1);
    world.settle_down();
    world.start_core();
    world.offer(4);
    world.advance(15s);
    world.advance(60s);
    world.settle_down();
    while (world.take_one()) {
    }
    EXPECT_THAT(world.entered, ElementsAre(1, 3, 4));
}

TEST(LinkPeer, ARestartedSenderLearnsTheFateOfWhatIsUnderWayAlready) {
    World world;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        world.offer(i);
    }
    world.settle_down();
    world.take_one();
    world.take_one();
    world.settle(0, FateKind::Filtered);  // not told before the sender is gone
    world.start_edge();
    for (std::uint64_t i = 1; i <= 3; ++i) {
        world.offer(i);
    }
    world.settle_down();
    while (world.take_one()) {
    }
    EXPECT_THAT(world.entered, ElementsAre(1, 2, 3));
    EXPECT_EQ(world.core->incoming().duplicates(), 2);
    world.settle(0);
    world.settle(0);
    world.settle_down();
    EXPECT_EQ(world.settler->settled[1].kind, FateKind::Filtered);
    EXPECT_EQ(world.settler->settled[2].kind, FateKind::Delivered);
    EXPECT_EQ(world.settler->settled[3].kind, FateKind::Delivered);
    EXPECT_EQ(world.edge->outgoing().held(), 0);
}

TEST(LinkPeer, TheSameIdOnAnotherEdgeIsAnotherRecord) {
    World world;
    world.offer(1, 0);
    world.settle_down();
    world.take_one();
    world.start_edge();
    world.offer(1, 1);
    world.offer(1, 0);
    world.settle_down();
    while (world.take_one()) {
    }
    EXPECT_THAT(world.entered, ElementsAre(1, 1));
}

TEST(LinkPeer, TheWindowOfTheReceiverIsNotExceededByMoreThanOneRecord) {
    World world;
    world.base_config.incoming.window = 1'000;
    world.start_core();
    for (std::uint64_t i = 1; i <= 1'000; ++i) {
        world.offer(i);
    }
    world.settle_down();
    EXPECT_LT(world.core->incoming().waiting_bytes(), 1'000 + 60);
    std::uint64_t taken = 0;
    while (world.take_one()) {
        ++taken;
        world.settle_down();
    }
    EXPECT_EQ(taken, 1'000);
}

TEST(LinkPeer, ARecordLargerThanTheWindowPasses) {
    World world;
    world.base_config.incoming.window = 100;
    world.start_core();
    message::RecordPtr large = sample_record(world.budget, std::string(10'000, 'x'));
    large->share = world.settler->open(1);
    world.edge->outgoing().offer(0, std::move(large));
    world.settle_down();
    EXPECT_TRUE(world.take_one());
}

TEST(LinkPeer, RefusesAnotherPipeline) {
    World world;
    world.base_config.fingerprint = {1};
    world.start_core();
    world.settle_down();
    EXPECT_FALSE(world.edge->is_up());
    EXPECT_EQ(world.edge->trouble(), "pipeline");
    EXPECT_EQ(world.core->counts().refused, 1);
    world.advance(60s);
    world.settle_down();
    EXPECT_EQ(world.core->counts().refused, 2);
}

TEST(LinkPeer, RefusesAWorkerThatIsNotOfTheLink) {
    World world;
    PeerConfig stranger = world.config(true);
    stranger.self = "stranger";
    world.edge = std::make_unique<Peer>(stranger, world.names, world.budget);
    world.settle_down();
    EXPECT_EQ(world.edge->trouble(), "denied");
}

TEST(LinkPeer, RefusesVersionsThatItDoesNotSpeak) {
    World world;
    auto frame = decode(*world.edge->next_frame(world.now));
    ASSERT_TRUE(frame.ok());
    frame->version = 9;
    std::get<Hello>(frame->body).lowest = 2;
    world.core->on_frame(encode(*frame), world.now);
    const auto answer = decode(*world.core->next_frame(world.now));
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(std::get<Refuse>(answer->body).reason, Refusal::Version);
}

TEST(LinkPeer, HeartbeatsKeepAQuietSessionAndSilenceEndsIt) {
    World world;
    world.settle_down();
    for (int i = 0; i < 10; ++i) {
        world.advance(5s);
        world.settle_down();
    }
    EXPECT_EQ(world.edge->counts().sessions, 1);
    world.advance(15s);
    EXPECT_FALSE(world.edge->is_up());
    EXPECT_FALSE(world.core->is_up());
    EXPECT_TRUE(world.edge->takes_new_connection());
}

TEST(LinkPeer, PausesGrowAfterRefusals) {
    World world;
    world.base_config.fingerprint = {1};
    world.start_core();
    world.settle_down();
    const auto first = world.edge->deadline() - world.now;
    for (int i = 0; i < 8; ++i) {
        world.advance(world.edge->deadline() - world.now);
        world.settle_down();
    }
    const auto last = world.edge->deadline() - world.now;
    EXPECT_LT(first, 200ms);
    EXPECT_GT(last, 5s);
    EXPECT_LT(last, 20s);
}

TEST(LinkPeer, AFrameThatBreaksARuleEndsTheSessionAndTheNextOneGoesOn) {
    World world;
    world.offer(1);
    world.settle_down();
    world.core->on_frame("garbage", world.now);
    EXPECT_FALSE(world.core->is_up());
    world.settle_down();
    EXPECT_EQ(world.edge->trouble(), "protocol");
    world.offer(2);
    world.advance(1s);
    world.settle_down();
    while (world.take_one()) {
    }
    EXPECT_THAT(world.entered, ElementsAre(1, 2));
    EXPECT_EQ(world.core->counts().unreadable, 1);
}

TEST(LinkPeer, AStoppedPeerSaysGoodbyeAndIsGreetedAgainLater) {
    World world;
    world.settle_down();
    world.core->stop();
    world.settle_down();
    EXPECT_FALSE(world.edge->is_up());
    EXPECT_EQ(world.edge->trouble(), "stopping");
    EXPECT_EQ(world.edge->counts().lost, 0);
    world.start_core();
    world.advance(60s);
    world.settle_down();
    EXPECT_TRUE(world.edge->is_up());
}

TEST(LinkPeer, FramesOfAnEndedSessionChangeNothing) {
    World world;
    world.settle_down();
    world.offer(1);
    world.flush();
    const std::string old = world.to_core.front();
    world.cut();
    world.advance(15s);
    world.advance(60s);
    world.settle_down();
    world.take_one();
    world.core->on_frame(old, world.now);
    EXPECT_EQ(world.take_one(), std::nullopt);
    EXPECT_EQ(world.core->counts().stray, 1);
    EXPECT_TRUE(world.core->is_up());
}

TEST(LinkPeer, AHelloThatComesTwiceChangesNothing) {
    World world;
    const std::string hello = *world.edge->next_frame(world.now);
    world.core->on_frame(hello, world.now);
    world.settle_down();
    world.offer(1);
    world.settle_down();
    world.core->on_frame(hello, world.now);
    EXPECT_EQ(world.core->counts().sessions, 1);
    EXPECT_EQ(world.core->next_frame(world.now), std::nullopt);
}

TEST(LinkPeer, CompressesOnASlowLine) {
    World world;
    world.settle_down();
    for (std::uint64_t i = 1; i <= 64; ++i) {
        message::RecordPtr record = sample_record(world.budget, std::string(500, 'x'));
        record->id[0] = i;
        world.edge->outgoing().offer(0, std::move(record));
    }
    world.settle_down();
    EXPECT_LT(world.edge->counts().data_bytes * 10, world.edge->counts().body_bytes);
    EXPECT_TRUE(world.take_one());
}

TEST(LinkOutgoing, SaysWhatCannotTravel) {
    message::Interner names;
    message::Budget budget{1U << 30U};
    Outgoing outgoing{names, budget, {.max_record = 10'000}};
    EXPECT_TRUE(outgoing.check(*sample_record(budget, "small")).ok());
    EXPECT_EQ(outgoing.check(*sample_record(budget, std::string(10'001, 'x'))).error().code,
              ErrorCode::ResourceExhausted);
    const auto record = sample_record(budget, "");
    for (int i = 0; i < 257; ++i) {
        record->set_attribute(names.intern("a" + std::to_string(i)), "v");
    }
    EXPECT_EQ(outgoing.check(*record).error().code, ErrorCode::InvalidData);
}

}  // namespace
}  // namespace aorta::transport
