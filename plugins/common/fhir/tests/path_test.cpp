#include "common/fhir/path.hpp"

#include "common/fhir/tests/path_results.hpp"
#include "common/fhir/tree_builder.hpp"

#include <gtest/gtest.h>

namespace aorta::fhir {
namespace {

std::string results(std::string_view path, std::string_view json) {
    TreeBuilder builder;
    EXPECT_TRUE(builder.build(json).ok()) << json;
    const auto compiled = Path::compile(path);
    EXPECT_TRUE(compiled.ok()) << path << ": " << compiled.error().message;
    return testing::results_of(*compiled, builder.tree().root());
}

TEST(Path, KeepsDecimalsAsTheyWereWritten) {
    EXPECT_EQ(results("value", R"({"value":1.50})"), "[1.50]");
    EXPECT_EQ(results("value = 1.5", R"({"value":1.50})"), "[true]");
    EXPECT_EQ(results("value > 0.1", R"({"value":1e-400})"), "[false]");
    EXPECT_EQ(results("value > 12345678901234567890.1", R"({"value":12345678901234567890.2})"),
              "[true]");
}

TEST(Path, TakesDoubledQuotesAndTwoEqualSigns) {
    EXPECT_EQ(results("a == 'it''s'", R"({"a":"it's"})"), "[true]");
}

TEST(Path, ReadsExtensionsOfValuesThatAreNotThere) {
    const std::string_view json =
        R"({"given":["A",null,"B"],"_given":[null,{"extension":[{"url":"u","valueCode":"x"}]},{"id":"b"}],
            "_birthDate":{"extension":[{"url":"u","valueCode":"y"}]}})";
    EXPECT_EQ(results("given", json), R"(["A","B"])");
    EXPECT_EQ(results("given[1].id", json), R"(["b"])");
    EXPECT_EQ(results("birthDate.extension('u').value", json), R"(["y"])");
    EXPECT_EQ(results("birthDate = 'y'", json), "[false]");
    EXPECT_EQ(results("birthDate.hasValue()", json), "[false]");
}

TEST(Path, ComparesDatesAsFarAsTheyGo) {
    const std::string_view json =
        R"({"a":"2024-01-01T08:00:00Z","b":"2024-01-01T10:00:00+01:00","c":"2024-01-01T08:00Z","d":"2024-01-01T08:00:00"})";
    EXPECT_EQ(results("a < b", json), "[true]");
    EXPECT_EQ(results("a = c", json), "[]");
    EXPECT_EQ(results("c < b", json), "[true]");
    EXPECT_EQ(results("a = d", json), "[]");
    EXPECT_EQ(results("a = @2024-01-01", json), "[]");
    EXPECT_EQ(results("a > @2023", json), "[true]");
    EXPECT_EQ(results("a > '2'", json), "[true]");  // with a text it is one
}

TEST(Path, SaysThatSeveralValuesStandWhereOneIsMeant) {
    const std::string_view json = R"({"a":[1,2],"b":1})";
    for (const std::string_view path : {"a > 1", "b < a", "a.single()", "a and true", "a.not()"}) {
        EXPECT_EQ(results(path, json), "error") << path;
    }
}

TEST(Path, FindsNoChoiceWhereFhirHasNone) {
    EXPECT_EQ(results("reason", R"({"reasonCode":1})"), "[]");
    EXPECT_EQ(results("value", R"({"valueSet":1,"valueless":2,"valueQuantity":3})"), "[3]");
    EXPECT_EQ(results("value", R"({"value":1,"valueQuantity":2})"), "[1]");
}

TEST(Path, IsFoundAtTheFrontOfOtherText) {
    const auto front = [](std::string_view text) {
        const auto found = Path::compile_front(text);
        return found.ok() ? std::string{text.substr(0, found->size)} : found.error().where;
    };
    EXPECT_EQ(front("Patient.birthDate < '2000'"), "Patient.birthDate");
    EXPECT_EQ(front("Observation.code.coding.where(a = 'b' and c > 1)[0].code == 'x'"),
              "Observation.code.coding.where(a = 'b' and c > 1)[0].code");
    EXPECT_EQ(front("Patient and x"), "Patient");
    EXPECT_EQ(front("Patient.where(a"), "byte 15");
    EXPECT_TRUE(Path::compile_front("Patient.name.exists()")->path.is_condition());
    EXPECT_FALSE(Path::compile_front("Patient.name.count()")->path.is_condition());
}

TEST(Path, RefusesWithAPlace) {
    const struct {
        std::string text;
        std::string where;
    } cases[] = {
        {"", "byte 0"},
        {"Patient.", "byte 8"},
        {"Patient..name", "byte 8"},
        {"Patient.name[", "byte 13"},
        {"Patient.name[x]", "byte 13"},
        {"Patient.name[1234567890]", "byte 13"},
        {"Patient.name[1", "byte 14"},
        {"Patient.resolve()", "byte 8"},
        {"Patient.name | Patient.id", "byte 13"},
        {"Patient.name.where()", "byte 19"},
        {"Patient.name.where(use = 'a'", "byte 28"},
        {"Patient.name.exists(use = )", "byte 26"},
        {"'open", "byte 0"},
        {"'a\\x'", "byte 2"},
        {"'\\ud800'", "byte 1"},
        {"@2024-13", "byte 1"},
        {"value > 5 'mg'", "byte 10"},
        {"007", "byte 0"},
        {"`", "byte 1"},
        {"a b", "byte 2"},
        {"(a", "byte 2"},
        {std::string(100, '('), "byte 32"},
        {std::string(3000, 'a'), "byte 2048"},
    };

    for (const auto& each : cases) {
        const auto path = Path::compile(each.text);
        ASSERT_FALSE(path.ok()) << each.text;
        EXPECT_EQ(path.error().where, each.where) << each.text << ": " << path.error().message;
    }
    std::string many = "a";
    for (int i = 0; i < 300; ++i) {
        many += ".b";
    }
    EXPECT_FALSE(Path::compile(many).ok());
}

TEST(Path, GivesUpWhatWouldTakeForEver) {
    std::string json = "{\"a\":[";
    for (int i = 0; i < 6000; ++i) {
        json += std::to_string(i) + ",";
    }
    json += "0],\"b\":[" + json.substr(json.find('[') + 1) + "1]}";
    TreeBuilder builder;
    ASSERT_TRUE(builder.build(json).ok());
    const auto path = Path::compile("a ~ b");
    ASSERT_TRUE(path.ok());
    EXPECT_TRUE(path->each(builder.tree().root(), [](const Item&) { return true; }).is_too_costly);
}

TEST(Path, CountsTheSearchForTheExtensionsOfSimpleValues) {
    std::string values = "0";
    for (int i = 0; i < 8000; ++i) {
        values += ",0";
    }
    TreeBuilder builder;
    ASSERT_TRUE(builder.build("{\"a\":[" + values + "],\"_a\":[" + values + "]}").ok());
    const auto path = Path::compile("a.extension.url");
    ASSERT_TRUE(path.ok());
    EXPECT_TRUE(path->each(builder.tree().root(), [](const Item&) { return true; }).is_too_costly);
}

}  // namespace
}  // namespace aorta::fhir
