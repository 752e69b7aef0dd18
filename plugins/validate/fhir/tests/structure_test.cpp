#include "validate/fhir/tests/check.hpp"

namespace aorta::plugins::validate_fhir {
namespace {

using testing::broken;
using testing::findings;
using testing::observation;
using testing::patient;
using Found = std::vector<std::string>;

struct Case {
    std::string json;
    Found found;  ///< empty: it is valid
};

void expect_all(const std::vector<Case>& cases) {
    for (const Case& each : cases) {
        EXPECT_EQ(findings(each.json), each.found) << each.json;
    }
}

TEST(ValidateFhir, KnowsResourcesByTheirType) {
    expect_all({
        {R"({"resourceType":"Patient"})", {}},
        {R"({"resourceType":"Nobody"})", {"fhir.unknown_resource Resource"}},
        {R"({"resourceType":"DomainResource"})", {"fhir.unknown_resource Resource"}},
        {R"({"resourceType":1})", {"fhir.unknown_resource Resource"}},
        {R"({"id":"1"})", {"fhir.unknown_resource Resource"}},
        {R"([])", {"fhir.wrong_kind Resource"}},
    });
}

TEST(ValidateFhir, RefusesElementsThatATypeHasNot) {
    expect_all({
        {patient(R"("nome":[{"family":"A"}])"), {"fhir.unknown_element Patient"}},
        {patient(R"("name":[{"surname":"A"}])"), {"fhir.unknown_element Patient.name[0]"}},
        {patient(R"("deceased":true)"), {"fhir.unknown_element Patient"}},
        {patient(R"("deceasedString":"x")"), {"fhir.unknown_element Patient"}},
        {patient(R"("deceasedBoolean":true)"), {}},
        {patient(R"("fhir_comments":["x"])"), {"fhir.unknown_element Patient"}},
        {patient(R"("_name":[{"id":"x","extension":[{"url":"http://a","valueCode":"x"}]}])"),
         {"fhir.unknown_element Patient"}},
    });
}

TEST(ValidateFhir, CountsValues) {
    expect_all({
        {R"({"resourceType":"Observation","code":{"text":"x"}})",
         {"fhir.required_element_missing Observation.status"}},
        {R"({"resourceType":"Observation"})",
         {"fhir.required_element_missing Observation.status",
          "fhir.required_element_missing Observation.code"}},
        {observation(R"("component":[{"valueString":"x"}])"),
         {"fhir.required_element_missing Observation.component[0].code"}},
        {patient(R"("name":{"family":"A"})"), {"fhir.wrong_kind Patient.name"}},
        {patient(R"("gender":["male"])"), {"fhir.wrong_kind Patient.gender"}},
        {patient(R"("communication":[{"preferred":true}])"),
         {"fhir.required_element_missing Patient.communication[0].language"}},
    });
}

TEST(ValidateFhir, WantsTheKindsOfJson) {
    expect_all({
        {patient(R"("active":"true")"), {"fhir.wrong_kind Patient.active"}},
        {patient(R"("birthDate":1980)"), {"fhir.wrong_kind Patient.birthDate"}},
        {patient(R"("multipleBirthInteger":"2")"),
         {"fhir.wrong_kind Patient.multipleBirth.ofType(integer)"}},
        {patient(R"("name":["A"])"), {"fhir.wrong_kind Patient.name[0]"}},
        {patient(R"("maritalStatus":"M")"), {"fhir.wrong_kind Patient.maritalStatus"}},
        {patient(R"("birthDate":null)"), {"fhir.empty_value Patient.birthDate"}},
        {observation(R"("valueQuantity":{"value":"7"})"),
         {"fhir.wrong_kind Observation.value.ofType(Quantity).value"}},
    });
}

TEST(ValidateFhir, RefusesWhatIsEmpty) {
    expect_all({
        {patient(R"("name":[])"), {"fhir.empty_value Patient.name"}},
        {patient(R"("name":[{}])"), {"fhir.empty_value Patient.name[0]"}},
        {patient(R"("name":[{"id":"x"}])"), {"fhir.empty_value Patient.name[0]"}},
        {patient(R"("name":[null])"), {"fhir.empty_value Patient.name[0]"}},
        {patient(R"("name":[{"family":""}])"), {"fhir.empty_value Patient.name[0].family"}},
        {patient(R"("name":[{"family":" "}])"), {"?fhir.blank_value Patient.name[0].family"}},
        {patient(R"("meta":{})"), {"fhir.empty_value Patient.meta"}},
    });
}

TEST(ValidateFhir, KnowsWhatStandsBesideAPrimitive) {
    const std::string extension = R"({"extension":[{"url":"http://a","valueCode":"x"}]})";
    expect_all({
        {patient(R"("birthDate":"1980","_birthDate":)" + extension), {}},
        {patient(R"("_birthDate":)" + extension), {}},
        {patient(R"("_birthDate":{})"), {"fhir.empty_value Patient.birthDate"}},
        {patient(R"("_birthDate":"x")"), {"fhir.wrong_kind Patient.birthDate"}},
        {patient(R"("_birthDate":{"value":"x"})"), {"fhir.unknown_element Patient.birthDate"}},
        {patient(R"("name":[{"given":["A",null],"_given":[null,)" + extension + "]}]"), {}},
        {patient(R"("name":[{"given":["A",null]}])"),
         {"fhir.empty_value Patient.name[0].given[1]"}},
        {patient(R"("name":[{"given":["A","B"],"_given":[)" + extension + "]}]"),
         {"fhir.wrong_kind Patient.name[0].given[0]"}},
        {patient(R"("name":[{"given":["A",null],"_given":[)" + extension + ",null]}]"),
         {"fhir.empty_value Patient.name[0].given[1]",
          "fhir.empty_value Patient.name[0].given[1]"}},
        // An extension stands for the value that is required.
        {R"({"resourceType":"Observation","_status":)" + extension + R"(,"code":{"text":"x"}})",
         {}},
    });
}

TEST(ValidateFhir, TakesOneTypeOfAChoice) {
    expect_all({
        {observation(R"("valueString":"a","valueBoolean":true)"),
         {"fhir.several_choices Observation.value.ofType(boolean)"}},
        {observation(
             R"("valueString":"a","_valueString":{"extension":[{"url":"http://a","valueCode":"b"}]})"),
         {}},
    });
}

TEST(ValidateFhir, ChecksCodesOfRequiredBindings) {
    expect_all({
        {R"({"resourceType":"Observation","status":"Final","code":{"text":"x"}})",
         {"fhir.code_not_in_value_set Observation.status"}},
        {patient(R"("gender":"m")"), {"fhir.code_not_in_value_set Patient.gender"}},
        {patient(R"("photo":[{"contentType":"image/png"}])"), {}},
        {patient(R"("photo":[{"contentType":"a picture"}])"),
         {"fhir.code_not_in_value_set Patient.photo[0].contentType"}},
        {R"({"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]}})",
         {}},
        {R"({"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{"system":"http://example.org","code":"active"}]}})",
         {"fhir.code_not_in_value_set AllergyIntolerance.clinicalStatus"}},
    });
}

