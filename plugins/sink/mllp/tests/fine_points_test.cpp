// The fine points of HL7 v2 that naive senders get wrong, one test each
// (docs/guides/fine-points.md). The order over several connections is in order_test.cpp, all causes
// and actions in policy_test.cpp.
#include "client_rig.hpp"

#include <optional>

namespace aorta::plugins::mllp::test {
namespace {

using ::testing::ElementsAre;

class FinePoints : public ClientTest {};

TEST_F(FinePoints, SenderSide) {
    config_.policy[Cause::AE] = {Action::Retry, 1, Action::DeadLetter};
    config_.policy[Cause::AR].action = Action::DeadLetter;
    std::optional<Peer> late;
    const auto first = [&](Peer& peer) {
        EXPECT_EQ(peer.receive_frame(), message("1"));
        late = std::move(peer);  // says nothing in time
    };
    const auto second = [&](Peer& peer) {
        EXPECT_EQ(peer.receive_frame(), message("1")) << "again, and not the one behind it";
        late->send(answer("AA", "1") + answer("AA", "2"));
        peer.send(answer("AA", "1"));
        EXPECT_EQ(peer.receive_frame(), message("2"));
        peer.send(answer("AR", "2"));
        EXPECT_EQ(peer.receive_frame(), message("3"));
        peer.send(answer("AE", "3"));
        EXPECT_EQ(peer.receive_frame(), message("3"));
        peer.send(answer("AE", "3"));
        EXPECT_EQ(peer.receive_frame(), message("4"));
        peer.send(answer("AA", "x"));  // of another message
        EXPECT_EQ(peer.receive_rest(), "");
    };
    serve({first, second});
    Client hasty = make_client(kShort);
    const auto messages = make({message("1"), message("2"), message("3"), message("4")});
    EXPECT_THAT(attempt(hasty, {messages[0], messages[1]}),
                ElementsAre(failed(0, ErrorCode::Timeout, "mllp.no_answer"),
                            failed(1, ErrorCode::Unavailable, kHeldBack)));
    Client client = make_client();
    EXPECT_THAT(attempt(client, {messages[0], messages[1]}),
                ElementsAre(done(0), failed(1, ErrorCode::InvalidData, "mllp.ar")))
        << "the AA that came late, on the first connection, is nobody's";
    EXPECT_THAT(attempt(client, {messages[2], messages[3]}),
                ElementsAre(failed(2, ErrorCode::ResourceExhausted, "mllp.ae"),
                            failed(3, ErrorCode::Unavailable, kHeldBack)));
    EXPECT_THAT(attempt(client, {messages[2], messages[3]}),
                ElementsAre(failed(2, ErrorCode::InvalidData, "mllp.ae"),
                            failed(3, ErrorCode::ResourceExhausted, "mllp.wrong_answer")));
    EXPECT_TRUE(host_.wait_logged("wrong_answer"));
}

TEST_F(FinePoints, MllpRelease2) {
    config_.has_commit = true;
    config_.policy[Cause::Nak] = {Action::Retry, 1, Action::DeadLetter};
    serve({[&](Peer& peer) {
        peer.receive_frame();
        peer.send("\x0b\x06\x1c\r");
        peer.send(answer("AA", "1"));
        for (int i = 0; i < 2; ++i) {
            EXPECT_EQ(peer.receive_frame(), message("2"));
            peer.send("\x0b\x15\x1c\r");
        }
    }});
    Client client = make_client();
    const auto messages = make({message("1"), message("2")});
    EXPECT_THAT(attempt(client, messages),
                ElementsAre(done(0), failed(1, ErrorCode::ResourceExhausted, "mllp.nak")));
    EXPECT_THAT(attempt(client, {messages[1]}),
                ElementsAre(failed(1, ErrorCode::InvalidData, "mllp.nak")));
}

}  // namespace
}  // namespace aorta::plugins::mllp::test
