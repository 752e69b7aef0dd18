// The fine points that naive engines get wrong, one test each, short. Sizes, limits and odd corners
// are in the tests of each header; those of dates and versions beside common/hl7_tables.
#include "common/hl7/continuation.hpp"
#include "common/hl7/edit.hpp"
#include "common/hl7/escape.hpp"
#include "common/hl7/file_reader.hpp"
#include "common/hl7/header.hpp"
#include "common/hl7/line_ends.hpp"
#include "common/hl7/reason.hpp"
#include "common/hl7/recode.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aorta::hl7 {
namespace {

/// A message with its index.
class Parsed {
public:
    explicit Parsed(std::string payload) : payload_(std::move(payload)) {
        const auto built = builder_.build(payload_);
        EXPECT_TRUE(built.ok()) << payload_;
    }

    Message message() const { return {payload_, builder_.view()}; }

    Value get(std::string_view path) const { return message().get(*parse_path(path)); }

    std::string_view raw(std::string_view path) const { return get(path).raw; }

    std::string text(std::string_view path, TextKind kind = TextKind::Plain) const {
        return decode(raw(path), message().delimiters(), kind);
    }

    Presence presence(std::string_view path) const { return get(path).presence; }

private:
    std::string payload_;
    IndexBuilder builder_;
};

std::vector<std::string> read_file_events(std::string_view bytes) {
    std::vector<std::string> events;
    FileReader reader([&](const FileEvent& event) {
        if (event.kind == FileEvent::Kind::Message) {
            events.emplace_back("message");
            return;
        }
        events.push_back(event.kind == FileEvent::Kind::BatchEnd ? "batch " : "file ");
        events.back() +=
            std::to_string(event.actual) + " of " + std::to_string(event.declared.value_or(0));
    });
    reader.feed(bytes);
    reader.finish();
    return events;
}

const std::string kMsh = "MSH|^~\\&|A|B|C|D|20240102||ORU^R01|1|P|2.5.1\r";

TEST(FinePoints, SegmentTerminator) {
    const Parsed wire("MSH|^~\\&|A\rNTE|1||one\ntwo\rPID|1\r");
    EXPECT_EQ(wire.message().segment_count(), 3U);
    EXPECT_EQ(wire.raw("NTE-3"), "one\ntwo");  // LF between CRs is data
    for (const std::string_view end : {"\r", "\n", "\r\n"}) {
        std::string file = "MSH|^~\\&|A";
        file.append(end).append("PID|1").append(end);
        EXPECT_EQ(Parsed(file).message().segment_count(), 2U);
        EXPECT_EQ(Parsed(file).raw("PID-1"), "1");
    }
    const Parsed mixed("MSH|^~\\&|A\nPID|1\r\nNTE|1||one\rtwo\nOBX|1\r");
    EXPECT_EQ(mixed.message().segment_count(), 4U);
    EXPECT_EQ(mixed.raw("PID-1"), "1");
    EXPECT_EQ(mixed.raw("NTE-3"), "one\rtwo");  // CR between LFs is data
    EXPECT_EQ(mixed.raw("OBX-1"), "1");
    EXPECT_EQ(Parsed("MSH|^~\\&|A\rPID|1\n").raw("PID-1"), "1");  // an editor ended the last line
}

TEST(FinePoints, SegmentTerminatorOnTheWire) {
    const struct {
        std::string_view payload;
        std::string_view expected;
    } cases[] = {
        {"MSH|A\rNTE|one\ntwo\r", "MSH|A\rNTE|one\ntwo\r"},
        {"MSH|A\rPID|1", "MSH|A\rPID|1"},
        {"MSH|A\rPID|1\n", "MSH|A\rPID|1\r"},
        {"MSH|A\nPID|1\nOBX|1\r\n", "MSH|A\rPID|1\rOBX|1\r"},
        {"MSH|A\n\nPID|1", "MSH|A\rPID|1\r"},
        {"MSH|A\r\nNTE|one\ntwo\r\n", "MSH|A\rNTE|one\ntwo\r"},
        {"MSH|A", "MSH|A"},
        {"", ""},
    };

    std::string scratch;
    for (const auto& each : cases) {
        EXPECT_EQ(with_cr_ends(each.payload, scratch), each.expected);
    }
    EXPECT_EQ(with_cr_ends(kMsh, scratch).data(), kMsh.data());  // nothing is copied
}

TEST(FinePoints, BlankLinesAndByteOrderMark) {
    const Parsed parsed("\xEF\xBB\xBF\n\nMSH|^~\\&|A\n\n\nPID|1\n\n");
    EXPECT_EQ(parsed.message().segment_count(), 2U);
    EXPECT_EQ(parsed.raw("MSH-3"), "A");
    EXPECT_EQ(read_file_events("\xEF\xBB\xBFMSH|^~\\&|A\n\n\nPID|1\n\nMSH|^~\\&|B\n"),
              (std::vector<std::string>{"message", "message"}));
}

TEST(FinePoints, MshSpecial) {
    const Parsed usual(kMsh);
    EXPECT_EQ(usual.raw("MSH-1"), "|");
    EXPECT_EQ(usual.raw("MSH-2"), "^~\\&");  // neither split nor unescaped
    EXPECT_EQ(usual.raw("MSH-2.1"), "^~\\&");
    EXPECT_EQ(usual.raw("MSH-3"), "A");
    const Parsed odd("MSH!@%*:!A!!!!!!ADT@A01\rPID!!!7@8:9%10\r");
    EXPECT_EQ(odd.raw("MSH-9.2"), "A01");
    EXPECT_EQ(odd.raw("PID-3[1].2.2"), "9");
    EXPECT_EQ(odd.raw("PID-3[2]"), "10");
}

TEST(FinePoints, ShortMsh2) {
    const Parsed parsed("MSH|^~|A\rPID|||a&b^c\\F\\~d\r");
    EXPECT_EQ(parsed.raw("PID-3[1].1"), "a&b");  // there is no subcomponent separator
    EXPECT_EQ(parsed.text("PID-3[1].2"), "c\\F\\");
    EXPECT_EQ(parsed.raw("PID-3[2]"), "d");
    std::string out;
    const auto refused = encode("x^y", parsed.message().delimiters(), out);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(reason_id(refused.error()), kNotEncodable);
    EXPECT_EQ(Parsed("MSH|^|A~B\r").raw("MSH-3"), "A~B");
}

TEST(FinePoints, TruncationChar) {
    const Parsed parsed("MSH|^~\\&#|A\rPID|||a#b#^c\\P\\\r");
    const Delimiters& delimiters = parsed.message().delimiters();
    EXPECT_EQ(delimiters.truncation, '#');
    EXPECT_EQ(parsed.text("PID-3.1"), "a#b#");
    EXPECT_EQ(parsed.text("PID-3.2"), "c#");
    std::string raw;
    ASSERT_TRUE(encode("a#b#", delimiters, raw).ok());
    EXPECT_EQ(raw, "a#b\\P\\");  // it only means "cut off here" at the end
    raw.clear();
    ASSERT_TRUE(encode("b#", Delimiters{}, raw).ok());
    EXPECT_EQ(raw, "b#");  // MSH-2 has four characters: an ordinary one
}

TEST(FinePoints, EscapesAreDecodedAfterSplitting) {
    const Parsed parsed(kMsh + "PID|||a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f^g\r");
    EXPECT_EQ(parsed.text("PID-3.1"), "a|b^c&d~e\\f");
    EXPECT_EQ(parsed.raw("PID-3.2"), "g");
    EXPECT_EQ(parsed.raw("PID-4").data(), nullptr);
}

TEST(FinePoints, EscapesOfHexadecimalBytes) {
    const Delimiters usual;
    EXPECT_EQ(decode("a\\X0D\\\\X0A\\b", usual), "a\r\nb");
    EXPECT_EQ(decode("\\X0D0A\\", usual), "\r\n");
    EXPECT_EQ(decode("\\X000d\\", usual), std::string("\0\r", 2));
    EXPECT_EQ(decode("\\X0\\ \\XG0\\ \\X\\", usual), "\\X0\\ \\XG0\\ \\X\\");
}

TEST(FinePoints, EscapesOfFormattedTextOnly) {
    const Delimiters usual;
    EXPECT_EQ(decode("a\\.br\\b\\.sp2\\c\\H\\d\\N\\", usual, TextKind::Formatted), "a\nb\n\ncd");
    EXPECT_EQ(decode("a\\.br\\b", usual, TextKind::Plain), "a\\.br\\b");
}

TEST(FinePoints, EscapesThatAreUnknownLocalShiftingOrUnterminatedStayAndAreCounted) {
    const Delimiters usual;
    for (const std::string_view raw : {"\\C2842\\x",
                                       "\\M2442\\x",
                                       "\\M244203\\x",
                                       "\\Zab\\x",
                                       "\\Q\\x",
                                       "x\\F",
                                       "C:\\dir",
                                       "\\"}) {
        std::string out;
        EXPECT_GE(decode(raw, usual, TextKind::Plain, out), 1U) << raw;
        EXPECT_EQ(out, raw);
    }
}

TEST(FinePoints, EscapesThatAreEscapedTwiceLoseOneLayer) {
    EXPECT_EQ(decode("\\E\\T\\E\\", Delimiters{}), "\\T\\");
}

TEST(FinePoints, UnescapedTextInObx5) {
    const std::string html = "<p>a &amp; b^c ~ C:\\dir</p>";
    const std::string payload = kMsh + "OBX|1|ED|c||" + html + "|x\r";
    const Parsed parsed(payload);
    EXPECT_EQ(parsed.raw("OBX-5"), html);  // the whole field, whatever stands in it
    EXPECT_EQ(parsed.raw("OBX-6"), "x");
    EXPECT_EQ(parsed.text("OBX-5"), html);
    Edit edit(parsed.message());
    ASSERT_TRUE(edit.set(*parse_path("OBX-6"), "y").ok());
    EXPECT_EQ(edit.apply(), kMsh + "OBX|1|ED|c||" + html + "|y\r");
}

TEST(FinePoints, Repetition) {
    const Parsed parsed(kMsh + "PID|||~x~|||||M~F\r");
    EXPECT_EQ(parsed.message().repetitions(parsed.raw("PID-3")).size(), 3U);
    EXPECT_EQ(parsed.presence("PID-3[1]"), Presence::Empty);
    EXPECT_EQ(parsed.raw("PID-3[2]"), "x");
    EXPECT_EQ(parsed.presence("PID-3[3]"), Presence::Empty);
    EXPECT_EQ(parsed.presence("PID-3[4]"), Presence::Absent);
    EXPECT_EQ(parsed.raw("PID-8[2]"), "F");  // wherever it stands
}

TEST(FinePoints, Subcomponent) {
    const Parsed parsed(kMsh + "PID|||foo&bar|&\r");
    EXPECT_EQ(parsed.raw("PID-3.1.1"), "foo");
    EXPECT_EQ(parsed.raw("PID-3.1.2"), "bar");
    EXPECT_EQ(parsed.presence("PID-4.1.1"), Presence::Empty);
    EXPECT_EQ(parsed.presence("PID-4.1.2"), Presence::Empty);
    EXPECT_EQ(parsed.presence("PID-4.1.3"), Presence::Absent);
}

TEST(FinePoints, NullEmptyAbsent) {
    const Parsed parsed(kMsh + "PID|||\"\"||\"\"^x\r");
    EXPECT_EQ(parsed.presence("PID-3"), Presence::Null);
    EXPECT_FALSE(parsed.get("PID-3").has_value());
    EXPECT_EQ(parsed.presence("PID-4"), Presence::Empty);
    EXPECT_EQ(parsed.presence("PID-5.1"), Presence::Null);
    EXPECT_EQ(parsed.presence("PID-6"), Presence::Absent);
    EXPECT_EQ(parsed.presence("ZZZ-1"), Presence::Absent);
}

TEST(FinePoints, TrailingDelimiters) {
    const std::string payload = kMsh + "PID|1||7^^^&&~~||||\rPV1||\r";
    const Parsed parsed(payload);
    EXPECT_EQ(Edit(parsed.message()).apply(), payload);
    EXPECT_EQ(parsed.message().field_count(1), 7U);
    EXPECT_EQ(parsed.raw("PID-3"), "7^^^&&~~");
}

TEST(FinePoints, Charset) {
    for (const std::string_view name : {"UNICODE UTF-8",
                                        "utf-8",
                                        "8859/1",
                                        "ISO-8859-1",
                                        "latin1",
                                        "ISO IR87",
                                        "GB 18030-2000",
                                        "KS X 1001",
                                        "CNS 11643-1992",
                                        "BIG-5",
                                        "CP1252"}) {
        EXPECT_NE(find_charset(name), nullptr) << name;
    }
    EXPECT_EQ(read_charset("UNICODE UTF-16", '~').kind, CharsetChoice::Kind::Forbidden);
    EXPECT_EQ(&guess_charset("M\xFCller"), &windows_1252());

    // 0x7C is a byte of a character here: only conversion before splitting keeps the field whole.
    Recoder recoder(Invalid::Reject);
    std::string text;
    ASSERT_TRUE(recoder
                    .to_utf8("MSH|^~\\&|A|||||||||||||||~ISO IR87\rPID|||\x1B$BF|\x1B(B^x\r",
                             read_charset("~ISO IR87", '~'),
                             text)
                    .ok());
    const Parsed parsed(text);
    EXPECT_EQ(parsed.raw("MSH-18"), "UNICODE UTF-8");
    EXPECT_EQ(parsed.raw("PID-3.1"), "日");
    EXPECT_EQ(parsed.raw("PID-3.2"), "x");
}

TEST(FinePoints, Version) {
    for (const std::string_view version : {"2.5^DEU", "2.3.z", "", "\"\"", "99", "two", "2."}) {
        const std::string message = "MSH|^~\\&|||||||||P|" + std::string{version} + "|\r";
        const auto header = Header::parse(message);
        ASSERT_TRUE(header.ok());
        EXPECT_EQ(header->is_version_at_least(2, 4), version == "2.5^DEU" || version == "99");
        EXPECT_EQ(Parsed(message).raw("MSH-12"), version);
    }
}

TEST(FinePoints, Batch) {
    // The first trailer is wrong; C makes a batch without BHS and BTS.
    EXPECT_EQ(
        read_file_events("FHS|^~\\&|\rBHS|^~\\&|\rMSH|^~\\&|A\rMSH|^~\\&|B\rBTS|3\r"
                         "MSH|^~\\&|C\rFTS|2\r"),
        (std::vector<std::string>{"message", "message", "batch 2 of 3", "message", "file 2 of 2"}));
    EXPECT_EQ(read_file_events("BHS|^~\\&|\rMSH|^~\\&|A\rBTS|1\r"),
              (std::vector<std::string>{"message", "batch 1 of 1"}));
    EXPECT_EQ(read_file_events("FHS|^~\\&|\rMSH|^~\\&|A\rFTS|1\r"),
              (std::vector<std::string>{"message", "file 1 of 1"}));
}

TEST(FinePoints, Continuation) {
    FragmentJoiner joiner;
    for (const char* fragment : {"MSH|^~\\&|A\rOBX|1|FT|c||first ha\rADD|\rDSC|p1|F\r",
                                 "MSH|^~\\&|A|||||||||||p1\rADD|lf|mg\rOBX|2\r"}) {
        ASSERT_TRUE(joiner.add(Parsed(fragment).message()).ok());
    }
    EXPECT_EQ(joiner.message(), "MSH|^~\\&|A\rOBX|1|FT|c||first half|mg\rOBX|2\r");
}

TEST(FinePoints, ZSegments) {
    const Parsed parsed(kMsh + "ZPI|1||a\rOBX|1\rZPI|2||b&c^d\r");
    EXPECT_EQ(parsed.raw("ZPI-3"), "a");
    EXPECT_EQ(parsed.raw("ZPI[2]-3.1.2"), "c");
    EXPECT_EQ(parsed.raw("ZPI[2]-3.2"), "d");
    EXPECT_EQ(parsed.presence("ZPI[3]-3"), Presence::Absent);
    std::vector<std::string> all;
    parsed.message().for_each(
        *parse_path("ZPI[*]-1"),
        [&](std::size_t, std::uint32_t, const Value& value) { all.emplace_back(value.raw); });
    EXPECT_EQ(all, (std::vector<std::string>{"1", "2"}));
}

}  // namespace
}  // namespace aorta::hl7
