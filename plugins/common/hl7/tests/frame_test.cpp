#include "common/hl7/frame.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace aorta::hl7 {
namespace {

using List = std::vector<std::string>;

/// Events as text, "frame@1:abc".
class Collector {
public:
    explicit Collector(std::size_t limit = 1000, const FrameBytes& bytes = {})
        : reader_(limit, bytes) {}

    void feed(std::string_view bytes) {
        reader_.feed(bytes, [this](const FrameEvent& event) { add(event); });
    }

    void settle() {
        reader_.settle([this](const FrameEvent& event) { add(event); });
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
            "frame", "noise", "no_cr", "resync", "oversize", "end_inside", "truncated"};
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
         {"end_inside@1:4", "frame@6:b"}},
        {"\x0B"
         "a\x1Cx\x1C\ny\x1C\r\x0B"
         "b\x1C\r",
         {"end_inside@1:6", "frame@10:b"}},
        {"\x0B"
         "a\x1Cxy\x1C",
         {"end_inside@1:4", "no_cr@6:0"}},
        {"\x0B"
         "a\x1Cxy",
         {"end_inside@1:4"}},
        {"\x0B"
         "12345678\x1C"
         "9\x1C\r",
         {"end_inside@1:10"}},
        {"\x0B"
         "a\x1C\n\x0B"
         "b\x1C\n",
         {"frame@1:a", "no_cr@4:0", "frame@5:b", "no_cr@8:0"}},
        {"\x0B"
         "a\x1C\nb\x1C\r",
         {"end_inside@1:4"}},
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

/// The events of a stream that came in pieces of 1 to `most` bytes, where `most` differs each time.
List cut_at_random(std::string_view stream,
                   const FrameBytes& bytes,
                   std::mt19937& random,
                   std::size_t limit = 8) {
    Collector parts(limit, bytes);
    const std::size_t most = 1 + random() % (random() % 2 == 0 ? 7 : 500);
    while (!stream.empty()) {
        const std::size_t size = std::min<std::size_t>(stream.size(), 1 + random() % most);
        parts.feed(stream.substr(0, size));
        stream.remove_prefix(size);
    }
    return parts.close();
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
    EXPECT_EQ(cut_at_random(everything, {}, random), whole.close());
}

/// Messages of every size around the limit, with all that goes wrong between and inside frames.
std::string long_stream(const FrameBytes& bytes, std::mt19937& random) {
    std::string stream;
    for (int i = 0; i < 50; ++i) {
        std::string payload = "MSH|^~\\&|A|B\rPID|1\r" + std::string(random() % 40, 'x');
        if (random() % 8 == 0) {
            payload += std::string(1, '\r') + "\n\x1c\x0b"[random() % 4];
        }
        append_frame(payload, stream, bytes);
        if (random() % 4 == 0) {
            stream.pop_back();  // no last byte
        }
        if (random() % 4 == 0) {
            stream += std::string(1 + random() % 5, "\r\nx "[random() % 4]);
        }
    }
    return stream;
}

TEST(FrameReader, TenThousandRandomCutsGiveTheSameMessages) {
    const char* given = std::getenv("AORTA_TEST_SEED");  // to repeat a failure
    const std::uint32_t seed =
        given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : std::random_device{}();
    std::cout << "AORTA_TEST_SEED=" << seed << '\n';
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const FrameBytes plain;
    const FrameBytes other{'\x02', '\x03', std::nullopt};
    for (const FrameBytes& bytes : {plain, other}) {
        const std::string stream = long_stream(bytes, random);
        Collector whole(48, bytes);
        whole.feed(stream);
        const List expected = whole.close();
        ASSERT_GT(expected.size(), 50U);
        for (int round = 0; round < 5000; ++round) {
            ASSERT_EQ(cut_at_random(stream, bytes, random, 48), expected) << "round " << round;
        }
    }
}

TEST(FrameReader, DeliversBeforeTheFinalCrWhenNothingFollows) {
    Collector collector;
    collector.feed(
        "\x0B"
        "abc\x1C");
    EXPECT_EQ(collector.events(), List{});
    EXPECT_TRUE(collector.reader().awaits_silence());
    collector.settle();
    EXPECT_EQ(collector.events(), List{"frame@1:abc"});
    EXPECT_FALSE(collector.reader().in_frame());
    EXPECT_FALSE(collector.reader().awaits_silence());
    EXPECT_EQ(collector.reader().buffered_bytes(), 0U);
    collector.settle();
    collector.feed("\r");
    EXPECT_EQ(collector.close(), List{"frame@1:abc"});
}

TEST(FrameReader, GivesUpAFrameWithAnEndByteInsideWhenNothingFollows) {
    Collector collector;
    collector.feed(
        "\x0B"
        "abc\x1C"
        "d");
    collector.settle();
    EXPECT_EQ(collector.events(), List{"end_inside@1:5"});
    EXPECT_FALSE(collector.reader().in_frame());
}

TEST(FrameReader, KeepsTheBeginningOfAFrameWithAnEndByteInside) {
    const std::string stream = "\x0BMSH|a\x1C" + std::string(20'000, 'x') + "\x1C\r";
    for (const std::size_t step : {std::size_t{1}, std::size_t{4096}, stream.size()}) {
        FrameReader reader(100'000);
        List payloads;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            reader.feed(std::string_view{stream}.substr(at, step),
                        [&](const FrameEvent& event) { payloads.emplace_back(event.payload); });
            EXPECT_LE(reader.buffered_bytes(), 8192U);
        }
        EXPECT_EQ(payloads, List{"MSH|a" + std::string(8187, 'x')}) << "by " << step;
    }
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

TEST(FrameReader, KeepsTheBeginningOfAFrameThatIsTooLarge) {
    const std::string stream = frame("MSH|begin" + std::string(50'000, 'x')) + frame("next");
    for (const std::size_t step : {std::size_t{1}, std::size_t{4096}, stream.size()}) {
        FrameReader reader(10'000);
        List payloads;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            reader.feed(std::string_view{stream}.substr(at, step),
                        [&](const FrameEvent& event) { payloads.emplace_back(event.payload); });
            EXPECT_LE(reader.buffered_bytes(), 10'000U);
        }
        EXPECT_EQ(payloads, (List{stream.substr(1, 8192), "next"})) << "by " << step;
    }
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

TEST(FrameBytes, TakesWhatAMessageDoesNotHold) {
    using Numbers = std::vector<std::int64_t>;
    const Numbers usual = {0x1C, 0x0D};
    EXPECT_EQ(*FrameBytes::make(0x0B, usual), FrameBytes{});
    const auto stx_etx = FrameBytes::make(0x02, Numbers{0x03});
    ASSERT_TRUE(stx_etx.ok());
    EXPECT_EQ(frame("abc", *stx_etx),
              "\x02"
              "abc\x03");
    EXPECT_TRUE(stx_etx->can_hold("a\x0b\x1c"));
    EXPECT_FALSE(stx_etx->can_hold("a\x02"));
    EXPECT_FALSE(stx_etx->can_hold("a\x03"));

    const std::pair<std::int64_t, Numbers> refused[] = {{0x0B, {}},
                                                        {0x0B, {1, 2, 3}},
                                                        {0x0B, {0x0B}},
                                                        {0x0B, {0x0D}},
                                                        {0x0A, {0x1C}},
                                                        {0x09, {0x1C}},
                                                        {'A', {0x1C}},
                                                        {0x0B, {'A'}},
                                                        {0x0B, {0x1C, 256}},
                                                        {-1, {0x1C}}};
    for (const auto& [start, end] : refused) {
        EXPECT_FALSE(FrameBytes::make(start, end).ok()) << start;
    }
}

TEST(FrameReader, ReadsOtherFrameBytes) {
    Collector one(100, {'\x02', '\x03', std::nullopt});
    one.feed(
        "x\x02"
        "a\x0b"
        "b\x03\x02"
        "c\x03\r");
    EXPECT_EQ(one.close(),
              (List{"noise@0:1",
                    "frame@2:a\x0b"
                    "b",
                    "frame@7:c",
                    "noise@9:1"}));
    Collector two(100, {'\x02', '\x03', '\x04'});
    two.feed(
        "\x02"
        "a\x03\x04\x02"
        "b\x03\x02"
        "c\x03\x04");
    EXPECT_EQ(two.close(), (List{"frame@1:a", "frame@5:b", "no_cr@7:0", "frame@8:c"}));
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
