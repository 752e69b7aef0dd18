#include "common/hl7/ack.hpp"

#include "common/hl7/header.hpp"
#include "common/hl7/reason.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace aorta::hl7 {
namespace {

const std::string kReceived =
    "MSH|^~\\&|LAB|NORTH^1.2^ISO|EHR|SOUTH|20260101||ORU^R01^ORU_R01|M\\T\\1|T^X|2.5.1|||AL|NE\r"
    "PID|1||SECRET\r";

AckSpec spec_of(AckCode code) {
    AckSpec spec;
    spec.code = code;
    spec.control_id = "A7";
    spec.time_s = 1774746000;  // 2026-03-29T01:00:00Z
    return spec;
}

TEST(BuildAck, AnswersTheSender) {
    EXPECT_EQ(
        build_ack(kReceived, spec_of(AckCode::AA)),
        "MSH|^~\\&|EHR|SOUTH|LAB|NORTH^1.2^ISO|20260329010000+0000||ACK^R01^ACK|A7|T^X|2.5.1\r"
        "MSA|AA|M\\T\\1\r");
}

TEST(BuildAck, SaysWhatIsWrongByVersion) {
    AckSpec spec = spec_of(AckCode::AE);
    spec.text = "required field | missing";
    spec.error = AckError{parse_path("PID-3").value(), "101", "Required field missing", 'E'};
    EXPECT_EQ(
        build_ack(kReceived, spec),
        "MSH|^~\\&|EHR|SOUTH|LAB|NORTH^1.2^ISO|20260329010000+0000||ACK^R01^ACK|A7|T^X|2.5.1\r"
        "MSA|AE|M\\T\\1|required field \\F\\ missing\r"
        "ERR||PID^1^3|101^Required field missing^HL70357|E\r");
    EXPECT_EQ(build_ack("MSH|^~\\&|A|B|C|D|||ADT^A01|7|P|2.3.z\n", spec),
              "MSH|^~\\&|C|D|A|B|20260329010000+0000||ACK^A01|A7|P|2.3.z\r"
              "MSA|AE|7|required field \\F\\ missing\r"
              "ERR|PID^1^3^101&Required field missing&HL70357\r");
}

TEST(BuildAck, LocatesDownToTheSubcomponent) {
    AckSpec spec = spec_of(AckCode::AE);
    const std::tuple<std::string, std::string> cases[] = {
        {"OBX[3]-5[2].1.4", "OBX^3^5^2^1^4"},
        {"OBX[3]-5.2", "OBX^3^5^1^2"},
        {"OBX[*]-5[*]", "OBX^^5^"},
        {"OBX", "OBX^1"},
    };
    for (const auto& [path, location] : cases) {
        spec.error = AckError{parse_path(path).value(), "102", "", 'W'};
        const std::string ack = build_ack(kReceived, spec);
        EXPECT_NE(ack.find("\rERR||" + location + "|102^^HL70357|W\r"), std::string::npos) << ack;
    }
}

TEST(BuildAck, UsesTheSendersDelimiters) {
    EXPECT_EQ(build_ack("MSH!@%*:#!A@x!B!C!D!!!ADT@A01!7!P!2.6\r", spec_of(AckCode::CA)),
              "MSH!@%*:#!C!D!A@x!B!20260329010000+0000!!ACK@A01@ACK!A7!P!2.6\rMSA!CA!7\r");
    EXPECT_EQ(build_ack("MSH|^|A|B|C|D|||ADT^A01|7|P|2.6\r", spec_of(AckCode::AA)),
              "MSH|^|C|D|A|B|20260329010000+0000||ACK^A01^ACK|A7|P|2.6\rMSA|AA|7\r");
}

TEST(BuildAck, NamesTheSequenceNumberThatItExpects) {
    AckSpec spec = spec_of(AckCode::AE);
    spec.expected_sequence = 17;
    EXPECT_NE(build_ack(kReceived, spec).find("\rMSA|AE|M\\T\\1||17\r"), std::string::npos);
    spec.text = "mllp.sequence_number";
    spec.expected_sequence = -1;
    EXPECT_NE(build_ack(kReceived, spec).find("\rMSA|AE|M\\T\\1|mllp.sequence_number|-1\r"),
              std::string::npos);
}

TEST(BuildAck, AsAMessageOfItsOwnAsksForNoAcknowledgement) {
    AckSpec spec = spec_of(AckCode::AA);
    spec.is_own_message = true;
    EXPECT_NE(build_ack(kReceived, spec).find("|A7|T^X|2.5.1|||NE|NE\rMSA|AA|"), std::string::npos);
}

TEST(BuildAck, EchoesOtherCharactersByteByByteAndSaysWhichTheyAre) {
    const std::string received =
        "MSH|^~\\&|K\xD6LN|S\xDC"
        "D|EHR|H|20260101||ADT^A01|\xC4"
        "1|P|2.5||||||8859/1\rPID|1\r";
    EXPECT_EQ(build_ack(received, spec_of(AckCode::AA)),
              "MSH|^~\\&|EHR|H|K\xD6LN|S\xDC"
              "D|20260329010000+0000||ACK^A01^ACK|A7|P|2.5||||||"
              "8859/1\rMSA|AA|\xC4"
              "1\r");
    // What is ASCII needs no character set, whatever the sender's is.
    const std::string ascii = "MSH|^~\\&|A|B|C|D|||ADT^A01|7|P|2.5||||||UNICODE UTF-8\r";
    EXPECT_EQ(build_ack(ascii, spec_of(AckCode::AA)),
              "MSH|^~\\&|C|D|A|B|20260329010000+0000||ACK^A01^ACK|A7|P|2.5\rMSA|AA|7\r");
}

TEST(BuildAck, RefusesWhatHasNoUsableHeader) {
    for (const std::string bad : {"", "PID|1", "MSH", "MSH|^^|A", "\x16\x03\x01 client hello"}) {
        EXPECT_EQ(build_ack(bad, spec_of(AckCode::AE)),
                  "MSH|^~\\&|||||20260329010000+0000||ACK|A7|P|2.5.1\rMSA|AR|\r");
    }
    EXPECT_NE(build_ack("x", spec_of(AckCode::CA)).find("MSA|CR|\r"), std::string::npos);
}

TEST(BuildAck, NeverCarriesMoreThanTheHeader) {
    for (const AckCode code : {AckCode::AA, AckCode::AE, AckCode::AR}) {
        EXPECT_EQ(build_ack(kReceived, spec_of(code)).find("SECRET"), std::string::npos);
    }
}

TEST(BuildAck, EchoesAFieldWholeOrNotAtAll) {
    const auto received = [](std::size_t size) {
        return "MSH|^~\\&|" + std::string(size, 'A') + "|B|C|D|||ADT^A01|" +
               std::string(size, '7') + "|P|2.6\r";
    };
    EXPECT_NE(build_ack(received(kMaxEcho), spec_of(AckCode::AA))
                  .find("\rMSA|AA|" + std::string(kMaxEcho, '7') + "\r"),
              std::string::npos);
    EXPECT_EQ(build_ack(received(kMaxEcho + 1), spec_of(AckCode::AR)),
              "MSH|^~\\&|C|D||B|20260329010000+0000||ACK^A01^ACK|A7|P|2.6\rMSA|AR|\r");
}

TEST(BuildAck, IsWrittenInTheVersionThatItNames) {
    const std::tuple<std::string, std::string> cases[] = {
        {"2.1", "ACK^A01"},
        {"2.3", "ACK^A01"},
        {"2.3.1", "ACK^A01^ACK"},
        {"2.4", "ACK^A01^ACK"},
        {"2.8.2^DEU", "ACK^A01^ACK"},
        {"", "ACK^A01^ACK"},
    };
    AckSpec spec = spec_of(AckCode::AE);
    spec.error = AckError{parse_path("PID-3").value(), "101", "", 'E'};
    for (const auto& [version, type] : cases) {
        const std::string ack =
            build_ack("MSH|^~\\&|A|B|C|D|||ADT^A01^ADT_A01|7|P|" + version + "\r", spec);
        EXPECT_NE(ack.find("||" + type + "|A7|P|"), std::string::npos) << ack;
        const bool is_new = version.empty() || version.starts_with("2.8");
        EXPECT_EQ(ack.find("\rERR||PID^1^3|") != std::string::npos, is_new) << ack;
    }
}

TEST(BuildAck, IsReadBack) {
    AckSpec spec = spec_of(AckCode::CE);
    spec.error = AckError{parse_path("OBX[3]-5[2].1").value(), "102", "Data type error", 'E'};
    const auto ack = parse_ack(build_ack(kReceived, spec));
    ASSERT_TRUE(ack.ok());
    EXPECT_EQ(ack->code, AckCode::CE);
    EXPECT_EQ(ack->control_id, "M&1");
    EXPECT_EQ(ack->error_location, "OBX[3]-5[2].1");
    EXPECT_EQ(ack->error_code, "102");
}

TEST(ParseAck, ReadsWhatPeersSend) {
    const std::string msh = "MSH|^~\\&|A|B|C|D|||ACK|1|P|2.3\r";
    const std::tuple<std::string, AckCode, std::string, std::string, std::string> cases[] = {
        {msh + "MSA|AA|7\r", AckCode::AA, "7", "", ""},
        {"MSH|^~\\&|\nMSA|AR|7\n", AckCode::AR, "7", "", ""},
        {"MSH$%~\\&$\rMSA$CR$7\r", AckCode::CR, "7", "", ""},
        {msh + "MSA|AE|\r", AckCode::AE, "", "", ""},
        {msh + "MSA|AE|  7 \r", AckCode::AE, "  7", "", ""},
        {msh + "MSA|AE\r", AckCode::AE, "", "", ""},
        {msh + "MSA|AE|7\rERR|PID^1^3^101&x&y\r", AckCode::AE, "7", "PID-3", "101"},
        {msh + "MSA|AE|7\rERR|PID^2^3\r", AckCode::AE, "7", "PID[2]-3", ""},
        {msh + "MSA|AE|7\rERR||PID^1|101^x\r", AckCode::AE, "7", "PID", "101"},
        // What is not a location or a code is not passed on: it might be a value.
        {msh + "MSA|AE|7\rERR||John Doe^1^3|Mr. Doe\r", AckCode::AE, "7", "", ""},
        {msh + "MSA|AE|7\rERR||PID^x^y|1\r", AckCode::AE, "7", "PID", "1"},
        {msh + "MSA|AE|7\rERR\r", AckCode::AE, "7", "", ""},
    };
    for (const auto& [payload, code, id, location, error] : cases) {
        const auto ack = parse_ack(payload);
        ASSERT_TRUE(ack.ok()) << payload;
        EXPECT_EQ(ack->code, code) << payload;
        EXPECT_EQ(ack->control_id, id) << payload;
        EXPECT_EQ(ack->error_location, location) << payload;
        EXPECT_EQ(ack->error_code, error) << payload;
    }
}

TEST(ParseAck, RefusesWhatIsNoAck) {
    const std::tuple<std::string, std::string_view> cases[] = {
        {"", kNoMsh},
        {"MSA|AA|7\r", kNoMsh},
        {"MSH|^~\\&|\rPID|1\r", kNoMsa},
        {"MSH|^~\\&|\rMSA|XX|7\r", kBadAckCode},
        {"MSH|^~\\&|\rMSA\r", kBadAckCode},
    };
    for (const auto& [payload, reason] : cases) {
        const auto ack = parse_ack(payload);
        ASSERT_FALSE(ack.ok());
        EXPECT_EQ(reason_id(ack.error()), reason);
    }
}

TEST(Header, ReadsMshAlone) {
    const std::string received = "\xEF\xBB\xBF\r\n" + kReceived;
    const auto header = Header::parse(received);
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header->field(1), "|");
    EXPECT_EQ(header->field(2), "^~\\&");
    EXPECT_EQ(header->field(3), "LAB");
    EXPECT_EQ(header->field(10), "M\\T\\1");
    EXPECT_EQ(header->field(16), "NE");
    EXPECT_EQ(header->field(17).data(), nullptr);
    EXPECT_EQ(header->component(9, 3), "ORU_R01");
    EXPECT_EQ(header->component(4, 4).data(), nullptr);
    EXPECT_TRUE(header->is_enhanced());
    EXPECT_FALSE(header->is_ack());
    EXPECT_TRUE(Header::parse("MSH|^~\\&|||||||ACK^A01|")->is_ack());
    EXPECT_TRUE(Header::parse("MSH|^~\\&|||||||MCF|")->is_ack());
    EXPECT_FALSE(Header::parse("MSH|^~\\&|||||||ORR^O02|")->is_ack());
    EXPECT_FALSE(Header::parse("MSH|^~\\&|||||||ADT^A01|1|P|2.3|||\"\"|")->is_enhanced());
    EXPECT_FALSE(Header::parse("BHS|^~\\&|").ok());
}

