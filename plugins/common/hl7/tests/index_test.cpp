#include "common/hl7/index.hpp"

#include "common/hl7/message.hpp"
#include "common/hl7/reason.hpp"
#include "common/hl7/scan.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace aorta::hl7 {
namespace {

using namespace std::string_literals;

std::vector<std::string> segments_of(const std::string& payload) {
    IndexBuilder builder;
    const Result<void> built = builder.build(payload);
    if (!built.ok()) {
        return {std::string{reason_id(built.error())}};
    }
    const Message message(payload, builder.view());
    std::vector<std::string> out;
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        out.emplace_back(message.segment(i));
    }
    return out;
}

TEST(Delimiters, ReadsWhatTheSegmentDeclares) {
    struct Case {
        std::string segment;
        Delimiters expected;
    };

    const Case cases[] = {
        {"MSH|^~\\&|A", {'|', '^', '~', '\\', '&', 0}},
        {"MSH|^~\\&#|A", {'|', '^', '~', '\\', '&', '#'}},
        {"MSH!@%*:!A", {'!', '@', '%', '*', ':', 0}},
        {"MSH|^~|A", {'|', '^', '~', 0, 0, 0}},
        {"MSH|^\r", {'|', '^', 0, 0, 0, 0}},
        {"MSH|^~\\&", {'|', '^', '~', '\\', '&', 0}},
        {"BHS|^~\\&|A", {'|', '^', '~', '\\', '&', 0}},
    };
    for (const Case& c : cases) {
        const auto got = parse_delimiters(c.segment);
        ASSERT_TRUE(got.ok()) << c.segment;
        EXPECT_EQ(*got, c.expected) << c.segment;
    }
}

TEST(Delimiters, RefusesWithAReason) {
    struct Case {
        std::string segment;
        std::string_view reason;
    };

    const Case cases[] = {
        {"", kNoMsh},
        {"MSH", kNoMsh},
        {"PID|1", kNoMsh},
        {"msh|^~\\&|", kNoMsh},
        {"MSH||A", kBadDelimiters},
        {"MSH|", kBadDelimiters},
        {"MSH|\r", kBadDelimiters},
        {"MSHA^~\\&A", kBadDelimiters},
        {"MSH|^~\\^|", kBadDelimiters},
        {"MSH|^^|", kBadDelimiters},
        {"MSH|^~\\&#$|", kBadDelimiters},
        {"MSH|^~\\ |", kBadDelimiters},
        {"MSH|^~\\E|", kBadDelimiters},
        {"MSH|\xC3\xA4|", kBadDelimiters},
        {"MSH\x00^~\\&"s, kBadDelimiters},
    };
    for (const Case& c : cases) {
        const auto got = parse_delimiters(c.segment);
        ASSERT_FALSE(got.ok()) << c.segment;
        EXPECT_EQ(reason_id(got.error()), c.reason) << c.segment;
    }
}

TEST(Index, FindsSegmentsHoweverLinesEnd) {
    using List = std::vector<std::string>;

    struct Case {
        std::string payload;
        List expected;
    };

    const std::string msh = "MSH|^~\\&|A";
    const Case cases[] = {
        {msh, {msh}},
        {msh + "\rPID|1\r", {msh, "PID|1"}},
        {msh + "\rPID|1", {msh, "PID|1"}},
        {msh + "\nPID|1\n", {msh, "PID|1"}},
        {msh + "\r\nPID|1\r\n", {msh, "PID|1"}},
        {msh + "\r\nPID|1", {msh, "PID|1"}},
        {msh + "\r\r\r\nPID|1\r\r", {msh, "PID|1"}},
        {msh + "\n\n\nPID|1\n\n", {msh, "PID|1"}},
        // A line feed inside a CR-terminated message is data.
        {msh + "\rNTE|1|a\nb|c\rPID|1\r", {msh, "NTE|1|a\nb|c", "PID|1"}},
        {"\xEF\xBB\xBF" + msh + "\rPID|1\r", {msh, "PID|1"}},
        {"\r\n\r\n" + msh + "\rPID|1\r", {msh, "PID|1"}},
        {msh + "\rP\rPIDX|1\r|x\r", {msh, "P", "PIDX|1", "|x"}},
        {"", {std::string{kNoMsh}}},
        {"PID|1\r" + msh, {std::string{kNoMsh}}},
        {"BHS|^~\\&|\r" + msh, {std::string{kNoMsh}}},
        {"MSH|^^|\r", {std::string{kBadDelimiters}}},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(segments_of(c.payload), c.expected) << c.payload;
    }
}

TEST(Index, MarksNamesThatAreNoNames) {
    const std::string payload = "MSH|^~\\&|A\rPID|1\rPIDX|1\rP|1\rpid|1\rZ12|x\r\x01\x02|\r";
    IndexBuilder builder;
    ASSERT_TRUE(builder.build(payload).ok());
    const Message message(payload, builder.view());
    std::vector<bool> well_formed;
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        well_formed.push_back(message.is_well_formed(i));
    }
    EXPECT_EQ(well_formed, (std::vector<bool>{true, true, false, false, false, true, false}));
    EXPECT_EQ(message.count("PID"), 1U);
    EXPECT_FALSE(message.find("pid"));
}

