// The fine points of HL7 v2 that naive receivers get wrong, one test each
// (docs/guides/fine-points.md). Sizes, limits and odd corners are in the other tests of this
// folder.
#include "source/mllp/tests/listener_fixture.hpp"

#include <filesystem>

namespace aorta::plugins::mllp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FinePoints : public ListenerTest {};

TEST_F(FinePoints, Frame) {
    accept_all();
    config_.max_message_bytes = 1000;
    config_.idle_timeout = 2 * kFrameTimeout;
    Peer peer = start_and_connect();
    std::string without_last = framed("1");
    without_last.pop_back();
    peer.send("xy" + without_last);
    EXPECT_THAT(answers(peer, 1), ElementsAre("AA 1")) << "at 0x1C, whether 0x0D follows or not";
    peer.send("\r" + framed("2") + framed("3"));
    EXPECT_THAT(answers(peer, 2), ElementsAre("AA 2", "AA 3")) << "several in one read";
    EXPECT_EQ(host_.counter("noise_bytes"), 2U) << "what stands before 0x0B, and not the late 0x0D";
    for (const char byte : framed("4")) {
        peer.send({&byte, 1});
    }
    EXPECT_THAT(answers(peer, 1), ElementsAre("AA 4")) << "cut anywhere";
    peer.send("\x0bMSH|^~\\&|half" + framed("5") + framed("6", std::string(2000, 'x')));
    EXPECT_THAT(answers(peer, 2), ElementsAre("AA 5", "AR 6")) << "0x0B in a frame begins another";
    EXPECT_EQ(host_.counter("frames_discarded"), 2U);
    EXPECT_EQ(host_.pushed().size(), 5U);

    peer.send("\x0bMSH|^~\\&|half");
    Peer quiet = connect();
    quiet.send(framed("7"));
    EXPECT_THAT(answers(quiet, 1), ElementsAre("AA 7"));
    advance(kFrameTimeout);
    EXPECT_EQ(peer.receive_rest(), "") << "a frame that does not end";
    EXPECT_TRUE(host_.wait_counter("frames_discarded", 3));
    advance(kFrameTimeout);
    EXPECT_EQ(quiet.receive_rest(), "") << "a connection on which nothing happens";
}

TEST_F(FinePoints, AnEndByteInsideAValueNeverCutsAMessage) {
    accept_all();
    config_.end_silence = std::chrono::milliseconds{300};
    Peer peer = start_and_connect();
    peer.send(framed("1",
                     "OBX|1|ED|x||a\x1C"
                     "b\r") +
              framed("2"));
    EXPECT_THAT(answers(peer, 2), ElementsAre("AR 1", "AA 2"));
    peer.send("\x0b" + message("3", "OBX|1|ED|x||a\x1C"));
    Peer other = connect();
    other.send(framed("4"));
    EXPECT_THAT(answers(other, 1), ElementsAre("AA 4"));
    peer.send("b\r\x1c\r");
    EXPECT_THAT(answers(peer, 1), ElementsAre("AR 3")) << "where a read ends just behind it";
    EXPECT_TRUE(host_.wait_counter("frames_discarded", 2));
    EXPECT_EQ(host_.pushed().size(), 2U);

    peer.send("\x0b" + message("5") + "\x1c");
    other.send(framed("6"));
    EXPECT_THAT(answers(other, 1), ElementsAre("AA 6"));
    EXPECT_EQ(host_.pushed().size(), 3U) << "something may follow";
    advance(config_.end_silence);
    EXPECT_THAT(answers(peer, 1), ElementsAre("AA 5")) << "nothing has";
    peer.send("\r" + framed("7"));
    EXPECT_THAT(answers(peer, 1), ElementsAre("AA 7"));
    EXPECT_EQ(host_.counter("noise_bytes"), 0U);
}

