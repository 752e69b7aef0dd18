#include "common/hl7/message.hpp"

#include "common/hl7/reason.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace aorta::hl7 {
namespace {

const std::string kPayload =
    "MSH|^~\\&#|LAB|NORTH|EHR|SOUTH|20260101||ORU^R01^ORU_R01|M1|P|2.5.1\r"
    "PID|1|\"\"|1^^^A&1.2&ISO^MR~2^^^B^SS~||DOE^JANE^|^|&x|~|a&b|\"\"^x\r"
    "OBX|1|NM|8867-4^Heart rate^LN||72\r"
    "OBX|2|NM|8310-5^Temp^LN||36.6|\r"
    "ZPD|z1\r"
    "PV1\r";

class Reading : public testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(builder_.build(kPayload).ok()); }

    Message message() const { return {kPayload, builder_.view()}; }

    Value get(std::string_view path) const { return message().get(parse_path(path).value()); }

private:
    IndexBuilder builder_;
};

TEST_F(Reading, FindsValuesByPath) {
    const std::tuple<std::string, Presence, std::string> cases[] = {
        {"MSH-1", Presence::Value, "|"},
        {"MSH-2", Presence::Value, "^~\\&#"},
        {"MSH-2.1", Presence::Value, "^~\\&#"},
        {"MSH-2.2", Presence::Absent, ""},
        {"MSH-2[2]", Presence::Absent, ""},
        {"MSH-3", Presence::Value, "LAB"},
        {"MSH-8", Presence::Empty, ""},
        {"MSH-9.2", Presence::Value, "R01"},
        {"MSH-12", Presence::Value, "2.5.1"},
        {"MSH-13", Presence::Absent, ""},
        {"PID-1", Presence::Value, "1"},
        {"PID-2", Presence::Null, "\"\""},
        {"PID-3", Presence::Value, "1^^^A&1.2&ISO^MR~2^^^B^SS~"},
        {"PID-3.1", Presence::Value, "1"},
        {"PID-3[2].1", Presence::Value, "2"},
        {"PID-3[2]", Presence::Value, "2^^^B^SS"},
        {"PID-3[3]", Presence::Empty, ""},
        {"PID-3[3].1", Presence::Empty, ""},
        {"PID-3[3].2", Presence::Absent, ""},
        {"PID-3[4]", Presence::Absent, ""},
        {"PID-3.4.2", Presence::Value, "1.2"},
        {"PID-3.4.4", Presence::Absent, ""},
        {"PID-3[2].4.1", Presence::Value, "B"},
        {"PID-3.2", Presence::Empty, ""},
        {"PID-3[*].1", Presence::Value, "1"},
        {"PID-4", Presence::Empty, ""},
        {"PID-5.3", Presence::Empty, ""},
        {"PID-5.4", Presence::Absent, ""},
        {"PID-7.1.1", Presence::Empty, ""},
        {"PID-7.1.2", Presence::Value, "x"},
        {"PID-8[2]", Presence::Empty, ""},
        {"PID-9.1.2", Presence::Value, "b"},
        {"PID-10.1", Presence::Null, "\"\""},
        {"PID-10.2", Presence::Value, "x"},
        {"PID-11", Presence::Absent, ""},
        {"OBX-5", Presence::Value, "72"},
        {"OBX[2]-5", Presence::Value, "36.6"},
        {"OBX[2]-6", Presence::Empty, ""},
        {"OBX[3]-5", Presence::Absent, ""},
        {"OBX[*]-1", Presence::Value, "1"},
        {"ZPD-1", Presence::Value, "z1"},
        {"ZPD", Presence::Value, "ZPD|z1"},
        {"PV1-1", Presence::Absent, ""},
        {"PV1", Presence::Value, "PV1"},
        {"NTE-1", Presence::Absent, ""},
    };
    for (const auto& [path, presence, raw] : cases) {
        const Value value = get(path);
        EXPECT_EQ(value.presence, presence) << path;
        EXPECT_EQ(value.raw, raw) << path;
    }
}

TEST_F(Reading, CountsFieldsAsHl7Does) {
    EXPECT_EQ(message().field_count(0), 12U);
    EXPECT_EQ(message().field_count(1), 10U);
    EXPECT_EQ(message().field_count(5), 0U);
    EXPECT_EQ(message().field(0, 0).data(), nullptr);
    EXPECT_EQ(message().count("OBX"), 2U);
    EXPECT_EQ(*message().find("OBX", 2), 3U);
    EXPECT_FALSE(message().find("OBX", 3));
    EXPECT_FALSE(message().find("OB"));
}