TEST(ValidateFhir, ChecksReferences) {
    const auto subject = [](const std::string& text) {
        return observation(R"("subject":{"reference":")" + text + "\"}");
    };
    for (const char* text : {"Patient/1",
                             "Patient/1/_history/2",
                             "http://a.org/fhir/Patient/1",
                             "https://a.org/whatever",
                             "urn:oid:1.2.3",
                             "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}) {
        EXPECT_EQ(findings(subject(text)), Found{}) << text;
    }
    for (const char* text : {"1",
                             "patient/1",
                             "Patient",
                             "Patient/",
                             "Patient/a b",
                             "Nobody/1",
                             "Patient/1/_history/",
                             "Patient?name=x",
                             "http://a b"}) {
        EXPECT_EQ(findings(subject(text)), Found{"fhir.malformed_reference Observation.subject"})
            << text;
    }
    for (const char* text : {"Practitioner/1", "http://a.org/fhir/Practitioner/1"}) {
        EXPECT_EQ(findings(subject(text)), Found{"fhir.reference_target Observation.subject"})
            << text;
    }
    EXPECT_EQ(findings(subject("#p")), Found{"fhir.reference_not_found Observation.subject"});
    EXPECT_EQ(findings(R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" +
                       subject("Patient?identifier=a|b") +
                       R"(,"request":{"method":"POST","url":"Observation"}}]})"),
              Found{});
}

