#include "validate/fhir/primitives.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aorta::plugins::validate_fhir {
namespace {

using fhir_definitions::Type;

struct Forms {
    Type type;
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

TEST(Primitives, HaveTheFormsOfR4) {
    const std::vector<Forms> all = {
        {Type::boolean, {"true", "false"}, {"True", "1"}},
        {Type::integer,
         {"0", "-1", "2147483647", "-2147483648"},
         {"01", "1.0", "2147483648", "+1", "1e3", "-", ""}},
        {Type::unsignedInt, {"0", "7"}, {"-1", "2147483648"}},
        {Type::positiveInt, {"1"}, {"0", "-1"}},
        {Type::decimal, {"0", "-1.50", "1e10", "0.001"}, {}},
        {Type::uri,
         {"http://a", "urn:x", "a", "urn:oid:1.2.3"},
         {"a b", "urn:oid:3.1", "urn:oid:1.02", "urn:uuid:1"}},
        {Type::oid, {"urn:oid:2.16.840.1.113883"}, {"1.2.3", "urn:oid:1", "urn:oid:1."}},
        {Type::uuid,
         {"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
         {"c757873d-ec9a-4326-a141-556f43239520"}},
        {Type::id, {"a", "A-1.b", std::string(64, 'a')}, {"a_b", "", std::string(65, 'a'), "a b"}},
        {Type::code, {"a", "a b", "<", "-"}, {" a", "a ", "a  b", "a\tb"}},
        {Type::base64Binary,
         {"AAAA", "AA==", "AA AA", "AAA="},
         {"A", "AAA", "A===", "AA=A", "AA.A"}},
        {Type::date,
         {"2024", "2024-02", "2024-02-29"},
         {"2023-02-29", "24", "2024-2", "2024-13", "2024-01-01T00:00:00Z", "0000"}},
        {Type::dateTime,
         {"2024",
          "2024-01-01",
          "2024-01-01T10:00:00Z",
          "2024-01-01T10:00:00.123+01:00",
          "2016-12-31T23:59:60Z"},
         {"2024-01-01T10:00",
          "2024-01-01T10:00Z",
          "2024-01-01T10:00:00",
          "2024-01-01T24:00:00Z",
          "2024-01-01 10:00:00Z"}},
        {Type::instant, {"2024-01-01T10:00:00Z"}, {"2024-01-01", "2024-01-01T10:00:00"}},
        {Type::time,
         {"10:00:00", "23:59:59.5"},
         {"10:00", "24:00:00", "10:60:00", "10:00:00Z", "10:00:00."}},
        {Type::string, {"a", " a\n"}, {std::string{"a\x01"}}},
    };
    for (const Forms& each : all) {
        for (const std::string& text : each.good) {
            EXPECT_TRUE(is_of_type(text, each.type)) << form_of_type(each.type) << ": " << text;
        }
        for (const std::string& text : each.bad) {
            EXPECT_FALSE(is_of_type(text, each.type)) << form_of_type(each.type) << ": " << text;
        }
    }
}

TEST(Primitives, KnowsFormsOfOpenValueSets) {
    for (const char* text :
         {"text/plain", "application/fhir+json; charset=utf-8", "json", "image/svg+xml"}) {
        EXPECT_TRUE(is_mime_type(text)) << text;
    }
    for (const char* text : {"text", "/plain", "text/", "a b/c"}) {
        EXPECT_FALSE(is_mime_type(text)) << text;
    }
    for (const char* text : {"en", "de-CH", "zh-Hans-CN", "x-own"}) {
        EXPECT_TRUE(is_language(text)) << text;
    }
    for (const char* text : {"", "e", "en_US", "en-", "english language"}) {
        EXPECT_FALSE(is_language(text)) << text;
    }
    EXPECT_TRUE(is_currency("EUR"));
    EXPECT_FALSE(is_currency("eur"));
}

}  // namespace
}  // namespace aorta::plugins::validate_fhir
