#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

namespace aorta::testing {
namespace {

using namespace std::chrono_literals;

const std::string kPlugin = std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_dedupe.so";
constexpr const char* kFirst = "MSH|^~\\&|L|H|||2026||ORU^R01|M1|P|2.5.1\rPID|1\r";
constexpr const char* kSecond = "MSH|^~\\&|L|H|||2026||ORU^R01|M2|P|2.5.1\rPID|1\r";
constexpr const char* kWithoutId = "MSH|^~\\&|L|H|||2026||ORU^R01||P|2.5.1\rPID|1\r";

std::unique_ptr<Harness> open(std::string_view options) {
    auto harness = Harness::open(kPlugin, options);
    EXPECT_TRUE(harness.ok()) << harness.error().message;
    return std::move(*harness);
}

TEST(Dedupe, FiltersWhatItHasSeen) {
    const auto node = open("{ window: 1h }");
    EXPECT_EQ(node->process(kFirst).verdict, AORTA_PASS);
    EXPECT_EQ(node->process(kSecond).verdict, AORTA_PASS);
    const Outcome again = node->process(kFirst);
    EXPECT_EQ(again.verdict, AORTA_DROP);
    EXPECT_EQ(again.reason, "dedupe.duplicate");
    node->advance(1h);
    EXPECT_EQ(node->process(kFirst).verdict, AORTA_PASS);
    EXPECT_EQ(to_text(node->close()), "");
}

TEST(Dedupe, RejectsIfAsked) {
    const auto node = open("{ action: reject }");
    EXPECT_EQ(node->process(kFirst).verdict, AORTA_PASS);
    EXPECT_EQ(node->process(kFirst).verdict, AORTA_REJECT);
}

TEST(Dedupe, PassesWhatHasNoId) {
    const auto node = open("{}");
    EXPECT_EQ(node->process(kWithoutId).verdict, AORTA_PASS);
    EXPECT_EQ(node->process(kWithoutId).verdict, AORTA_PASS);
}

TEST(Dedupe, RejectsWhatIsNoMessageIfItReadsFields) {
    EXPECT_EQ(open("{}")->process("{}").reason, "hl7.no_msh");
    const auto node = open("{ by: [], content: true, except: [] }");
    EXPECT_EQ(node->process("{}").verdict, AORTA_PASS);
    EXPECT_EQ(node->process("{}").verdict, AORTA_DROP);
}

TEST(Dedupe, RefusesOptionsThatMeanNothing) {
    for (const char* options : {"{ by: [] }",
                                "{ by: [ MSH ] }",
                                "{ by: [ 'PID-3[*]' ] }",
                                "{ by: [ 'OBX[*]-5' ] }",
                                "{ content: true, except: [ MSH-9.1 ] }",
                                "{ content: true, except: [ MSH-2 ] }",
                                "{ content: true, except: [ 'OBX[2]-5' ] }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
}

TEST(Dedupe, KnowsInAnotherInstanceWhatItHasSeen) {
    const auto then = open("{ window: 1h }");
    then->process(kFirst);
    then->advance(30min);
    const auto saved = then->save();
    ASSERT_TRUE(saved.ok());
    const auto now = open("{ window: 1h }");
    now->advance(30min);
    ASSERT_TRUE(now->load(*saved).ok());
    EXPECT_EQ(now->process(kFirst).verdict, AORTA_DROP);
    EXPECT_EQ(now->process(kSecond).verdict, AORTA_PASS);
    now->advance(30min);
    EXPECT_EQ(now->process(kFirst).verdict, AORTA_PASS);
}

TEST(Dedupe, ForgetsWhatItSawByOtherFields) {
    const auto then = open("{}");
    then->process(kFirst);
    const auto now = open("{ by: [MSH-10] }");
    ASSERT_TRUE(now->load(*then->save()).ok());
    EXPECT_EQ(now->process(kFirst).verdict, AORTA_PASS);
}

}  // namespace
}  // namespace aorta::testing
