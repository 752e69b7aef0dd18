#include "deidentify/records/hl7v2/values.hpp"

#include "common/privacy/places.hpp"
#include "deidentify/records/hl7v2/field_table.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::deidentify {
namespace {

std::string address(std::string_view raw, bool whole_city = false, bool is_us = true) {
    std::string out;
    append_address(raw, whole_city, is_us, {}, out);
    return out;
}

std::string coded(std::string_view raw, bool code_only = false) {
    std::string out;
    append_coded(raw, code_only, {}, out);
    return out;
}

TEST(Zip3, IsAnAllowListByTheCensusOf2020) {
    for (const unsigned restricted :
         {36, 59, 102, 202, 203, 204, 205, 369, 556, 692, 753, 772, 821, 823, 878, 879, 884, 893}) {
        EXPECT_FALSE(privacy::is_populous_zip3(restricted)) << restricted;
    }
    for (const unsigned populous : {6, 10, 606, 831, 999, 576}) {
        EXPECT_TRUE(privacy::is_populous_zip3(populous)) << populous;
    }
    unsigned count = 0;
    for (unsigned zip3 = 0; zip3 < 1100; ++zip3) {
        count += privacy::is_populous_zip3(zip3) ? 1 : 0;
    }
    EXPECT_EQ(count, 876U);
}

TEST(Address, KeepsStateZip3AndCountryOnly) {
    const struct {
        std::string_view raw;
        std::string_view expected;
    } cases[] = {
        {"1 Oak&Oak St^Apt 2^Chicago^IL^60601^USA^H^x^17031^tract", "^^^IL^606^USA^H"},
        {"1 Oak^^Chicago^il^60601-1234", "^^^il^606"},
        {"^^^New York^100011234^US", "^^^New York^100^US"},
        {"^^^VT^05901^USA", "^^^VT^000^USA"},
        {"^^^Springfield^6060^USA", "^^^^^USA"},
        {"^^^IL^60601x", "^^^IL"},
        {"^^^IL^60601-", "^^^IL"},
        {"^^^IL^606", "^^^IL"},
        {"Strasse 1^^Muenchen^BY^80331^DEU^H", "^^^BY^^DEU^H"},
        {"^^Toronto^Ontario^M5V 1A1^CANADA^Home address", ""},
        {"", ""},
    };

    for (const auto& each : cases) {
        EXPECT_EQ(address(each.raw), each.expected) << each.raw;
    }
}

TEST(Address, WithoutACountryIsWhereTheOptionSays) {
    EXPECT_EQ(address("^^^IL^60601", false, false), "^^^IL");
    EXPECT_EQ(address("^^^IL^60601^USA", false, false), "^^^IL^606^USA");
}

TEST(Address, OfALimitedDataSetKeepsCityAndPostalCode) {
    EXPECT_EQ(address("1 Oak^Apt^Chicago^IL^60601-1234^USA^H^x^17031^tract", true),
              "^^Chicago^IL^60601-1234^USA^H");
}

TEST(Coded, KeepsTextsOnlyBesideTheirCodes) {
    EXPECT_EQ(coded("A^Text^S^B^Other^T^1^2"), "A^Text^S^B^Other^T^1^2");
    EXPECT_EQ(coded("A^Text^S^^John Doe^T^1^2^typed^X^y"), "A^Text^S^^^^1");
    EXPECT_EQ(coded("^John Doe^S"), "");
    EXPECT_EQ(coded("^John Doe^^B^Other^T"), "^^^B^Other^T");
    EXPECT_EQ(coded("A"), "A");
}

TEST(Coded, WithoutTextsKeepsOnlyCodesOfASystem) {
    EXPECT_EQ(coded("A^Text^S^B^Other^T", true), "A^^S^B^^T");
    EXPECT_EQ(coded("A^Text", true), "");
    EXPECT_EQ(coded("A", true), "");
}

TEST(Ranges, AreNumbers) {
    for (const std::string_view text :
         {"4.0-10.5", "< 5", ">=7", "-1 - 5", "3", "4 -10", "-2--1"}) {
        EXPECT_TRUE(is_range(text)) << text;
    }
    for (const std::string_view text : {"", "normal", "4-5-6", "4.0 to 5.0", "John", "-", "4-"}) {
        EXPECT_FALSE(is_range(text)) << text;
    }
}

}  // namespace
}  // namespace aorta::plugins::deidentify
