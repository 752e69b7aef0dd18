// Conditions on FHIR resources.
#include "common/expression/fhir_fields.hpp"
#include "common/expression/tests/sample.hpp"
#include "common/fhir/tree_builder.hpp"

#include <gtest/gtest.h>

namespace aorta::expression {
namespace {

constexpr std::string_view kObservation =
    R"({"resourceType":"Observation","status":"final","code":{"coding":[
          {"system":"http://loinc.org","code":"8867-4"},{"system":"local","code":"HR","userSelected":true}]},
        "valueQuantity":{"value":131.50,"unit":"\u002fmin"},"effectiveDateTime":"2024-03-01T09:30:00+01:00",
        "component":[{"code":{"text":"a"},"valueInteger":1,"interpretation":[{"text":"H"},{"text":"N"}]},
                     {"code":{"text":"b"},"valueInteger":2,"interpretation":[{"text":"L"}]}],"factor":1e3})";

class Resource {
public:
    explicit Resource(std::string_view json = kObservation) : json_(json) {
        EXPECT_TRUE(builder_.build(json_).ok());
    }

    Outcome evaluate(const Expression& expression) {
        testing::FixedAttributes attributes{{{"type", "Observation"}}};
        FhirFields fields{builder_.tree(), attributes};
        const Outcome outcome = expression.evaluate(fields, stats);
        stats.not_single += fields.not_single();
        return fields.is_too_costly() ? Outcome::GaveUp : outcome;
    }

    EvalStats stats;

private:
    std::string json_;
    fhir::TreeBuilder builder_;
};

bool holds(std::string_view text) {
    const auto expression = Expression::compile(text);
    EXPECT_TRUE(expression.ok()) << text << ": " << expression.error().message;
    Resource resource;
    return expression.ok() && resource.evaluate(*expression) == Outcome::True;
}

TEST(FhirExpression, ReadsElements) {
    for (const std::string_view text :
         {"Observation.status == 'final'",
          "Observation.value.value > 131",
          "Observation.valueQuantity.value == 131.5",
          "Observation.value.unit == '/min'",
          "Observation.value.value * 2 == 263",
          "number(Observation.factor) == 1000",
          "Observation.status in ['final', 'amended']",
          "Observation.status =~ '^fin'",
          "starts_with(Observation.code.coding[0].code, '8867')",
          "Observation.code.coding.where(system='http://loinc.org').code == '8867-4'",
          "Observation.code.coding.where(system == 'local').userSelected == true",
          "Observation.code.coding.where(system = 'local').userSelected == 'true'",
          "true == Observation.code.coding[1].userSelected",
          "Observation.component.count() == 2",
          "length(Observation.status) == 5",
          "not (Patient.active == true)",
          "@type == 'Observation' and Observation.status != 'cancelled'"}) {
        EXPECT_TRUE(holds(text)) << text;
    }
}

TEST(FhirExpression, TakesConditionsOfPaths) {
    EXPECT_TRUE(holds("Observation.code.coding.exists(code = '8867-4')"));
    EXPECT_TRUE(holds("Observation.component.exists() and not Observation.note.exists()"));
    EXPECT_TRUE(holds("Observation.note.exists() == false"));
    EXPECT_FALSE(holds("Observation.status.startsWith('x') or Patient.name.exists()"));
    EXPECT_FALSE(holds("Observation.note.startsWith('x')"));  // nothing
}

TEST(FhirExpression, TakesElementsAsSets) {
    for (const std::string_view text :
         {"any(Observation.component, .code.text == 'b' and .value == 2)",
          "all(Observation.component, .value > 0)",
          "count(Observation.component, .value > 1) == 1",
          "count(Observation.component.interpretation) == 3",
          "any(Observation.code.coding.code, . == 'HR')",
          "any(Observation.component, any(.interpretation, .text == 'L') and .value == 2)",
          "all(Observation.component, count(.interpretation) > 0 and .value < 3)",
          "any(Observation.component, .value == 1 and Observation.status == 'final')",
          "any(Observation.component, .interpretation.exists(text = 'H'))",
          "exists(Observation.component)",
          "any(Observation.component, exists(.interpretation) and empty(.note))",
          "empty(Observation.note) and not exists(Observation.note.text)"}) {
        EXPECT_TRUE(holds(text)) << text;
    }
    EXPECT_FALSE(holds("any(Observation.component, .code.text == 'a' and .value == 2)"));
}

TEST(FhirExpression, CountsSeveralValuesWhereOneIsMeant) {
    const auto expression = Expression::compile("Observation.code.coding.code == 'HR'");
    ASSERT_TRUE(expression.ok());
    Resource resource;
    EXPECT_EQ(resource.evaluate(*expression), Outcome::False);
    EXPECT_EQ(resource.stats.not_single, 1U);
}

TEST(FhirExpression, KnowsWhatItReads) {
    EXPECT_TRUE(Expression::compile("Patient.active == true")->reads_resource());
    EXPECT_FALSE(Expression::compile("Patient.active == true")->reads_message());
    EXPECT_FALSE(Expression::compile("PID-8 == 'F'")->reads_resource());
    const auto both = Expression::compile("PID-8 == 'F' or Patient.gender == 'female'");
    EXPECT_TRUE(both->reads_resource() && both->reads_message());
    testing::Sample message;
    EvalStats stats;
    EXPECT_EQ(message.evaluate(*both, stats), Outcome::True);
    const auto quantified = Expression::compile("any(Patient.name, .use == 'x')");
    EXPECT_EQ(message.evaluate(*quantified, stats), Outcome::False);
}

TEST(FhirExpression, RefusesWithAPlace) {
    const struct {
        std::string_view text;
        std::string_view where;
    } cases[] = {
        {"Patient.name", "byte 0"},
        {"Patient.active and true", "byte 0"},
        {"Patient. == 'x'", "byte 9"},
        {"@type == 'x' and Patient.name.where(a", "byte 37"},
        {"Patient.resolve().id == 'x'", "byte 8"},
        {".use == 'x'", "byte 0"},
        {"any(OBX, .use == 'x')", "byte 9"},
        {"any(Patient.name, .3 == 'x')", "byte 18"},
        {"any(Patient.name, any(Patient.address, .city == 'x'))", "byte 22"},
        {"Patient == 'x'", "byte 0"},
        {"Patient.name.exists() < true", "byte 22"},
        {"Patient.name.exists() == 'x'", "byte 22"},
    };

    for (const auto& each : cases) {
        const auto expression = Expression::compile(each.text);
        ASSERT_FALSE(expression.ok()) << each.text;
        EXPECT_EQ(expression.error().where, each.where)
            << each.text << ": " << expression.error().message;
    }
}

}  // namespace
}  // namespace aorta::expression
