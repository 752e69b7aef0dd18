#include "map/hl7v2_to_fhir/values.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::map_hl7v2_to_fhir {
namespace {

using guide::Kind;

std::string made(Kind kind, std::string_view text, std::optional<int> message_zone = std::nullopt) {
    return to_primitive(kind, text, {message_zone, {}}).value_or("none");
}

TEST(Values, KeepTheirPrecision) {
    EXPECT_EQ(made(Kind::DateTime, "2024"), "2024");
    EXPECT_EQ(made(Kind::DateTime, "202402"), "2024-02");
    EXPECT_EQ(made(Kind::DateTime, "20240229"), "2024-02-29");
    EXPECT_EQ(made(Kind::DateTime, "2024022910"), "2024-02-29T10:00:00Z");
    EXPECT_EQ(made(Kind::DateTime, "20240229101112.1234-0500"), "2024-02-29T10:11:12.1234-05:00");
    EXPECT_EQ(made(Kind::Date, "20240229101112-0500"), "2024-02-29");
    EXPECT_EQ(made(Kind::Instant, "20240229"), "none");
    EXPECT_EQ(made(Kind::Time, "1011"), "10:11:00");
}

TEST(Values, HaveTheZoneOfTheMessage) {
    EXPECT_EQ(made(Kind::Instant, "202402291011", 90), "2024-02-29T10:11:00+01:30");
}

TEST(Values, ThatAreNoDatesAreNone) {
    for (const char* text : {"0000", "20240230", "2024-02-29", "soon", ""}) {
        EXPECT_EQ(made(Kind::DateTime, text), "none") << text;
    }
}

TEST(Values, NumbersKeepTheirDigits) {
    EXPECT_EQ(made(Kind::Decimal, "1.50"), "1.50");
    EXPECT_EQ(made(Kind::Decimal, "+007"), "7");
    EXPECT_EQ(made(Kind::Decimal, "-.5"), "-0.5");
    EXPECT_EQ(made(Kind::Decimal, "5."), "5");
    for (const char* text : {"1e5", ".", "-", "1,5", "0x1", "--1", "1.2.3"}) {
        EXPECT_EQ(made(Kind::Decimal, text), "none") << text;
    }
    EXPECT_EQ(made(Kind::PositiveInt, "0"), "none");
    EXPECT_EQ(made(Kind::UnsignedInt, "-1"), "none");
    EXPECT_EQ(made(Kind::Integer, "99999999999"), "none");
    EXPECT_EQ(made(Kind::Integer, "2147483648"), "none");
}

TEST(Values, CodesHaveNoSpacesAround) {
    EXPECT_EQ(made(Kind::Code, "  a   b "), "a b");
    EXPECT_EQ(made(Kind::Code, "   "), "none");
    EXPECT_EQ(made(Kind::Uri, "a b"), "a%20b");
    EXPECT_EQ(made(Kind::Xhtml, "a<b&c"),
              "<div xmlns=\"http://www.w3.org/1999/xhtml\">a&lt;b&amp;c</div>");
}

TEST(Values, AreOidsOnlyIfTheyAre) {
    EXPECT_EQ(made(Kind::Uri, "urn:oid:2.16.840.1"), "urn:oid:2.16.840.1");
    EXPECT_EQ(made(Kind::Uri, "urn:oid:LAB 1"), "LAB%201");
    EXPECT_EQ(made(Kind::Uri, "urn:oid:2.016"), "2.016");
    EXPECT_EQ(made(Kind::Uri, "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
              "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    EXPECT_EQ(made(Kind::Uri, "urn:uuid:f81d4fae"), "f81d4fae");
}

TEST(Values, NameMediaTypes) {
    EXPECT_EQ(to_mime("IM", "JPEG"), "image/jpeg");
    EXPECT_EQ(to_mime("application", "pdf"), "application/pdf");
    EXPECT_EQ(to_mime("", "TX"), "text/plain");
    EXPECT_EQ(to_mime("", "JPEG"), std::nullopt);
}

TEST(Values, BytesAreBase64) {
    EXPECT_EQ(to_base64("A", "abcd"), "YWJjZA==");
    EXPECT_EQ(to_base64("Hex", "61 62"), "YWI=");
    EXPECT_EQ(to_base64("Base64", "YWI ="), "YWI=");
    EXPECT_EQ(to_base64("Base64", "YW?="), std::nullopt);
    EXPECT_EQ(to_base64("Base64", "YWI"), std::nullopt);
    EXPECT_EQ(to_base64("Hex", "6"), std::nullopt);
}

}  // namespace
}  // namespace aorta::plugins::map_hl7v2_to_fhir
