#include "common/fhir_definitions/definitions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace aorta::fhir_definitions {
namespace {

std::vector<std::string> names(std::span<const Element> elements) {
    std::vector<std::string> all;
    for (const Element& element : elements) {
        all.emplace_back(name_of(element));
    }
    return all;
}

TEST(FhirDefinitions, FindsTypesByName) {
    EXPECT_EQ(find_type("Observation"), Type::Observation);
    EXPECT_EQ(find_type("Observation.component"), Type::Observation_component);
    EXPECT_EQ(find_type("dateTime"), Type::dateTime);
    EXPECT_EQ(find_type("observation"), std::nullopt);
    EXPECT_EQ(find_type(""), std::nullopt);
    EXPECT_EQ(kind_of(Type::code), Kind::Primitive);
    EXPECT_EQ(kind_of(Type::HumanName), Kind::DataType);
    EXPECT_EQ(kind_of(Type::Patient_contact), Kind::Backbone);
    EXPECT_TRUE(is_a(Type::Age, Type::Quantity));
    EXPECT_TRUE(is_a(Type::Patient, Type::DomainResource));
    EXPECT_TRUE(is_a(Type::Bundle, Type::Resource));
    EXPECT_FALSE(is_a(Type::Bundle, Type::DomainResource));
    EXPECT_FALSE(is_a(Type::Patient, Type::Quantity));
}

TEST(FhirDefinitions, EveryTypeAndElementIsFoundByItsName) {
    for (std::size_t i = 0; i < data::kTypeCount; ++i) {
        const auto type = static_cast<Type>(i);
        EXPECT_EQ(find_type(name_of(type)), type) << name_of(type);
        for (const Element& element : elements_of(type)) {
            const bool is_head = has(element, data::kChoiceHead);
            EXPECT_EQ(find_element(type, name_of(element)), is_head ? nullptr : &element)
                << name_of(type) << '.' << name_of(element);
            EXPECT_EQ(choices_of(type, name_of(element)).empty(), !is_head);
            EXPECT_LT(element.slot, 64);
        }
    }
}

TEST(FhirDefinitions, TellsResourcesThatMayBeSent) {
    EXPECT_TRUE(is_resource("Patient"));
    EXPECT_TRUE(is_resource("Bundle"));
    EXPECT_FALSE(is_resource("DomainResource"));
    EXPECT_FALSE(is_resource("Resource"));
    EXPECT_FALSE(is_resource("HumanName"));
    EXPECT_FALSE(is_resource("Nobody"));
}

TEST(FhirDefinitions, SaysHowOftenAnElementMayStand) {
    const Element* const status = find_element(Type::Observation, "status");
    ASSERT_NE(status, nullptr);
    EXPECT_EQ(status->min, 1);
    EXPECT_FALSE(is_array(*status));
    EXPECT_TRUE(has(*status, data::kModifier));
    EXPECT_EQ(status->type, Type::code);
    const Element* const category = find_element(Type::Observation, "category");
    ASSERT_NE(category, nullptr);
    EXPECT_TRUE(is_array(*category));
    EXPECT_EQ(category->min, 0);
    EXPECT_EQ(required_slots(Type::Observation),
              (1ULL << status->slot) | (1ULL << find_element(Type::Observation, "code")->slot));
}

TEST(FhirDefinitions, ExpandsChoices) {
    EXPECT_EQ(find_element(Type::Observation, "value"), nullptr);
    const Element* const quantity = find_element(Type::Observation, "valueQuantity");
    ASSERT_NE(quantity, nullptr);
    EXPECT_EQ(quantity->type, Type::Quantity);
    EXPECT_EQ(base_name_of(*quantity), "value");
    EXPECT_EQ(find_element(Type::Observation, "valueAddress"), nullptr);
    EXPECT_EQ(names(choices_of(Type::Observation, "effective")),
              (std::vector<std::string>{
                  "effectiveDateTime", "effectivePeriod", "effectiveTiming", "effectiveInstant"}));
    EXPECT_GE(choices_of(Type::Extension, "value").size(), 50U);
}

TEST(FhirDefinitions, KnowsTypesOfIdsBackbonesAndReferencesToContent) {
    EXPECT_EQ(find_element(Type::Patient, "id")->type, Type::id);
    EXPECT_EQ(find_element(Type::HumanName, "id")->type, Type::string);
    EXPECT_EQ(find_element(Type::Extension, "url")->type, Type::uri);
    EXPECT_EQ(find_element(Type::Observation, "component")->type, Type::Observation_component);
    EXPECT_EQ(find_element(Type::Observation_component, "referenceRange")->type,
              Type::Observation_referenceRange);
    EXPECT_EQ(find_element(Type::Bundle_entry, "link")->type, Type::Bundle_link);
    EXPECT_EQ(find_element(Type::Bundle_entry, "resource")->type, Type::Resource);
    EXPECT_TRUE(has(*find_element(Type::Range, "low"), data::kSimpleQuantity));
}

TEST(FhirDefinitions, KnowsWhereReferencesMayLead) {
    const auto targets = targets_of(*find_element(Type::Observation, "subject"));
    EXPECT_EQ((std::set<Type>{targets.begin(), targets.end()}),
              (std::set<Type>{Type::Patient, Type::Group, Type::Device, Type::Location}));
    EXPECT_TRUE(targets_of(*find_element(Type::Provenance, "target")).empty());
}

TEST(FhirDefinitions, HasTheCodesOfRequiredBindings) {
    const std::uint16_t status = find_element(Type::Observation, "status")->value_set;
    EXPECT_EQ(form_of(status), Form::Codes);
    EXPECT_EQ(url_of(status), "http://hl7.org/fhir/ValueSet/observation-status");
    for (const char* code : {"registered",
                             "preliminary",
                             "final",
                             "amended",
                             "corrected",
                             "cancelled",
                             "entered-in-error",
                             "unknown"}) {
        EXPECT_TRUE(has_code(status, code)) << code;
    }
    EXPECT_FALSE(has_code(status, "Final"));
    EXPECT_FALSE(has_code(status, ""));
    EXPECT_TRUE(has_code(status, "final", "http://hl7.org/fhir/observation-status"));
    EXPECT_FALSE(has_code(status, "final", "http://hl7.org/fhir/issue-type"));
    EXPECT_EQ(find_element(Type::Observation, "code")->value_set, 0);
    EXPECT_EQ(form_of(find_element(Type::Attachment, "contentType")->value_set), Form::MimeType);
    EXPECT_EQ(form_of(find_element(Type::Money, "currency")->value_set), Form::Currency);
    EXPECT_EQ(find_value_set("http://hl7.org/fhir/ValueSet/observation-status"), status);
    EXPECT_EQ(find_value_set("http://example.org"), 0);
}

TEST(FhirDefinitions, CarriesInvariantsAndVitalSigns) {
    const auto all = invariants();
    EXPECT_GT(all.size(), 200U);
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const Invariant& each) {
        return std::string_view{each.key} == "obs-7" && each.type == Type::Observation;
    }));
    std::set<std::string> codes;
    for (std::size_t i = 0; i < vital_sign_count(); ++i) {
        codes.emplace(vital_sign(i).code);
    }
    EXPECT_EQ(codes,
              (std::set<std::string>{"",
                                     "85353-1",
                                     "29463-7",
                                     "8302-2",
                                     "9279-1",
                                     "8867-4",
                                     "8310-5",
                                     "9843-4",
                                     "2708-6",
                                     "39156-5",
                                     "85354-9"}));
}

}  // namespace
}  // namespace aorta::fhir_definitions
