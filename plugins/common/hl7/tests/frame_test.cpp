#include "common/hl7/frame.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace aorta::hl7 {
namespace {

using List = std::vector<std::string>;

/// Events as text, "frame@1:abc".
class Collector {
public:
    explicit Collector(std::size_t limit = 1000) : reader_(limit) {}

    void feed(std::string_view bytes) {
        reader_.feed(bytes, [this](const FrameEvent& event) { add(event); });
    }

    List close() {
        reader_.close([this](const FrameEvent& event) { add(event); });
        return events_;
    }

    const List& events() const { return events_; }

    const FrameReader& reader() const { return reader_; }

private:
    void add(const FrameEvent& event) {
        constexpr const char* kNames[] = {
            "frame", "noise", "no_cr", "resync", "oversize", "truncated"};
        const std::string name = kNames[static_cast<int>(event.kind)];
        const std::string what = event.kind == FrameEvent::Kind::Frame ? std::string{event.payload}
                                                                       : std::to_string(event.size);
        events_.push_back(name + "@" + std::to_string(event.offset) + ":" + what);
    }

    FrameReader reader_;
    List events_;
};

struct Case {
    std::string bytes;
    List expected;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases = {
        {"", {}},
        {"\x0B"
         "abc\x1C\r",
         {"frame@1:abc"}},
        {"\x0B\x1C\r", {"frame@1:"}},
        {"\x0B"
         "a\x1C\r\x0B"
         "bc\x1C\r",
         {"frame@1:a", "frame@5:bc"}},
        {"xy\x0B"
         "a\x1C\r\r\n\x0B"
         "b\x1C\r",
         {"noise@0:2", "frame@3:a", "noise@6:2", "frame@9:b"}},
        {"\x0B"
         "a\x1C\x0B"
         "b\x1C\r",
         {"frame@1:a", "no_cr@3:0", "frame@4:b"}},
        {"\x0B"
         "a\x1Cxy\x0B"
         "b\x1C\r",
         {"frame@1:a", "no_cr@3:0", "noise@3:2", "frame@6:b"}},
        {"\x0B"
         "a\x1C",
         {"frame@1:a", "no_cr@3:0"}},
        {"\x0B"
         "abc\x0B"
         "d\x1C\r",
         {"resync@1:3", "frame@5:d"}},
        {"\x0B\x0B\x0B"
         "d\x1C\r",
         {"resync@1:0", "resync@2:0", "frame@3:d"}},
        {"\x0B"
         "ab",
         {"truncated@1:2"}},
        {"\x0B", {"truncated@1:0"}},
        {"ab\r\n", {"noise@0:4"}},
        {"\x1C\r", {"noise@0:2"}},
        {"\x0B"
         "123456789\x1C\r\x0B"
         "a\x1C\r",
         {"oversize@1:9", "frame@13:a"}},
        {"\x0B"
         "12345678\x1C\r",
         {"frame@1:12345678"}},
        {"\x0B"
         "123456789\x0B"
         "a\x1C\r",
         {"resync@1:9", "frame@11:a"}},
        {"\x0B"
         "123456789",
         {"truncated@1:9"}},
        {"\x0B\x06\x1C\r", {"frame@1:\x06"}},
        {"\x0B"
         "a\rb\nc\x1C\r",
         {"frame@1:a\rb\nc"}},
    };
    return kCases;
}

TEST(FrameReader, ReportsWhatItSees) {
    for (const Case& c : cases()) {
        Collector all(8);
        all.feed(c.bytes);
        EXPECT_EQ(all.close(), c.expected) << testing::PrintToString(c.bytes);
    }
}

TEST(FrameReader, DoesNotCareHowTheBytesAreSplit) {
    std::mt19937 random(23);
    std::string everything;
    for (const Case& c : cases()) {
        everything += c.bytes;
        for (std::size_t cut = 0; cut <= c.bytes.size(); ++cut) {
            Collector parts(8);
            parts.feed(c.bytes.substr(0, cut));
            parts.feed(c.bytes.substr(cut));
            EXPECT_EQ(parts.close(), c.expected);
        }
        Collector single(8);
        for (const char byte : c.bytes) {
            single.feed({&byte, 1});
        }
        EXPECT_EQ(single.close(), c.expected);
    }
    Collector whole(8);
    whole.feed(everything);
    const List expected = whole.close();
    for (int round = 0; round < 300; ++round) {
        Collector parts(8);
        for (std::size_t at = 0; at < everything.size();) {
            const std::size_t size = std::min(everything.size() - at, 1 + random() % 7);
            parts.feed(std::string_view{everything}.substr(at, size));
            at += size;
        }
        EXPECT_EQ(parts.close(), expected);
    }
}

TEST(FrameReader, DeliversBeforeTheFinalCr) {
    Collector collector;
    collector.feed(
        "\x0B"
        "abc\x1C");
    EXPECT_EQ(collector.events(), List{"frame@1:abc"});
    EXPECT_FALSE(collector.reader().in_frame());
    collector.feed("\r");
    EXPECT_EQ(collector.close(), List{"frame@1:abc"});
}

TEST(FrameReader, HoldsNoMoreThanOneFrame) {
    Collector collector(100);
    collector.feed("\x0B");
    for (int i = 0; i < 1000; ++i) {
        collector.feed("0123456789");
        EXPECT_LE(collector.reader().buffered_bytes(), 100U);
    }
    collector.feed("\x1C\r");
    EXPECT_EQ(collector.close(), List{"oversize@1:10000"});
}

TEST(FrameReader, CountsNoiseThatNeverEnds) {
    Collector collector;
    collector.feed(std::string(5000, 'x'));
    collector.feed(std::string(5000, 'x'));
    EXPECT_EQ(collector.reader().pending_noise_bytes(), 10000U);
    EXPECT_EQ(collector.reader().buffered_bytes(), 0U);
}

TEST(FrameReader, IsAsNewAfterClose) {
    FrameReader reader(10);
    std::vector<std::uint64_t> offsets;
    const auto on_event = [&](const FrameEvent& event) { offsets.push_back(event.offset); };
    reader.feed(
        "\x0B"
        "a",
        on_event);
    reader.close(on_event);
    reader.feed(
        "\x0B"
        "a\x1C\r",
        on_event);
    EXPECT_EQ(offsets, (std::vector<std::uint64_t>{1, 1}));
}

TEST(Frame, WrapsAPayload) {
    EXPECT_EQ(frame("abc"),
              "\x0B"
              "abc\x1C\r");
    std::string out = "x";
    append_frame("", out);
    EXPECT_EQ(out, "x\x0B\x1C\r");
}

}  // namespace
}  // namespace aorta::hl7