TEST(ValidateFhir, ChecksContainedResources) {
    const auto with = [](const std::string& contained, const std::string& reference) {
        return observation(R"("contained":[)" + contained + R"(],"subject":{"reference":")" +
                           reference + "\"}");
    };
    const std::string own = R"({"resourceType":"Patient","id":"p"})";
    expect_all({
        {with(own, "#p"), {}},
        {with(own, "Patient/1"), {"fhir.bad_contained Observation.contained[0]"}},
        {with(own + "," + own, "#p"), {"fhir.bad_contained Observation.contained[1]"}},
        {with(R"({"resourceType":"Patient"})", "Patient/1"),
         {"fhir.bad_contained Observation.contained[0]"}},
        {with(R"({"resourceType":"Practitioner","id":"p"})", "#p"),
         {"fhir.reference_target Observation.subject"}},
        {with(R"({"resourceType":"Patient","id":"p","meta":{"versionId":"1"}})", "#p"),
         {"fhir.bad_contained Observation.contained[0]"}},
        {with(R"({"resourceType":"Patient","id":"p","meta":{"security":[{"code":"x"}]}})", "#p"),
         {"fhir.bad_contained Observation.contained[0]"}},
        {with(R"({"resourceType":"Patient","id":"p","contained":[)" + own + "]}", "#p"),
         {"fhir.bad_contained Observation.contained[0]",
          "fhir.bad_contained Observation.contained[0].contained[0]"}},
        {with(R"({"resourceType":"Patient","id":"p","nome":"x"})", "#p"),
         {"fhir.unknown_element Observation.contained[0]"}},
        {with(
             R"({"resourceType":"List","id":"p","status":"current","mode":"working","subject":{"reference":"#"}})",
             "Patient/1"),
         {"fhir.reference_target Observation.contained[0].subject"}},
    });
}