TEST(Index, RefusesAboveItsLimits) {
    const std::string msh = "MSH|^~\\&|A\r";

    struct Case {
        std::string payload;
        std::string_view reason;
    };

    IndexLimits limits;
    limits.max_bytes = 10000;
    limits.max_segments = 100;
    limits.max_fields = 1000;
    const Case cases[] = {
        {msh + std::string(10000, 'x'), kTooLarge},
        {msh + std::string(200, '\r'), kTooManySegments},
        {msh + "OBX" + std::string(1100, '|'), kTooManyFields},
        {msh + "OBX" + std::string(6000, '|'), kTooManyFields},
    };
    IndexBuilder builder(limits);
    for (const Case& c : cases) {
        const auto built = builder.build(c.payload);
        ASSERT_FALSE(built.ok());
        EXPECT_EQ(reason_id(built.error()), c.reason);
        EXPECT_EQ(builder.view().header->segment_count, 0U);
    }
    EXPECT_TRUE(builder.build(msh + "PID|1\r").ok());
}

TEST(Index, BlockReadsAsTheBuilderDoes) {
    const std::string payload = "MSH|^~\\&|A|B\r\rPID|1||X^Y~Z\rNTE|";
    IndexBuilder builder;
    ASSERT_TRUE(builder.build(payload).ok());
    std::vector<std::uint32_t> block(builder.block_size() / 4);
    builder.copy_to(block.data());
    const auto view = IndexView::open(block.data(), builder.block_size(), payload);
    ASSERT_TRUE(view.ok());
    const Message built(payload, builder.view());
    const Message copied(payload, *view);
    ASSERT_EQ(copied.segment_count(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(copied.segment(i), built.segment(i));
        ASSERT_EQ(copied.field_count(i), built.field_count(i));
        for (std::size_t n = 0; n <= built.field_count(i) + 1; ++n) {
            EXPECT_EQ(copied.field(i, n), built.field(i, n));
        }
    }
}

TEST(Index, OpenRefusesWhatDoesNotFit) {
    const std::string payload = "MSH|^~\\&|A\rPID|1\r";
    IndexBuilder builder;
    ASSERT_TRUE(builder.build(payload).ok());
    std::vector<std::uint32_t> block(builder.block_size() / 4);
    builder.copy_to(block.data());
    const std::size_t size = builder.block_size();
    EXPECT_FALSE(IndexView::open(block.data(), size - 4, payload).ok());
    EXPECT_FALSE(IndexView::open(block.data(), 8, payload).ok());
    EXPECT_FALSE(IndexView::open(block.data(), size, payload + "x").ok());
    block[0] = 2;
    EXPECT_FALSE(IndexView::open(block.data(), size, payload).ok());
}

TEST(Scan, AllInstructionSetsAgreeOnRandomBytes) {
    std::mt19937 random(11);
    const std::string alphabet = "|||^~\\&\r\nabc\x00\xFF"s;
    for (int round = 0; round < 400; ++round) {
        const std::size_t size = round < 200 ? static_cast<std::size_t>(round) : random() % 20000;
        // Exactly as much memory as there is text, so that the sanitizer sees any read beyond it.
        const std::vector<char> text = [&] {
            std::vector<char> out(size);
            for (char& c : out) {
                c = alphabet[random() % (round % 3 == 0 ? 3 : alphabet.size())];
            }
            return out;
        }();
        const std::string_view view(text.data(), text.size());
        std::vector<std::uint32_t> hits;
        std::vector<std::uint32_t> terminators;
        for (std::uint32_t i = 0; i < size; ++i) {
            if (text[i] == '\r') {
                terminators.push_back(static_cast<std::uint32_t>(hits.size()));
            }
            if (text[i] == '|' || text[i] == '\r') {
                hits.push_back(i);
            }
        }
        for (const Isa isa : {Isa::Portable, Isa::Sse2, Isa::Avx2}) {
            ScanResult result;
            ASSERT_TRUE(scan(view, '|', '\r', size, size, isa, result));
            result.hits.resize(result.hit_count);
            result.terminators.resize(result.terminator_count);
            ASSERT_EQ(result.hits, hits) << "size " << size << " isa " << static_cast<int>(isa);
            ASSERT_EQ(result.terminators, terminators);
        }
    }
}

TEST(Scan, FindEitherFindsTheFirst) {
    std::mt19937 random(5);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string text(size, 'x');
        for (int i = 0; i < 2 && size > 0; ++i) {
            text[random() % size] = i == 0 ? 'a' : 'b';
        }
        EXPECT_EQ(find_either(text, 'a', 'b'), text.find_first_of("ab"));
    }
}

}  // namespace
}  // namespace aorta::hl7
