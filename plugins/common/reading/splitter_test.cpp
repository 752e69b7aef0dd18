#include "common/reading/splitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aorta::reading {
namespace {

struct Case {
    Format format;
    std::string bytes;
    std::vector<std::string> expected;
};

std::vector<std::string> split(Format format, std::string_view bytes, std::size_t chunk) {
    std::vector<std::string> all;
    Splitter splitter{
        format, 20, 100, [&](const Piece& piece) {
            constexpr const char* kNames[] = {"",
                                              "too large ",
                                              "no message ",
                                              "noise ",
                                              "truncated ",
                                              "end inside ",
                                              "no trailer ",
                                              "mismatch "};
            all.push_back(kNames[static_cast<int>(piece.kind)] + std::string{piece.bytes} + "@" +
                          std::to_string(piece.begin) + "-" + std::to_string(piece.end));
        }};
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
        splitter.feed(bytes.substr(at, chunk));
    }
    splitter.finish();
    return all;
}

TEST(Splitter, CutsTheSameWayHoweverTheBytesCome) {
    const Case cases[] = {
        {Format::Lines, "a\nbc\r\n\nd", {"a@100-102", "bc@102-106", "@106-107", "d@107-108"}},
        {Format::Lines, "", {}},
        {Format::Lines, "\n", {"@100-101"}},
        {Format::Lines,
         std::string(20, 'x') + "\ny\n",
         {std::string(20, 'x') + "@100-121", "y@121-123"}},
        {Format::Lines, std::string(21, 'x') + "\ny\n", {"too large @100-122", "y@122-124"}},
        {Format::Lines, "y\n" + std::string(50, 'x'), {"y@100-102", "too large @102-152"}},
        {Format::Ndjson, "{}\n  \r\n{\"a\":1}\n", {"{}@100-103", "{\"a\":1}@107-115"}},
        {Format::Whole, "a\nb\n", {"a\nb\n@100-104"}},
        {Format::Whole, "", {}},
        {Format::Whole, std::string(21, 'x'), {"too large @100-121"}},
        {Format::Hl7v2, "MSH|1\rMSH|2\r", {"MSH|1\r@100-106", "MSH|2\r@106-112"}},
        {Format::Hl7v2, "BHS|^~\\&\rMSH|1\rBTS|2\r", {"MSH|1\r@109-115", "mismatch @115-121"}},
        {Format::Hl7v2, "BHS|^~\\&\rMSH|1\r", {"MSH|1\r@109-115", "no trailer @115-115"}},
        {Format::Hl7v2, "MSH|1\rBTS|x\r", {"MSH|1\r@100-106"}},
    };
    for (const Case& c : cases) {
        for (const std::size_t chunk : {1U, 2U, 3U, 7U, 1000U}) {
            EXPECT_EQ(split(c.format, c.bytes, chunk), c.expected) << c.bytes << " by " << chunk;
        }
    }
}

TEST(Splitter, NoiseAndCutFramesAreSaid) {
    EXPECT_THAT(split(Format::Hl7v2, "hello\rMSH|1\r", 1000),
                ::testing::Contains(::testing::StartsWith("no message ")));
    EXPECT_THAT(split(Format::Hl7v2, "\x0BMSH|1\r", 1000),
                ::testing::Contains(::testing::StartsWith("truncated ")));
}

TEST(Format, HasAContentType) {
    EXPECT_EQ(content_type_of(format_of("hl7v2")), "bytes");
    EXPECT_EQ(content_type_of(format_of("lines")), "text");
    EXPECT_EQ(content_type_of(format_of("ndjson")), "json");
    EXPECT_EQ(content_type_of(format_of("whole")), "bytes");
}

}  // namespace
}  // namespace aorta::reading
