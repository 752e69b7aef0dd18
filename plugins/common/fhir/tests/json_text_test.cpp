#include "common/fhir/json_text.hpp"

#include <gtest/gtest.h>

namespace aorta::fhir {
namespace {

using namespace std::string_literals;  // NOLINT(google-build-using-namespace)

std::string written(std::string_view text) {
    std::string out;
    EXPECT_EQ(append_json_string(text, out), 0U);
    return out;
}

std::string read(std::string_view raw) {
    std::string out;
    append_unescaped(raw, out);
    return out;
}

TEST(JsonText, EscapesWhatMustBe) {
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("plain /text"), R"("plain /text")");
    EXPECT_EQ(written("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
    EXPECT_EQ(written("\0\x1F\x7F"s), "\"\\u0000\\u001f\x7F\"");
    EXPECT_EQ(written("Müller 日本 😀"), "\"Müller 日本 😀\"");
}

TEST(JsonText, ReplacesAndCountsWhatIsNoUtf8) {
    std::string out;
    EXPECT_EQ(append_json_string("a\xFF"
                                 "b\xC3",
                                 out),
              2U);
    EXPECT_EQ(out,
              "\"a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD\"");
    out.clear();
    EXPECT_EQ(append_json_string("\xED\xA0\x80", out), 3U);  // a surrogate
}

TEST(JsonText, ReadsEscapes) {
    EXPECT_EQ(read(""), "");
    EXPECT_EQ(read(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(read(R"(a\u0041\u00e9\u20AC\ud83d\ude00z)"), "aAé€😀z");
    EXPECT_EQ(read(R"(\u0000)"), "\0"s);
}

TEST(JsonText, FindsWhereUtf8Ends) {
    EXPECT_EQ(valid_utf8_length("abc"), 3U);
    EXPECT_EQ(valid_utf8_length("é\xE2\x82\xAC"), 5U);
    EXPECT_EQ(valid_utf8_length("a\xC0\x80"), 1U);
    EXPECT_EQ(valid_utf8_length("a\xE0\x9F\xBF"), 1U);
    EXPECT_EQ(valid_utf8_length("a\xF0\x8F\xBF\xBF"), 1U);
    EXPECT_EQ(valid_utf8_length("a\xF4\x90\x80\x80"), 1U);
    EXPECT_EQ(valid_utf8_length("a\xF5"), 1U);
    EXPECT_EQ(valid_utf8_length("ab\xE2\x82"), 2U);
}

TEST(JsonText, ReadsBackWhatItWrote) {
    std::string all;
    for (int c = 0; c < 128; ++c) {
        all += static_cast<char>(c);
    }
    const std::string json = written(all);
    EXPECT_EQ(read(std::string_view{json}.substr(1, json.size() - 2)), all);
}

}  // namespace
}  // namespace aorta::fhir
