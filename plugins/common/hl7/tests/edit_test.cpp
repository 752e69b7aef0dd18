#include "common/hl7/edit.hpp"

#include "common/hl7/reason.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <tuple>

namespace aorta::hl7 {
namespace {

/// Owns what a message borrows.
class Parsed {
public:
    explicit Parsed(std::string payload) : payload_(std::move(payload)) {
        EXPECT_TRUE(builder_.build(payload_).ok()) << payload_;
    }

    Message message() const { return {payload_, builder_.view()}; }

private:
    std::string payload_;
    IndexBuilder builder_;
};

Path path_of(std::string_view text) {
    return parse_path(text).value();
}

const std::string kMsh = "MSH|^~\\&|A|B\r";

TEST(Edit, SetsValuesAndAddsTheSeparatorsTheyNeed) {
    const std::tuple<std::string, std::string, std::string, std::string> cases[] = {
        {"PID|1|x|3\r", "PID-2", "new", "PID|1|new|3\r"},
        {"PID|1|x|3\r", "PID-2", "", "PID|1||3\r"},
        {"PID|1|x|3\r", "PID-3", "n", "PID|1|x|n\r"},
        {"PID|1|x|3\r", "PID-6", "n", "PID|1|x|3|||n\r"},
        {"PID|1|x|3", "PID-6", "n", "PID|1|x|3|||n"},
        {"PID\r", "PID-2", "n", "PID||n\r"},
        {"BHS\r", "BHS-4", "n", "BHS|||n\r"},
        {"PID|a\r", "PID-1.3", "n", "PID|a^^n\r"},
        {"PID|a^b^c\r", "PID-1.2", "n", "PID|a^n^c\r"},
        {"PID|a^b^c\r", "PID-1.2.2", "n", "PID|a^b&n^c\r"},
        {"PID|a^b&x&y^c\r", "PID-1.2.2", "n", "PID|a^b&n&y^c\r"},
        {"PID|a~b^c\r", "PID-1[2].2", "n", "PID|a~b^n\r"},
        {"PID|a~b^c\r", "PID-1.2", "n", "PID|a^n~b^c\r"},
        {"PID|a~b^c\r", "PID-1[1]", "n", "PID|n~b^c\r"},
        {"PID|a~b^c\r", "PID-1", "n", "PID|n\r"},
        {"PID|a\r", "PID-1[3]", "n", "PID|a~~n\r"},
        {"PID|a~b~c^d\r", "PID-1[*]", "", "PID|~~\r"},
        {"PID|a~b~c^d\r", "PID-1[*].2", "n", "PID|a^n~b^n~c^n\r"},
        {"PID|a|b\r", "PID-2", "x|^~\\&\r", "PID|a|x\\F\\\\S\\\\R\\\\E\\\\T\\\\X0D\\\r"},
        {"OBX|1\rOBX|2\r", "OBX[2]-1", "n", "OBX|1\rOBX|n\r"},
        {"OBX|1\rNTE|x\rOBX\r", "OBX[*]-1", "n", "OBX|n\rNTE|x\rOBX|n\r"},
        {"PID|a\r", "MSH-4", "n", ""},
        {"PID|a\r", "MSH-9.2", "n", ""},
    };
    for (const auto& [rest, path, text, expected] : cases) {
        const Parsed parsed(kMsh + rest);
        Edit edit(parsed.message());
        ASSERT_TRUE(edit.set(path_of(path), text).ok()) << path;
        if (expected.empty()) {
            const std::string head = path == "MSH-4" ? "MSH|^~\\&|A|n\r" : "MSH|^~\\&|A|B|||||^n\r";
            EXPECT_EQ(edit.apply(), head + rest);
        } else {
            EXPECT_EQ(edit.apply(), kMsh + expected) << path;
        }
    }
}

TEST(Edit, LaterChangesSeeEarlierOnes) {
    const Parsed parsed(kMsh + "PID|1\r");
    Edit edit(parsed.message());
    ASSERT_TRUE(edit.set(path_of("PID-5.2"), "b").ok());
    ASSERT_TRUE(edit.set(path_of("PID-3"), "c").ok());
    ASSERT_TRUE(edit.set(path_of("PID-5.1"), "a").ok());
    ASSERT_TRUE(edit.set(path_of("PID-5[2].1"), "d").ok());
    ASSERT_TRUE(edit.set(path_of("PID-5[*].3"), "e").ok());
    EXPECT_EQ(edit.apply(), kMsh + "PID|1||c||a^b^e~d^^e\r");
}

TEST(Edit, StaysLinearInWhatRepeats) {
    const std::string repeats(300000, '~');
    std::string payload = kMsh + "PID|" + repeats + "\r";
    for (int i = 0; i < 20000; ++i) {
        payload += "OBX|1|2|3\r";
    }
    const Parsed parsed(payload);
    std::size_t seen = 0;
    parsed.message().for_each(path_of("PID-1[*].1"),
                              [&](std::size_t, std::uint32_t, const Value&) { ++seen; });
    EXPECT_EQ(seen, repeats.size() + 1);
    Edit edit(parsed.message());
    EXPECT_EQ(*edit.set(path_of("PID-1[*].2"), "x"), repeats.size() + 1);
    for (const std::string path : {"OBX[*]-3", "OBX[*]-1", "OBX[*]-2"}) {
        EXPECT_EQ(*edit.set(path_of(path), ""), 20000U);
    }
    EXPECT_EQ(edit.size_bytes(), payload.size() + 2 * (repeats.size() + 1) - 3 * 20000);
}

TEST(Edit, CountsThePlacesThatItSet) {
    const Parsed parsed(kMsh + "OBX|a~b\rOBX|c\rOBX|\r");
    Edit edit(parsed.message());
    EXPECT_EQ(*edit.set(path_of("OBX[*]-1[*]"), "x"), 3U);
    EXPECT_EQ(*edit.set(path_of("NTE[*]-1"), "x"), 0U);
    EXPECT_EQ(edit.apply(), kMsh + "OBX|x~x\rOBX|x\rOBX|\r");
}

TEST(Edit, RefusesWithAReason) {
    const Parsed parsed(kMsh + "PID|a^b\r");
    Edit edit(parsed.message());
    const auto reason = [](const auto& result) {
        return result.ok() ? std::string{"ok"} : std::string{reason_id(result.error())};
    };
    EXPECT_EQ(reason(edit.set(path_of("NTE-1"), "x")), kNoSegment);
    EXPECT_EQ(reason(edit.set(path_of("PID[2]-1"), "x")), kNoSegment);
    EXPECT_EQ(reason(edit.set(path_of("MSH-1"), "x")), kNotEditable);
    EXPECT_EQ(reason(edit.set(path_of("MSH-2"), "x")), kNotEditable);
    EXPECT_EQ(reason(edit.set(path_of("PID"), "x")), kNotEditable);
    EXPECT_EQ(reason(edit.set_raw(path_of("PID-1"), "x|y")), kNotEncodable);
    EXPECT_EQ(reason(edit.set_raw(path_of("PID-1"), "x\ry")), kNotEncodable);
    EXPECT_EQ(reason(edit.set_raw(path_of("PID-1.1"), "x^y")), kNotEncodable);
    EXPECT_EQ(reason(edit.set_raw(path_of("PID-1[1]"), "x~y")), kNotEncodable);
    EXPECT_EQ(reason(edit.set_raw(path_of("PID-1.1.1"), "x&y")), kNotEncodable);
    EXPECT_EQ(reason(edit.remove_segment(0)), kNotEditable);
    EXPECT_EQ(reason(edit.remove_segment(2)), kNotEditable);
    EXPECT_EQ(reason(edit.insert_segment(0, "NTE|1")), kNotEditable);
    EXPECT_EQ(reason(edit.insert_segment(3, "NTE|1")), kNotEditable);
    EXPECT_EQ(reason(edit.insert_segment(1, "")), kNotEncodable);
    EXPECT_EQ(reason(edit.insert_segment(1, "NTE\rX")), kNotEncodable);
    EXPECT_TRUE(edit.empty());
    const Parsed few("MSH|^|A\rPID|a\r");
    Edit of_few(few.message());
    EXPECT_EQ(reason(of_few.set(path_of("PID-1[2]"), "x")), kNotEncodable);
    EXPECT_EQ(reason(of_few.set(path_of("PID-1.1.2"), "x")), kNotEncodable);
    EXPECT_EQ(reason(of_few.set(path_of("PID-1"), "x^y")), kNotEncodable);
    EXPECT_EQ(of_few.apply(), "MSH|^|A\rPID|a\r");
}

TEST(Edit, RemovesAndInsertsSegments) {
    struct Case {
        std::string rest;
        std::vector<std::size_t> removed;
        std::vector<std::pair<std::size_t, std::string>> inserted;
        std::string expected;
    };

    const Case cases[] = {
        {"PID|1\rNTE|1\rOBX|1\r", {2}, {}, "PID|1\rOBX|1\r"},
        {"PID|1\rNTE|1\rOBX|1\r", {3, 1, 1}, {}, "NTE|1\r"},
        {"PID|1\rNTE|1", {2}, {}, "PID|1\r"},
        {"PID|1\rNTE|1", {1}, {}, "NTE|1"},
        {"PID|1\rOBX|1\r",
         {},
         {{1, "A01|"}, {3, "Z01|2"}, {1, "A02|"}},
         "A01|\rA02|\rPID|1\rOBX|1\rZ01|2\r"},
        {"PID|1\rOBX|1", {}, {{3, "Z01|1"}, {3, "Z02|2"}}, "PID|1\rOBX|1\rZ01|1\rZ02|2"},
        {"PID|1\rOBX|1", {2}, {{3, "Z01|1"}}, "PID|1\rZ01|1\r"},
        {"PID|1\rOBX|1\r", {1}, {{1, "PID|2"}}, "PID|2\rOBX|1\r"},
    };
    for (const Case& c : cases) {
        const Parsed parsed(kMsh + c.rest);
        Edit edit(parsed.message());
        for (const std::size_t segment : c.removed) {
            EXPECT_TRUE(edit.remove_segment(segment).ok());
        }
        for (const auto& [before, raw] : c.inserted) {
            EXPECT_TRUE(edit.insert_segment(before, raw).ok());
        }
        EXPECT_EQ(edit.apply(), kMsh + c.expected);
    }
}

TEST(Edit, KeepsTheMessagesOwnLineEnds) {
    for (const std::string end : {"\n", "\r\n"}) {
        const Parsed parsed("MSH|^~\\&|A" + end + end + "PID|1" + end + "NTE|1" + end);
        Edit edit(parsed.message());
        ASSERT_TRUE(edit.set(path_of("PID-3"), "x").ok());
        ASSERT_TRUE(edit.remove_segment(2).ok());
        ASSERT_TRUE(edit.insert_segment(3, "OBX|1").ok());
        EXPECT_EQ(edit.apply(), "MSH|^~\\&|A" + end + end + "PID|1||x" + end + "OBX|1" + end);
    }
}

TEST(Edit, AppendsBeforeWhatAnEditorLeftAtTheEnd) {
    const struct {
        std::string_view payload;
        std::string_view expected;
    } cases[] = {
        {"MSH|^~\\&|A\rPID|1\n", "MSH|^~\\&|A\rPID|1\rOBX|1\n"},
        {"MSH|^~\\&|A\nPID|1\r", "MSH|^~\\&|A\nPID|1\nOBX|1\r"},
        {"MSH|^~\\&|A\nPID|1\r\r\n", "MSH|^~\\&|A\nPID|1\r\r\nOBX|1\n"},
    };

    for (const auto& each : cases) {
        const Parsed parsed{std::string{each.payload}};
        Edit edit(parsed.message());
        ASSERT_TRUE(edit.insert_segment(2, "OBX|1").ok());
        EXPECT_EQ(edit.apply(), each.expected);
        const Parsed again(edit.apply());
        ASSERT_EQ(again.message().segment_count(), 3U);
        EXPECT_EQ(again.message().field(1, 1), "1");
        EXPECT_EQ(again.message().field(2, 1), "1");
    }
}

TEST(Edit, WithoutChangesTheBytesAreTheSame) {
    for (const std::string payload :
         {"\xEF\xBB\xBFMSH|^~\\&|A\r\r\n\nPID|1||\r\n\n", "\rMSH|^\r|\rX", "MSH|^~\\&|A\n\n\n"}) {
        const Parsed parsed(payload);
        EXPECT_EQ(Edit(parsed.message()).apply(), payload);
    }
}

TEST(Edit, TouchesNoByteOutsideTheField) {
    std::mt19937 random(17);
    const std::string alphabet = "ab^~&\\|\"";
    for (int round = 0; round < 1000; ++round) {
        std::string payload = kMsh;
        for (int segment = 0; segment < 4; ++segment) {
            payload += "OBX";
            for (std::size_t i = random() % 30; i > 0; --i) {
                payload += alphabet[random() % alphabet.size()];
            }
            payload += '\r';
        }
        const Parsed parsed(payload);
        const Message message = parsed.message();
        const std::size_t segment = 1 + random() % 4;
        const std::size_t count = message.field_count(segment);
        if (!message.is_well_formed(segment) || count == 0) {
            continue;
        }
        Path path;
        path.field = static_cast<std::uint32_t>(1 + random() % count);
        const std::string_view old = message.field(segment, path.field);
        const auto begin = static_cast<std::size_t>(old.data() - message.payload().data());
        Edit edit(message);
        ASSERT_TRUE(edit.set_raw(segment, path, "NEW").ok());
        std::string expected = payload;
        expected.replace(begin, old.size(), "NEW");
        EXPECT_EQ(edit.apply(), expected);
    }
}

}  // namespace
}  // namespace aorta::hl7
