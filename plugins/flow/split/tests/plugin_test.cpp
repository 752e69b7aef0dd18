#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

namespace aorta::testing {
namespace {

const std::string kPlugin = std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_split.so";
const std::string kTwo =
    "MSH|^~\\&|L|H|||2026||ORU^R01|M1|P|2.5.1\rPID|1\rOBR|1\rOBX|1\rOBR|2\rOBX|1\r";

std::unique_ptr<Harness> open(std::string_view options) {
    auto harness = Harness::open(kPlugin, options);
    EXPECT_TRUE(harness.ok()) << harness.error().message;
    return std::move(*harness);
}

TEST(Split, EmitsAPartForEachGroup) {
    const auto node = open("{ by: OBR, renumber: [ OBR ] }");
    const Outcome outcome =
        node->process(
                {Record{.payload = kTwo, .content_type = "hl7v2", .attributes = {{"file", "a"}}}})
            .at(0);
    EXPECT_EQ(outcome.verdict, AORTA_EMITTED);
    ASSERT_EQ(outcome.emitted.size(), 2U);
    const Record& second = outcome.emitted[1];
    EXPECT_EQ(second.payload, "MSH|^~\\&|L|H|||2026||ORU^R01|M1-2|P|2.5.1\rPID|1\rOBR|1\rOBX|1\r");
    EXPECT_EQ(second.content_type, "hl7v2");
    EXPECT_EQ(second.attributes.at("part"), "2");
    EXPECT_EQ(second.attributes.at("parts"), "2");
    EXPECT_EQ(second.attributes.at("file"), "a");
    EXPECT_EQ(to_text(node->close()), "");
}

struct Case {
    const char* options;
    std::string payload;
    std::uint32_t verdict;
    const char* reason;
    std::size_t parts;
};

TEST(Split, AnswersEveryRecord) {
    const std::string one = "MSH|^~\\&|L|H|||2026||ORU^R01|M1|P|2.5.1\rPID|1\rOBR|1\rOBX|1\r";
    const std::string none = "MSH|^~\\&|L|H|||2026||ADT^A01|M1|P|2.5.1\rPID|1\r";
    const std::string batch = "BHS|^~\\&\r" + one + none + "BTS|2\r";
    const std::string wrong = "BHS|^~\\&\r" + one + "BTS|2\r";
    const Case cases[] = {
        {"{ by: OBR }", one, AORTA_PASS, "", 0},
        {"{ by: OBR }", none, AORTA_PASS, "", 0},
        {"{ by: OBR, on_none: reject }", none, AORTA_REJECT, "split.no_group", 0},
        {"{ by: OBR }", "hello", AORTA_REJECT, "hl7.no_msh", 0},
        {"{ by: NTE }", kTwo, AORTA_PASS, "", 0},
        {"{ by: OBR, max_parts: 2 }", kTwo, AORTA_EMITTED, "", 2},
        {"{ by: OBR, max_parts: 2 }", kTwo + "OBR|3\r", AORTA_REJECT, "split.too_many_parts", 0},
        {"{ by: OBR, max_output: 1KiB }",
         kTwo + "OBX|2|TX|||" + std::string(1024, 'x') + "\r",
         AORTA_REJECT,
         "split.too_large",
         0},
        {"{ by: batch }", batch, AORTA_EMITTED, "", 2},
        {"{ by: batch }", one + none, AORTA_EMITTED, "", 2},
        {"{ by: batch }", one, AORTA_PASS, "", 0},
        {"{ by: batch }", wrong, AORTA_EMITTED, "", 1},
        {"{ by: batch, on_mismatch: reject }", wrong, AORTA_REJECT, "split.batch_mismatch", 0},
        {"{ by: batch, max_parts: 2 }", batch + none, AORTA_REJECT, "split.too_many_parts", 0},
        {"{ by: batch }", "BHS|^~\\&\rBTS|0\r", AORTA_DROP, "split.empty_batch", 0},
        {"{ by: batch }", "{}", AORTA_PASS, "", 0},
        {"{ by: batch, on_none: reject }", "{}", AORTA_REJECT, "split.no_group", 0},
        {"{ by: batch }", "", AORTA_PASS, "", 0},
    };
    for (const Case& each : cases) {
        const auto node = open(each.options);
        const Outcome outcome = node->process(each.payload);
        EXPECT_EQ(outcome.verdict, each.verdict) << each.options << each.payload;
        EXPECT_EQ(outcome.reason, each.reason) << each.options;
        EXPECT_EQ(outcome.emitted.size(), each.parts) << each.options;
        EXPECT_EQ(to_text(node->close()), "");
    }
}

TEST(Split, RefusesOptionsThatMeanNothing) {
    for (const char* options : {"{}",
                                "{ by: MSH }",
                                "{ by: BTS }",
                                "{ by: obr }",
                                "{ by: OBRX }",
                                "{ by: OBR, renumber: [ ORC ] }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
}

}  // namespace
}  // namespace aorta::testing
