#include "flow/split/writer.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::split {
namespace {

std::vector<std::string> parts_of(const std::string& bytes,
                                  const WriteConfig& config,
                                  std::string_view by = "OBR") {
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(bytes).ok());
    const hl7::Message message{bytes, builder.view()};
    const PartWriter writer{message, config};
    const auto groups = Grouper{by}.group(message, 100);
    std::vector<std::string> parts;
    for (const Part& part : *groups) {
        std::string& text = parts.emplace_back();
        writer.write(part, parts.size(), text);
        EXPECT_LE(text.size(), writer.most_bytes(part));
    }
    return parts;
}

TEST(PartControlId, IsUniqueAndFits) {
    const struct {
        const char* id;
        std::size_t number;
        std::size_t max;
        const char* expected;
    } cases[] = {
        {"MSG001", 1, 20, "MSG001-1"},
        {"MSG001", 120, 20, "MSG001-120"},
        {"", 1, 20, ""},
        {"\"\"", 1, 20, "\"\""},
        {"12345678901234567890", 7, 199, "12345678901234567890-7"},
        {"12345678901234567890", 7, 20, "123456789028E84FDD-7"},
        {"12345678901234567891", 7, 20, "123456789027E84E4A-7"},
        {"AB\\T\\5678901234567890", 7, 20, "AB22B797A6-7"},
    };

    for (const auto& each : cases) {
        const std::string id = part_control_id(each.id, each.number, each.max, {});
        EXPECT_EQ(id, each.expected);
        EXPECT_LE(id.size(), each.max);
    }
    hl7::Delimiters odd;
    odd.component = '-';
    EXPECT_EQ(part_control_id("M1", 2, 20, odd), "M1x2");
}

TEST(PartWriter, KeepsEveryByteButTheControlId) {
    const std::string head = "MSH|^~\\&|LAB|H|||2026||ORU^R01|M1|P|2.5.1|||\r";
    EXPECT_EQ(
        parts_of(head + "PID|1||7~~8^\"\"|\rOBR|1|a||\rOBX|1|TX|c||a\\.br\\b||||||F\rOBR|2|b", {}),
        (std::vector<std::string>{
            "MSH|^~\\&|LAB|H|||2026||ORU^R01|M1-1|P|2.5.1|||\rPID|1||7~~8^\"\"|\rOBR|1|a||\r"
            "OBX|1|TX|c||a\\.br\\b||||||F\r",
            "MSH|^~\\&|LAB|H|||2026||ORU^R01|M1-2|P|2.5.1|||\rPID|1||7~~8^\"\"|\rOBR|2|b\r"}));
}

TEST(PartWriter, KeepsTheControlIdIfAsked) {
    const auto parts = parts_of("MSH|^~\\&|LAB|H|||2026||ORU^R01|M1|P|2.5.1\rOBR|1\rOBR|2\r",
                                {.suffix_control_id = false});
    EXPECT_EQ(parts.at(1), "MSH|^~\\&|LAB|H|||2026||ORU^R01|M1|P|2.5.1\rOBR|2\r");
}

TEST(PartWriter, LeavesAHeaderWithoutControlIdAlone) {
    EXPECT_EQ(parts_of("MSH|^~\\&|A\nOBR|1\n\nOBR|2\n", {}),
              (std::vector<std::string>{"MSH|^~\\&|A\nOBR|1\n", "MSH|^~\\&|A\nOBR|2\n"}));
}

TEST(PartWriter, CountsSetIdsFromOneInEachPart) {
    const WriteConfig config{.set_ids = {"OBR", "OBX", "NTE"}};
    EXPECT_EQ(parts_of("MSH|^~\\&|A|||||||M\r\nOBR|1|x\r\nOBX|1\r\nOBX|2\r\nOBR|12|y\r\nOBX|3\r\n"
                       "OBX\r\nOBX|\"\"\r\nNTE|9|\r\n",
                       config)
                  .at(1),
              "MSH|^~\\&|A|||||||M-2\r\nOBR|1|y\r\nOBX|1\r\nOBX\r\nOBX|\"\"\r\nNTE|1|\r\n");
}

}  // namespace
}  // namespace aorta::plugins::split