TEST(ValidateFhir, RefusesModifierExtensionsThatNobodyKnows) {
    const std::string json =
        patient(R"("modifierExtension":[{"url":"http://a.org/x","valueCode":"y"}])");
    EXPECT_EQ(findings(json),
              Found{"fhir.unknown_modifier_extension Patient.modifierExtension[0]"});
    ValidatorConfig config;
    config.structure.modifier_extensions = {"http://a.org/x"};
    EXPECT_EQ(findings(json, config), Found{});
    EXPECT_EQ(findings(patient(R"("extension":[{"url":"http://a.org/x","valueCode":"y"}])")),
              Found{});
}

TEST(ValidateFhir, ChecksNarratives) {
    const auto with = [](const std::string& div) {
        return patient(R"("text":{"status":"generated","div":")" + div + "\"}");
    };
    const std::string open = R"(<div xmlns=\"http://www.w3.org/1999/xhtml\">)";
    for (const std::string& text : {std::string{"a"},
                                    std::string{"<p>a<br/>b</p>"},
                                    std::string{"<!-- c --><b class='x'>a &amp; b &#160;</b>"},
                                    std::string{"<img src='x' alt=''/>"}}) {
        EXPECT_EQ(findings(with(open + text + "</div>")), Found{}) << text;
    }
    for (const std::string& text : {std::string{""},
                                    std::string{"<script>a</script>"},
                                    std::string{"<p>a</b>"},
                                    std::string{"<p onclick='x'>a</p>"},
                                    std::string{"a &nbsp; b"},
                                    std::string{"a & b"},
                                    std::string{"<!DOCTYPE x>a"},
                                    std::string{"<a href='javascript:x'>a</a>"}}) {
        EXPECT_EQ(findings(with(open + text + "</div>")),
                  Found{"fhir.bad_narrative Patient.text.div"})
            << text;
    }
    for (const std::string& div : {std::string{"a"},
                                   std::string{"<div>a</div>"},
                                   open + "a",
                                   open + "a</div>b",
                                   std::string{"<p>a</p>"}}) {
        EXPECT_EQ(findings(with(div)), Found{"fhir.bad_narrative Patient.text.div"}) << div;
    }
}

TEST(ValidateFhir, ChecksBundlesEntryByEntry) {
    const auto bundle = [](const std::string& type, const std::string& entries) {
        return R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[)" + entries + "]}";
    };
    expect_all({
        {bundle(
             "collection",
             R"({"fullUrl":"http://a/Patient/1","resource":{"resourceType":"Patient","id":"1"}})"),
         {}},
        {bundle(
             "collection",
             R"({"fullUrl":"http://a/Patient/2","resource":{"resourceType":"Patient","id":"1"}})"),
         {"fhir.malformed_reference Bundle.entry[0]"}},
        {bundle("collection",
                R"({"fullUrl":"Patient/1","resource":{"resourceType":"Patient","id":"1"}})"),
         {"fhir.malformed_reference Bundle.entry[0]"}},
        {bundle("collection", R"({"resource":{"resourceType":"Patient","gender":"x"}})"),
         {"fhir.code_not_in_value_set Bundle.entry[0].resource.gender"}},
        {bundle("searchset", R"({"resource":{"resourceType":"Patient"}})"),
         {"fhir.required_element_missing Bundle.entry[0]"}},
        {bundle("message", R"({"resource":{"resourceType":"Patient"}})"),
         {"fhir.invariant_failed Bundle"}},
        {bundle(
             "collection",
             R"({"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":"Patient"}},{"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":"Patient"}})"),
         {"fhir.invariant_failed Bundle"}},
        {bundle("batch", R"({"resource":{"resourceType":"Patient"}})"),
         {"fhir.invariant_failed Bundle"}},
    });
}

TEST(ValidateFhir, KeepsTheInvariants) {
    struct Rule {
        const char* key;
        std::string json;
    };

    const std::vector<Rule> rules = {
        {"obs-3", observation(R"("referenceRange":[{"age":{"low":{"value":1}}}])")},
        {"obs-6", observation(R"("valueString":"x","dataAbsentReason":{"text":"y"})")},
        {"obs-7",
         R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://a","code":"b"}]},"valueString":"x","component":[{"code":{"coding":[{"code":"b","system":"http://a"}]}}]})"},
        {"qty-3", observation(R"("valueQuantity":{"value":1,"code":"g"})")},
        {"per-1", observation(R"("effectivePeriod":{"start":"2024-02","end":"2023"})")},
        {"rng-2", observation(R"("valueRange":{"low":{"value":2},"high":{"value":1}})")},
        {"rat-1", observation(R"("valueRatio":{"numerator":{"value":1}})")},
        {"sqty-1", observation(R"("valueRange":{"low":{"value":2,"comparator":"<"}})")},
        {"cpt-2", patient(R"("telecom":[{"value":"1"}])")},
        {"att-1", patient(R"("photo":[{"data":"AAAA"}])")},
        {"pat-1", patient(R"("contact":[{"gender":"male"}])")},
        {"ext-1", patient(R"("extension":[{"url":"http://a"}])")},
        {"ext-1",
         patient(
             R"("extension":[{"url":"http://a","valueCode":"x","extension":[{"url":"b","valueCode":"x"}]}])")},
        {"tim-9",
         R"({"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/1"},"dosageInstruction":[{"timing":{"repeat":{"offset":5,"when":["C"]}}}]})"},
        {"con-4",
         R"({"resourceType":"Condition","subject":{"reference":"Patient/1"},"abatementString":"x","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]}})"},
        {"org-1", R"({"resourceType":"Organization","active":true})"},
        {"org-2",
         R"({"resourceType":"Organization","name":"x","address":[{"use":"home","city":"x"}]})"},
        {"que-2",
         R"({"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"string"},{"linkId":"1","type":"string"}]})"},
        {"que-12",
         R"({"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"string","enableWhen":[{"question":"2","operator":"exists","answerBoolean":true},{"question":"3","operator":"exists","answerBoolean":true}]}]})"},
        {"inv-1", R"({"resourceType":"Parameters","parameter":[{"name":"a"}]})"},
        {"lst-3",
         R"({"resourceType":"List","status":"current","mode":"snapshot","entry":[{"date":"2024","item":{"reference":"Patient/1"}}]})"},
        {"ras-2",
         R"({"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/1"},"prediction":[{"probabilityDecimal":101}]})"},
    };
    for (const Rule& rule : rules) {
        EXPECT_EQ(broken(rule.json), Found{rule.key}) << rule.json;
    }
    for (
        const std::string& json :
        {observation(R"("effectivePeriod":{"start":"2024-02","end":"2024"})"),
         observation(
             R"("effectivePeriod":{"start":"2024-01-01T10:00:00+01:00","end":"2024-01-01T09:30:00Z"})"),
         observation(R"("valueRange":{"low":{"value":1.0},"high":{"value":1}})"),
         observation(
             R"("valueRange":{"low":{"value":2,"unit":"g"},"high":{"value":1,"unit":"kg"}})"),
         observation(R"("valueQuantity":{"value":1,"unit":"g"})")}) {
        EXPECT_EQ(broken(json), Found{}) << json;
    }
}

