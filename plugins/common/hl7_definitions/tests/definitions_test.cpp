#include "common/hl7_definitions/definitions.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aorta::hl7_definitions {
namespace {

TEST(FinePoints, VersionIsTheNearestThatThereIs) {
    const struct {
        std::string_view text;
        Version version;
        bool is_exact;
    } cases[] = {
        {"2.1", Version::V2_1, true},
        {"2.3", Version::V2_3, true},
        {"2.3.1", Version::V2_3_1, true},
        {"2.8.2", Version::V2_8, true},
        {"2.3.z", Version::V2_3, false},
        {"2.3.2", Version::V2_3, false},
        {"2.5 ", Version::V2_5, false},
        {"2.9", Version::V2_8, false},
        {"2.10", Version::V2_8, false},
        {"2.0", Version::V2_1, false},
        {"", Version::V2_5_1, false},
        {"3", Version::V2_5_1, false},
        {"2", Version::V2_5_1, false},
        {"\xff\xfe", Version::V2_5_1, false},
    };

    for (const auto& each : cases) {
        const VersionMatch match = version_of(each.text);
        EXPECT_EQ(match.version, each.version) << each.text;
        EXPECT_EQ(match.is_exact, each.is_exact) << each.text;
    }
}

TEST(Structure, IsChosenByItsNameElseByCodeAndEvent) {
    const struct {
        Version version;
        std::string_view code, event, structure;
        std::string_view expected;
        StructureSource source = StructureSource::Structure;
        bool is_of_version = true;
    } cases[] = {
        {Version::V2_5, "ADT", "A04", "ADT_A01", "ADT_A01"},
        {Version::V2_8, "ADT", "A04", "ADT_A04", "ADT_A04"},
        {Version::V2_5, "ADT", "A01", "", "ADT_A01", StructureSource::Event},
        {Version::V2_5, "ADT", "A01", "ADT_Q99", "ADT_A01", StructureSource::Event},
        {Version::V2_4, "MDM", "T06", "", "MDM_T02", StructureSource::Event},
        {Version::V2_5, "CSU", "C11", "", "CSU_C09", StructureSource::Event},
        {Version::V2_3, "ORU", "", "", "ORU", StructureSource::Code},
        {Version::V2_5, "ACK", "A01", "ACK", "ACK"},
        {Version::V2_5, "ACK", "A01", "", "ACK", StructureSource::Code},
        {Version::V2_3, "ORM", "", "", "ORM_O01", StructureSource::Structure},
        {Version::V2_8, "ORM", "O01", "", "ORM_O01", StructureSource::Event, false},
        {Version::V2_3, "OML", "O21", "OML_O21", "OML_O21", StructureSource::Structure, false},
    };

    for (const auto& each : cases) {
        const auto found = find_structure(each.version, each.code, each.event, each.structure);
        ASSERT_TRUE(found) << each.code << each.event;
        EXPECT_EQ(found->name, each.expected) << each.code << each.event;
        EXPECT_EQ(found->source, each.source) << each.code << each.event;
        EXPECT_EQ(found->is_of_version, each.is_of_version) << each.code << each.event;
    }
    EXPECT_FALSE(find_structure(Version::V2_5, "ADT", "", ""));
    EXPECT_FALSE(find_structure(Version::V2_5, "ADT", "X99", ""));
    EXPECT_FALSE(find_structure(Version::V2_5, "ZZZ", "Z01", "ZZZ_Z01"));
    EXPECT_FALSE(find_structure(Version::V2_5, "", "", ""));
}

TEST(Fields, AreThoseOfTheVersion) {
    EXPECT_EQ(type_name(find_field(Version::V2_3, "PID", 3)->type), "CX");
    EXPECT_EQ(find_field(Version::V2_5, "PID", 5)->usage, 'R');
    EXPECT_EQ(find_field(Version::V2_5, "PID", 3)->repetitions, 0);
    EXPECT_EQ(find_field(Version::V2_5, "PID", 8)->table, 1);
    EXPECT_EQ(find_field(Version::V2_1, "PID", 39), nullptr);
    EXPECT_EQ(find_field(Version::V2_5, "Z", 1), nullptr);
    EXPECT_TRUE(has_segment(Version::V2_5, "SPM"));
    EXPECT_FALSE(has_segment(Version::V2_3, "SPM"));
}

TEST(DataTypes, HaveFormsAndComponents) {
    const Type cx = *find_type("CX");
    EXPECT_EQ(form_of(cx, Version::V2_5), Form::Composite);
    EXPECT_EQ(type_name(components_of(cx)[0].type), "ST");
    EXPECT_EQ(form_of(*find_type("NM"), Version::V2_5), Form::Number);
    EXPECT_EQ(form_of(*find_type("TS"), Version::V2_3), Form::DateTime);
    EXPECT_EQ(form_of(*find_type("TS"), Version::V2_5), Form::DateTime);
    EXPECT_TRUE(is_coded(*find_type("CWE")));
    EXPECT_FALSE(find_type("QQ"));
    EXPECT_FALSE(find_type(""));
}

TEST(Tables, AreHl7sOrTheSites) {
    ASSERT_NE(find_table(1), nullptr);
    EXPECT_FALSE(find_table(1)->is_hl7);
    EXPECT_TRUE(find_table(85)->is_hl7);
    EXPECT_TRUE(has_code(*find_table(85), "F"));
    EXPECT_FALSE(has_code(*find_table(85), "Q"));
    EXPECT_FALSE(has_code(*find_table(85), ""));
    EXPECT_EQ(find_table(9999), nullptr);
}

}  // namespace
}  // namespace aorta::hl7_definitions
