// Enhanced acknowledgement mode and the commit acknowledgements of MLLP release 2.
#include "client_rig.hpp"
#include "common/hl7/frame.hpp"

#include <optional>

namespace aorta::plugins::mllp::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The application's answer as a message of its own, which asks for CA when it says so.
std::string application(std::string_view code, std::string_view of, bool wants_accept = false) {
    return hl7::frame("MSH|^~\\&|C|D|A|B|20240101||ACK^R01^ACK|77|P|2.5.1" +
                      std::string{wants_accept ? "|||AL|NE" : ""} + "\rMSA|" + std::string{code} +
                      "|" + std::string{of} + "\r");
}

/// Whom a message waits for, by its header and `wait_for`.
TEST_F(ClientTest, WaitsForWhomTheHeaderAsks) {
    struct Case {
        const char* modes;
        bool waits_for_application;
        std::string says;  // the peer, in one go
        Completion result;
    };

    const std::string ca = answer("CA", "1");
    const std::string aa = application("AA", "1");
    const Completion none = failed(0, ErrorCode::Timeout, "mllp.no_answer");
    const Case cases[] = {
        {"", false, aa, done(0)},
        {"", true, ca, done(0)},  // original mode: some say CA
        {"AL|NE", false, ca, done(0)},
        {"AL|NE", true, ca, done(0)},
        {"AL|AL", false, ca, done(0)},
        {"AL|AL", false, aa, done(0)},
        {"AL|AL", true, ca + aa, done(0)},
        {"AL|AL", true, aa, done(0)},
        {"AL|AL", true, ca, none},
        {"AL|AL", true, ca + application("AE", "1"), failed(0, ErrorCode::InvalidData, "mllp.ae")},
        {"AL|AL", true, answer("CR", "1"), failed(0, ErrorCode::InvalidData, "mllp.cr")},
        {"AL|AL", false, answer("CE", "1"), failed(0, ErrorCode::InvalidData, "mllp.ce")},
        {"SU|NE", false, ca, done(0)},
        {"NE|AL", false, aa, done(0)},
        {"NE|AL", false, ca + aa, done(0)},
        {"NE|AL", false, ca, none},
        {"ER|SU", false, aa, done(0)},
        {"NE|NE", false, "", done(0)},
        {"ER|ER", true, "", done(0)},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(std::string{each.modes} + (each.waits_for_application ? ", application" : ""));
        FakeHost host;
        config_.waits_for_application = each.waits_for_application;
        const bool comes = each.result.code != ErrorCode::Timeout;
        make_client();
        config_.timeout = comes ? kLong : kShort;
        const LoopServer server{acceptor_, [&](Peer& peer, const std::string&) {
                                    peer.send(each.says);
                                    return true;
                                }};
        Client client(host.host(), config_);
        const Delivery delivery = host.delivery(message("1", each.modes));
        client.deliver(std::span{&delivery, 1});
        EXPECT_THAT(host.completions(), ElementsAre(each.result));
    }
}

TEST_F(ClientTest, AnAnswerThatFollowsTheAcceptIsNotUnasked) {
    serve({[&](Peer& peer) {
        peer.receive_frame();
        peer.send(answer("CA", "1"));
        EXPECT_EQ(peer.receive_frame(), message("2", "AL|AL"));
        // Before the answer to 2: it is for 1, and changes nothing.
        peer.send(application("AR", "1") + answer("CA", "2"));
        peer.send(application("AA", "2"));
        EXPECT_EQ(peer.receive_frame(), message("3", "AL|AL"));
        peer.send(answer("CA", "3"));
    }});
    Client client = make_client();
    EXPECT_EQ(deliver(client, {message("1", "AL|AL")}).back(), done(0));
    EXPECT_EQ(deliver(client, {message("2", "AL|AL")}).back(), done(1));
    EXPECT_EQ(deliver(client, {message("3", "AL|AL")}).back(), done(2));
    EXPECT_TRUE(host_.wait_counter("late_refusals", 1));
    EXPECT_THAT(host_.log_text(), HasSubstr("late_refusal answer=AR"));
}

TEST_F(ClientTest, AMessageOfAnIdThatMayStillBeAnsweredGoesByANewConnection) {
    const auto script = [&](Peer& peer) {
        peer.receive_frame();
        peer.send(answer("CA", "1"));
        EXPECT_EQ(peer.receive_rest(), "");
        peer.send(application("AR", "1"));
    };
    serve({script, script});
    Client client = make_client();
    EXPECT_EQ(deliver(client, {message("1", "AL|AL")}).back(), done(0));
    EXPECT_EQ(deliver(client, {message("1", "AL|AL")}).back(), done(1));
}

TEST_F(ClientTest, AcceptsTheApplicationsAnswerWhenItAsks) {
    config_.waits_for_application = true;
    std::string accepted;
    serve({[&](Peer& peer) {
        peer.receive_frame();
        peer.send(answer("CA", "1") + application("AA", "1", true));
        accepted = peer.receive_frame();
    }});
    Client client = make_client();
    EXPECT_EQ(deliver(client, {message("1", "AL|AL")}).back(), done(0));
    server_.join();
    EXPECT_THAT(accepted, HasSubstr("MSA|CA|77"));
    EXPECT_THAT(host_.reply(0), HasSubstr("MSA|AA|1"));
}

TEST_F(ClientTest, WaitsForTheCommitOfReleaseTwo) {
    struct Case {
        const char* modes;
        std::string says;
        Completion result;
    };

    const std::string ack = hl7::frame(hl7::kCommitAck);
    const Case cases[] = {
        {"", ack + answer("AA", "1"), done(0)},
        {"", answer("AA", "1"), done(0)},  // it has it, or it could not have answered
        {"", ack, failed(0, ErrorCode::Timeout, "mllp.no_answer")},
        {"", ack + ack, failed(0, ErrorCode::ResourceExhausted, "mllp.wrong_answer")},
        {"NE|NE", ack, done(0)},
        {"NE|NE", hl7::frame(hl7::kCommitNak), failed(0, ErrorCode::ResourceExhausted, "mllp.nak")},
    };
    config_.has_commit = true;
    for (const Case& each : cases) {
        FakeHost host;
        make_client();
        config_.timeout = each.result.code == ErrorCode::Timeout ? kShort : kLong;
        const LoopServer server{acceptor_, [&](Peer& peer, const std::string&) {
                                    peer.send(each.says);
                                    return true;
                                }};
        Client client(host.host(), config_);
        const Delivery delivery = host.delivery(message("1", each.modes));
        client.deliver(std::span{&delivery, 1});
        EXPECT_THAT(host.completions(), ElementsAre(each.result));
    }
}

}  // namespace
}  // namespace aorta::plugins::mllp::test
