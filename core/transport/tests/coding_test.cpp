#include "transport/coding.hpp"

namespace aorta::transport {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kObservation =
    R"({"resourceType":"Observation","id":"2f6c","status":"final","code":{"coding":[{"system":)"
    R"("http://loinc.org","code":"8867-4","display":"Heart rate"}]},"subject":{"reference":)"
    R"("Patient/9a1b"},"valueQuantity":{"value":71,"unit":"/min","system":)"
    R"("http://unitsofmeasure.org","code":"/min"}})";

TEST(LinkCoding, TheDictionaryMakesOneSmallRecordAThirdOfItself) {
    Coder coder;
    std::string with;
    EXPECT_EQ(coder.compress(kObservation, true, with), Coding::Dictionary);
    EXPECT_LE(with.size(), kObservation.size() / 3);
    const auto back = coder.decode(
        {.coding = Coding::Dictionary, .length = kObservation.size(), .body = with}, {}, 1'000);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->bytes, kObservation);
}

TEST(LinkCoding, WorksWithoutTheDictionary) {
    Coder coder;
    std::string coded;
    EXPECT_EQ(coder.compress(kObservation, false, coded), Coding::Zstd);
    const auto back = coder.decode(
        {.coding = Coding::Zstd, .length = kObservation.size(), .body = coded}, {}, 1'000);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->bytes, kObservation);
}

TEST(LinkCoding, WhatDoesNotShrinkGoesAsItIs) {
    Coder coder;
    std::string noise;
    for (std::uint32_t i = 0, state = 1; i < 500; ++i) {
        state = state * 1'664'525 + 1'013'904'223;
        noise += static_cast<char>(state >> 24U);
    }
    std::string coded;
    EXPECT_EQ(coder.compress(noise, false, coded), Coding::Plain);
    EXPECT_EQ(coded, noise);
}

TEST(LinkCoding, RefusesBodiesThatAreNotWhatTheySay) {
    Coder coder;
    std::string coded;
    coder.compress(kObservation, true, coded);
    const auto length = kObservation.size();
    const auto refused =
        [&](Coding coding, std::uint64_t said, std::string_view body, std::uint64_t most) {
            return !coder.decode({.coding = coding, .length = said, .body = body}, {}, most).ok();
        };
    EXPECT_TRUE(refused(Coding::Dictionary, length + 1, coded, 1'000));
    EXPECT_TRUE(refused(Coding::Dictionary, length - 1, coded, 1'000));
    EXPECT_TRUE(refused(Coding::Dictionary, length, coded, length - 1));
    EXPECT_TRUE(refused(Coding::Dictionary, length, std::string_view{coded}.substr(0, 20), 1'000));
    EXPECT_TRUE(refused(Coding::Zstd, length, coded, 1'000));
    EXPECT_TRUE(refused(Coding::Zstd, length, "", 1'000));
    EXPECT_TRUE(refused(Coding::Plain, 3, "four", 1'000));
}

TEST(LinkLineSpeed, IsFastWhenMuchArrivesSoonAndSlowWhenLate) {
    LineSpeed line{true};
    line.sent(1'000'000, 1s);
    line.arrived(1'000'000, 1s + 10ms);  // 100 MB/s
    EXPECT_FALSE(line.is_slow());
    line.sent(1'000'000, 2s);
    line.arrived(2'000'000, 2s + 50ms);  // 20 MB/s: between the bounds nothing changes
    EXPECT_FALSE(line.is_slow());
    line.sent(1'000'000, 3s);
    line.arrived(3'000'000, 3s + 100ms);
    EXPECT_TRUE(line.is_slow());
}

TEST(LinkLineSpeed, LearnsNothingFromLittle) {
    LineSpeed line{true};
    line.sent(1'000, 1s);
    line.arrived(1'000, 1s);
    EXPECT_TRUE(line.is_slow());
}

}  // namespace
}  // namespace aorta::transport
