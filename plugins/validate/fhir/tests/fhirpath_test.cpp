#include "validate/fhir/fhirpath.hpp"

#include "common/fhir/tree_builder.hpp"
#include "validate/fhir/rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aorta::plugins::validate_fhir {
namespace {

constexpr std::string_view kPatient = R"({"resourceType":"Patient","id":"p","active":true,
    "name":[{"family":"A","given":["B","C"]},{"family":"D","use":"old"}],
    "birthDate":"1980-05","multipleBirthInteger":2,
    "_gender":{"extension":[{"url":"http://a","valueCode":"x"}]},
    "contact":[{"relationship":[{"coding":[{"system":"http://s","code":"c"}]}],"name":{"family":"A"}}],
    "contained":[{"resourceType":"Organization","id":"o","name":"N"}],
    "managingOrganization":{"reference":"#o"}})";

std::string answer(std::string_view text) {
    fhir::TreeBuilder builder;
    EXPECT_TRUE(builder.build(kPatient).ok());
    const auto path = FhirPath::compile(text);
    if (!path.ok()) {
        return "error";
    }
    const TypedElement root{builder.tree().root(), {}, fhir_definitions::Type::Patient};
    const auto holds = path->holds(root, {root, root});
    return holds ? (*holds ? "true" : "false") : "unknown";
}

TEST(FhirPath, AnswersAsTheStandardSays) {
    struct Case {
        const char* text;
        const char* answer;
    };

    const Case cases[] = {
        {"name.exists()", "true"},
        {"photo.empty()", "true"},
        {"name.count() = 2", "true"},
        {"name.given.count() = 2", "true"},
        {"name[1].use = 'old'", "true"},
        {"name.first().family = 'A'", "true"},
        {"name.where(use = 'old').family = 'D'", "true"},
        {"name.where(use = 'nickname').exists()", "false"},
        {"name.exists(use = 'old')", "true"},
        {"name.all(family.exists())", "true"},
        {"name.all(given.exists())", "false"},
        {"name.family.isDistinct()", "true"},
        {"(name.family | contact.name.family).count() = 2", "true"},
        {"name.family.combine(contact.name.family).isDistinct()", "false"},
        {"name.family.intersect(contact.name.family) = 'A'", "true"},
        {"active", "true"},
        {"active.not()", "false"},
        {"active = true and birthDate > '1979'", "true"},
        {"photo.exists() implies name.empty()", "true"},
        {"active xor photo.exists()", "true"},
        {"multipleBirth = 2", "true"},
        {"multipleBirth is integer", "true"},
        {"(multipleBirth as integer) < 3", "true"},
        {"multipleBirth is boolean", "false"},
        {"multipleBirth + 1 = 3", "true"},
        {"-1 < 0", "true"},
        {"2 * 3 + 1 = 7", "true"},
        {"gender.exists()", "true"},
        {"gender.hasValue()", "false"},
        {"gender.extension('http://a').value = 'x'", "true"},
        {"birthDate.hasValue()", "true"},
        {"'p' in id", "true"},
        {"('x' | 'p') contains id", "true"},
        {"id in ('x' | 'y')", "false"},
        {"name.family.first().startsWith('A')", "true"},
        {"birthDate.toString().length() = 7", "true"},
        {"birthDate.matches('^[0-9]{4}-')", "true"},
        {"birthDate.substring(0, 4) = '1980'", "true"},
        {"'12'.toInteger() > 9", "true"},
        {"iif(active, name.exists(), name.empty())", "true"},
        {"descendants().where($this = 'c').exists()", "true"},
        {"children().count() > 5", "true"},
        {"contained.where(('#' + id) in %resource.managingOrganization.reference).exists()",
         "true"},
        {"contained.first() is Organization", "true"},
        {"contained.ofType(Patient).empty()", "true"},
        {"Patient.name.exists()", "true"},
        {"%ucum = 'http://unitsofmeasure.org'", "true"},
        {"name.select(family & use).isDistinct()", "true"},
        {"name.given.trace('x').exists()", "true"},
        {"contact.relationship.coding.where(system = 'http://s' and code = 'c').exists()", "true"},
        {"name.tail().count() = 1", "true"},
        {"managingOrganization.resolve().exists()", "unknown"},
        {"name.exists() or managingOrganization.resolve().exists()", "true"},
        {"photo.title = 'x'", "unknown"},
        {"{}.empty()", "true"},
        {"name.", "error"},
        {"name.nothing()", "error"},
        {"(name", "error"},
        {"name = 'x", "error"},
        {"name name", "error"},
        {"id.matches('[')", "error"},
        {"", "error"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(answer(each.text), each.answer) << each.text;
    }
}

TEST(FhirPath, RefusesDepth) {
    EXPECT_EQ(answer(std::string(1000, '(') + "id" + std::string(1000, ')')), "error");
}

TEST(FhirPath, CompilesAllInvariantsOfR4) {
    const Rules rules;
    EXPECT_FALSE(rules.of(fhir_definitions::Type::Bundle).empty());
    EXPECT_TRUE(Rules::is_known("obs-7"));
    EXPECT_TRUE(Rules::is_known("dom-3"));
    EXPECT_FALSE(Rules::is_known("vs-1"));
}

}  // namespace
}  // namespace aorta::plugins::validate_fhir