TEST(ValidateFhir, TakesSeveritiesByReasonAndByRule) {
    ValidatorConfig config;
    config.severities[static_cast<std::size_t>(Problem::UnknownElement)] = Severity::Warning;
    config.rules["obs-6"] = Severity::Off;
    config.rules["dom-6"] = Severity::Warning;
    EXPECT_EQ(
        findings(observation(R"("valueString":"x","dataAbsentReason":{"text":"y"},"a":1)"), config),
        (Found{"?fhir.unknown_element Observation", "?fhir.best_practice Observation"}));
}

TEST(ValidateFhir, FindingsAreBoundAndHoldNoValues) {
    std::string names;
    for (int i = 0; i < 300; ++i) {
        names += i > 0 ? "," : "";
        names += R"({"SECRET":"SECRET","use":"SECRET","period":{"start":"SECRET"},"family":" "})";
    }
    fhir::TreeBuilder builder;
    const std::string json = patient(R"("name":[)" + names + "]");
    ASSERT_TRUE(builder.build(json).ok());
    Validator validator{ValidatorConfig{}};
    const auto& found = validator.run(builder.tree());
    EXPECT_EQ(found.size(), Reporter::kMaxFindings);
    EXPECT_TRUE(std::all_of(found.begin(), found.end(), [](const Finding& each) {
        return each.severity == Severity::Error;
    }));
    EXPECT_EQ(to_json(found).find("SECRET"), std::string::npos);
    EXPECT_EQ(to_operation_outcome(found).find("SECRET"), std::string::npos);
}

TEST(ValidateFhir, HostileResourcesCostNoMoreThanTheirSize) {
    std::string contained;
    std::string values;
    std::string beside;
    std::string codings;
    for (int i = 0; i < 50'000; ++i) {
        const std::string comma = i > 0 ? "," : "";
        contained += comma + R"({"resourceType":"Patient","id":")" + std::to_string(i) + "\"}";
        values += comma + "null";
        beside += comma + R"({"extension":[{"url":"u","valueCode":"c"}]})";
        codings += comma + R"({"system":"http://s","code":")" + std::to_string(i) + "\"}";
    }
    const std::string coded = R"({"coding":[)" + codings + "]}";
    findings(patient(R"("contained":[)" + contained + R"(],"name":[{"given":[)" + values +
                     R"(],"_given":[)" + beside + "]}]"));
    findings(R"({"resourceType":"Observation","status":"final","valueString":"x","code":)" + coded +
             R"(,"component":[{"code":)" + coded + "}]}");
}

TEST(ValidateFhir, ItsOperationOutcomeIsValid) {
    fhir::TreeBuilder builder;
    const std::string json = patient(R"("gender":"m","name":[{}],"active":"x")");
    ASSERT_TRUE(builder.build(json).ok());
    Validator validator{ValidatorConfig{}};
    const std::string outcome = to_operation_outcome(validator.run(builder.tree()));
    EXPECT_EQ(findings(outcome), Found{}) << outcome;
}

}  // namespace
}  // namespace aorta::plugins::validate_fhir