TEST(Header, ComparesVersions) {
    const std::tuple<std::string, bool> cases[] = {
        {"2.5", true},
        {"2.5.1", true},
        {"2.8.2^DEU", true},
        {"2.10", true},
        {"3", true},
        {"2.3.1", false},
        {"2.3.z", false},
        {"2", false},
        {"", false},
        {"x", false},
    };
    for (const auto& [version, expected] : cases) {
        const std::string received = "MSH|^~\\&||||||||||" + version;
        const auto header = Header::parse(received);
        EXPECT_EQ(header->is_version_at_least(2, 5), expected) << version;
    }
    EXPECT_TRUE(Header::parse("MSH|^~\\&||||||||||2.3.1")->is_version_at_least(2, 3, 1));
    EXPECT_TRUE(Header::parse("MSH|^~\\&||||||||||2.4")->is_version_at_least(2, 3, 1));
    EXPECT_FALSE(Header::parse("MSH|^~\\&||||||||||2.3")->is_version_at_least(2, 3, 1));
}

TEST(Header, KnowsWhenAnAckIsWanted) {
    EXPECT_TRUE(ack_is_wanted("AL", true));
    EXPECT_TRUE(ack_is_wanted("al", false));
    EXPECT_FALSE(ack_is_wanted("", false));
    EXPECT_FALSE(ack_is_wanted("\"\"", true));
    EXPECT_FALSE(ack_is_wanted("NE", false));
    EXPECT_TRUE(ack_is_wanted("ER", false));
    EXPECT_FALSE(ack_is_wanted("ER", true));
    EXPECT_TRUE(ack_is_wanted("SU", true));
    EXPECT_FALSE(ack_is_wanted("SU", false));
}

}  // namespace
}  // namespace aorta::hl7
