#include "config/schema.hpp"

#include "config/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::config {
namespace {

using ::testing::HasSubstr;

Catalog catalog() {
    Catalog out;
    EXPECT_TRUE(out.add("a.so",
                        {.id = "mllp",
                         .kind = Kind::Source,
                         .summary = "HL7 over TCP",
                         .outputs = {{"out", "hl7v2"}},
                         .options = {{.name = "listen", .type = OptionType::Text, .required = true},
                                     {.name = "port",
                                      .type = OptionType::Int,
                                      .default_text = "2575",
                                      .min = "1"}}})
                    .ok());
    return out;
}

TEST(Schema, IsJsonOfDraft7) {
    const auto schema = parse_json(to_json_pretty(pipeline_schema(catalog())));
    ASSERT_TRUE(schema.ok());
    EXPECT_EQ(schema->find("$schema")->text, "http://json-schema.org/draft-07/schema#");
    EXPECT_EQ(to_json(*schema->find("required")), R"(["aorta","pipeline"])");
    EXPECT_EQ(to_json(*schema->find("anyOf")),
              R"([{"required":["nodes"]},{"required":["include"]}])");
    EXPECT_FALSE(schema->find("additionalProperties")->integer != 0);
}

TEST(Schema, TellsTheOptionsOfTheNamedPlugin) {
    const std::string text = to_json(pipeline_schema(catalog()));
    EXPECT_THAT(
        text,
        HasSubstr(
            R"({"if":{"properties":{"source":{"const":"mllp"}},"required":["source"]},"then":{)"
            R"("properties":{"with":{"type":"object","properties":{"listen":)"));
    EXPECT_THAT(text, HasSubstr(R"("source":{"enum":["mllp"]})"));
}

TEST(Schema, LetsVariablesStandForNumbers) {
    const Option port{
        .name = "port", .type = OptionType::Int, .default_text = "7", .min = "1", .max = "9"};
    EXPECT_EQ(to_json(option_schema(port)),
              R"({"anyOf":[{"type":"integer","minimum":1,"maximum":9},)"
              R"({"type":"string","pattern":"\\$\\{"}],"default":7})");
}

}  // namespace
}  // namespace aorta::config