TEST_F(Reading, VisitsEverySegmentAndRepetition) {
    const auto collect = [&](std::string_view path) {
        std::vector<std::string> out;
        message().for_each(parse_path(path).value(),
                           [&](std::size_t segment, std::uint32_t repetition, const Value& value) {
                               out.push_back(std::to_string(segment) + "/" +
                                             std::to_string(repetition) + "=" +
                                             std::string{value.raw});
                           });
        return out;
    };
    using List = std::vector<std::string>;
    EXPECT_EQ(collect("PID-3[*].1"), (List{"1/1=1", "1/2=2", "1/3="}));
    EXPECT_EQ(collect("OBX[*]-5"), (List{"2/0=72", "3/0=36.6"}));
    EXPECT_EQ(collect("OBX[2]-5"), (List{"3/0=36.6"}));
    EXPECT_EQ(collect("OBX[*]-3[*].1"), (List{"2/1=8867-4", "3/1=8310-5"}));
    EXPECT_EQ(collect("OBX[*]-9[*]"), List{});
    EXPECT_EQ(collect("OBX[3]-5"), List{});
    EXPECT_EQ(collect("MSH-2[*]"), (List{"0/1=^~\\&#"}));
}

TEST(Message, WithoutSomeDelimitersDoesNotSplit) {
    const std::string payload = "MSH|^|A\rPID|a&b~c^d\r";
    IndexBuilder builder;
    ASSERT_TRUE(builder.build(payload).ok());
    const Message message(payload, builder.view());
    EXPECT_EQ(message.get(parse_path("PID-1.1").value()).raw, "a&b~c");
    EXPECT_EQ(message.get(parse_path("PID-1[2]").value()).presence, Presence::Absent);
    EXPECT_EQ(message.get(parse_path("PID-1.1.1").value()).raw, "a&b~c");
    EXPECT_EQ(message.get(parse_path("PID-1.1.2").value()).presence, Presence::Absent);
}

TEST(Split, YieldsEveryPiece) {
    const auto pieces = [](std::string_view text, char separator) {
        std::vector<std::string> out;
        for (const std::string_view piece : Split{text, separator}) {
            out.emplace_back(piece);
        }
        EXPECT_EQ(out.size(), (Split{text, separator}.size()));
        for (std::size_t i = 0; i < out.size(); ++i) {
            EXPECT_EQ((Split{text, separator}.at(i + 1)), out[i]);
        }
        return out;
    };
    using List = std::vector<std::string>;
    EXPECT_EQ(pieces("", '~'), List{""});
    EXPECT_EQ(pieces("~", '~'), (List{"", ""}));
    EXPECT_EQ(pieces("~x", '~'), (List{"", "x"}));
    EXPECT_EQ(pieces("a~b~", '~'), (List{"a", "b", ""}));
    EXPECT_EQ(pieces("a~b", '\0'), List{"a~b"});
}

TEST(Path, ReadsBackWhatItWrites) {
    for (const std::string text : {"PID",
                                   "PID-3",
                                   "PID-3.1",
                                   "PID-3.1.2",
                                   "PID[2]-3[4].1.2",
                                   "OBX[*]-5[*]",
                                   "OBX[*]-5[*].1",
                                   "Z01[65535]-1",
                                   "PID[*]"}) {
        const auto path = parse_path(text);
        ASSERT_TRUE(path.ok()) << text;
        EXPECT_EQ(to_string(*path), text);
        EXPECT_EQ(*parse_path(to_string(*path)), *path);
    }
}

TEST(Path, SaysWhereItIsWrong) {
    const std::tuple<std::string, std::string> cases[] = {
        {"", "byte 0"},
        {"pid-3", "byte 0"},
        {"PI-3", "byte 2"},
        {"PID3", "byte 3"},
        {"PID-", "byte 4"},
        {"PID-0", "byte 4"},
        {"PID-3.", "byte 6"},
        {"PID-3.x", "byte 6"},
        {"PID-3[", "byte 6"},
        {"PID-3[0]", "byte 6"},
        {"PID-3[1", "byte 7"},
        {"PID-3.1.2.3", "byte 9"},
        {"PID-65536", "byte 8"},
        {"PID-3 ", "byte 5"},
        {"PID[]-3", "byte 4"},
        {"1ID-3", "byte 0"},
        {"PID-3[*]x", "byte 8"},
    };
    for (const auto& [text, where] : cases) {
        const auto path = parse_path(text);
        ASSERT_FALSE(path.ok()) << text;
        EXPECT_EQ(path.error().where, where) << text;
        EXPECT_EQ(reason_id(path.error()), kBadPath);
    }
}

TEST(Path, ReadsRelativeToARow) {
    const Path row = parse_path("OBX[*]").value();
    EXPECT_EQ(to_string(parse_relative_path(row, ".3.1").value()), "OBX[*]-3.1");
    EXPECT_EQ(to_string(parse_relative_path(row, "-3[2].1.4").value()), "OBX[*]-3[2].1.4");
    EXPECT_FALSE(parse_relative_path(row, "3.1").ok());
    EXPECT_FALSE(parse_relative_path(row, ".").ok());
}

}  // namespace
}  // namespace aorta::hl7