TEST_F(FinePoints, MllpRelease2) {
    config_.has_commit = true;
    Peer peer = start_and_connect();
    peer.send(framed("1"));
    answer(host_.wait_pushed(1)[0], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(peer.receive_through("\r"), "\x0b\x06\x1c\r");
    EXPECT_THAT(answers(peer, 1), ElementsAre("AA 1"));
    peer.send("\x0b\x06\x1c\r" + framed("2"));
    answer(host_.wait_pushed(2)[1], {AORTA_ACK_ERROR, ErrorCode::Unavailable, "file.no_space"});
    EXPECT_EQ(peer.receive_through("\r"), "\x0b\x15\x1c\r") << "not stored: send it again";
    EXPECT_EQ(host_.pushed().size(), 2U) << "a commit block is no message";
}

TEST_F(FinePoints, AckOriginal) {
    config_.accept = {.versions = {"2.*"}, .types = {"ORU", "ADT"}, .processing_ids = {"P"}};
    Peer peer = start_and_connect();
    const auto send = [&](std::string_view type, std::string_view id, std::string_view rest) {
        peer.send(hl7::frame("MSH!@#%*!LAB!W!EHR!H!20240101!!" + std::string{type} + "!" +
                             std::string{id} + "!" + std::string{rest} + "\rPID!1!!4711!!DOE\r"));
    };
    send("ORU@R01", "1", "P!2.5");
    answer(host_.wait_pushed(1)[0], {AORTA_ACK_ACCEPT});
    const std::string accepted = peer.receive_frame();
    EXPECT_THAT(accepted, StartsWith("MSH!@#%*!EHR!H!LAB!W!")) << "its delimiters, turned round";
    EXPECT_THAT(accepted, HasSubstr("!ACK@R01@ACK!"));
    EXPECT_THAT(accepted, HasSubstr("!P!2.5\rMSA!AA!1\r"));

    const Outcome invalid{.kind = AORTA_ACK_ERROR,
                          .code = ErrorCode::InvalidData,
                          .reason = "hl7.required_field_missing",
                          .where = "PID-3"};
    send("ORU@R01", "2", "P!2.5");
    answer(host_.wait_pushed(2)[1], invalid);
    const std::string error = peer.receive_frame();
    EXPECT_THAT(error, HasSubstr("MSA!AE!2!hl7.required_field_missing\r"));
    EXPECT_THAT(error, HasSubstr("ERR!!PID@1@3!101@Required field missing@HL70357!E\r"));
    send("ORU@R01", "3", "P!2.3");
    answer(host_.wait_pushed(3)[2], invalid);
    EXPECT_THAT(peer.receive_frame(),
                HasSubstr("ERR!PID@1@3@101*Required field missing*HL70357\r"));

    send("ORM@O01", "4", "P!2.5");
    send("ORU@R01", "5", "T!2.5");
    send("ORU@R01", "6", "P!3.0");
    for (const char* expected :
         {"MSA!AR!4!mllp.type", "MSA!AR!5!mllp.proc", "MSA!AR!6!mllp.vers"}) {
        const std::string refused = peer.receive_frame();
        EXPECT_THAT(refused, HasSubstr(expected));
        EXPECT_THAT(refused, Not(HasSubstr("DOE")));
    }
    send("ACK@R01", "7", "P!2.5");
    host_.wait_pushed(4);
    send("ADT@A01", "8", "P!2.5");
    answer(host_.wait_pushed(5)[4], {AORTA_ACK_ACCEPT});
    EXPECT_THAT(peer.receive_frame(), HasSubstr("MSA!AA!8\r")) << "an ACK gets no ACK";
}

TEST_F(FinePoints, AckEnhanced) {
    Peer peer = start_and_connect();
    const auto record = send_accepted(peer, "1");
    settle(record, {AORTA_FATE_DELIVERED});
    const std::string application = peer.receive_frame();
    EXPECT_EQ(code_and_id(application), "AA 1");
    EXPECT_THAT(application, HasSubstr("|NE|NE\r")) << "a message of its own that wants no answer";
    EXPECT_THAT(application, Not(HasSubstr("|1|P|"))) << "with a control id of its own";
    peer.send(enhanced("2", "NE", "NE") + enhanced("3", "ER", "NE") + enhanced("4", "SU", "NE") +
              enhanced("5", "", "AL") + enhanced("6", "", "") + enhanced("7", "ER", ""));
    const auto records = host_.wait_pushed(7);
    for (std::size_t i = 1; i < 7; ++i) {
        answer(records[i],
               i < 6 ? Outcome{AORTA_ACK_ACCEPT}
                     : Outcome{AORTA_ACK_ERROR, ErrorCode::Unavailable, "file.no_space"});
        settle(records[i], {AORTA_FATE_DELIVERED});
    }
    EXPECT_THAT(answers(peer, 4), ::testing::UnorderedElementsAre("CA 4", "AA 5", "AA 6", "CE 7"));
}

TEST_F(FinePoints, SequenceNumber) {
    accept_all();
    config_.sequence_file = ::testing::TempDir() + "fine_points.sequence";
    std::filesystem::remove(config_.sequence_file);
    const auto numbered = [](std::string_view number) {
        return hl7::frame("MSH|^~\\&|LAB|W|EHR|H|2024||ORU^R01|N|P|2.5|" + std::string{number} +
                          "\rPID|1||4711\r");
    };
    Peer peer = start_and_connect();
    peer.send(numbered("5") + numbered("7"));
    EXPECT_THAT(answers(peer, 1), ElementsAre("AA N"));
    EXPECT_THAT(peer.receive_frame(), HasSubstr("MSA|AE|N|mllp.sequence_number|6\r"));
    listener_.reset();
    Peer again = start_and_connect();
    again.send(hl7::frame("MSH|^~\\&|LAB|W|EHR|H|2024||^|S|P|2.5|0\r"));
    EXPECT_THAT(again.receive_frame(), HasSubstr("MSA|AA|S||6\r")) << "0 asks; a restart knows";
    again.send(numbered("-1") + numbered("1"));
    EXPECT_THAT(answers(again, 2), ElementsAre("AA N", "AA N")) << "-1 begins anew";
    listener_.reset();
    std::filesystem::remove(config_.sequence_file);
}

TEST_F(FinePoints, Duplicates) {
    using std::chrono::seconds;

    struct Case {
        OnDuplicate action;
        const char* answer;
        std::size_t pushed;
    };

    for (const Case& each : {Case{OnDuplicate::Replay, "AA 1", 2},
                             Case{OnDuplicate::Reject, "AR 1", 2},
                             Case{OnDuplicate::Pass, "AA 1", 3}}) {
        const std::size_t before = host_.pushed().size();
        host_.on_push([this](const FakeHost::Pushed& record) {
            answer(record, {AORTA_ACK_ACCEPT});
            settle(record, {AORTA_FATE_DELIVERED});
        });
        config_.duplicates = {seconds{600}, 1000, each.action};
        Peer peer = start_and_connect();
        std::string later = framed("1");
        later.replace(later.find("20240101"), 8, "20240102");
        peer.send(framed("1") + later + framed("1", "NTE|1\r"));
        EXPECT_THAT(answers(peer, 3), ElementsAre("AA 1", each.answer, "AA 1"))
            << "MSH-7 may differ; with other content the same id is another message";
        EXPECT_EQ(host_.pushed().size() - before, each.pushed);
        host_.advance(seconds{601});
        peer.send(framed("1"));
        EXPECT_THAT(answers(peer, 1), ElementsAre("AA 1")) << "after the window";
        EXPECT_EQ(host_.pushed().size() - before, each.pushed + 1);
    }
}

}  // namespace
}  // namespace aorta::plugins::mllp
