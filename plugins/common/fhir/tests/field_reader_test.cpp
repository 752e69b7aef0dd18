#include "common/fhir/field_reader.hpp"

#include "common/fhir/path.hpp"
#include "common/fhir/reason.hpp"
#include "common/fhir/tests/fixtures.hpp"
#include "common/fhir/tree_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::fhir {
namespace {

using ::testing::ElementsAre;

FieldReader reader_of(std::vector<std::string_view> paths) {
    auto made = FieldReader::compile(paths);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return std::move(*made);
}

std::vector<std::string> read(FieldReader& reader, std::string_view json) {
    const auto fields = reader.read(json);
    EXPECT_TRUE(fields.ok()) << json;
    return {fields->begin(), fields->end()};
}

TEST(FieldReader, ReadsPlacesWithoutATree) {
    FieldReader reader =
        reader_of({"Patient.name[1].given[0]", "Patient.name[1].family", "id", "active"});
    EXPECT_THAT(read(reader,
                     R"( { "resourceType" : "Patient" , "x":[{"id":"no"}], "active" : true ,
                        "name" : [ {"family":"A"} , {"given":["B","C"], "family" : "D\n" } ], "id":"7" } )"),
                ElementsAre("B", "D\\n", "7", "true"));
    EXPECT_THAT(read(reader, R"({"resourceType":"Patient","name":[],"id":{}})"),
                ElementsAre("", "", "", ""));
    EXPECT_THAT(read(reader, R"({"id":"7","resourceType":"Group"})"), ElementsAre("", "", "", ""));
    EXPECT_THAT(read(reader, "[]"), ElementsAre("", "", "", ""));
}

TEST(FieldReader, RefusesPathsThatAreNoPlaces) {
    for (const std::vector<std::string_view>& paths :
         std::vector<std::vector<std::string_view>>{{"a.exists()"},
                                                    {"a.where(b = 1)"},
                                                    {"Patient"},
                                                    {"a["},
                                                    {"'a'"},
                                                    {"a.ofType(b)"},
                                                    {"Patient.id", "Group.id"},
                                                    {"a[0].b", "a[1].b"}}) {
        EXPECT_FALSE(FieldReader::compile(paths).ok()) << paths.front();
    }
}

TEST(FieldReader, SaysWhereItSeesNoJson) {
    FieldReader reader = reader_of({"a.b"});
    for (const std::string_view json :
         {"{\"a\"", "{\"a\":{\"c\":1]", "{\"x\":]}", "{1:2}", "{\"a\":{"}) {
        const auto fields = reader.read(json);
        ASSERT_FALSE(fields.ok()) << json;
        EXPECT_EQ(reason_id(fields.error()), kNotJson);
    }
}

TEST(FieldReader, ReadsFixturesAsPathsDo) {
    const auto files = testing::json_files(testing::fixtures() / "fhir");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    const std::vector<std::string_view> texts{"id",
                                              "status",
                                              "code.coding[0].code",
                                              "meta.profile[0]",
                                              "subject.reference",
                                              "name[0].family"};
    FieldReader reader = reader_of(texts);
    TreeBuilder builder;
    for (const auto& file : files) {
        const std::string json = testing::read_file(file);
        if (!builder.build(json).ok() || json.starts_with("\xEF\xBB\xBF")) {
            continue;
        }
        const std::vector<std::string> fields = read(reader, json);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            std::string expected;
            Path::compile(texts[i])->each(builder.tree().root(), [&](const Item& item) {
                const bool is_simple = worth_of(item) != Worth::Complex;
                expected = is_simple && !item.is_shadow ? item.element.raw() : std::string_view{};
                return false;
            });
            EXPECT_EQ(fields[i], expected) << file << " " << texts[i];
        }
    }
}

}  // namespace
}  // namespace aorta::fhir
