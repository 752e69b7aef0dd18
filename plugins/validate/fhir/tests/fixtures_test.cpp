// Public resources with stated outcomes, and bundles of synthetic patients.
#include "common/fhir/tests/fixtures.hpp"

#include "validate/fhir/tests/check.hpp"

#include <algorithm>
#include <iostream>

namespace aorta::plugins::validate_fhir {
namespace {

namespace fixtures = fhir::testing;

/// The R4 cases of FHIR's own validator tests whose outcome there depends on nothing but the
/// resource, R4, and the files beside it. docs/reference/fhir-validation.md says which are left
/// out, and why those that are marked are judged otherwise here.
struct Case {
    const char* file;
    bool is_valid;
    bool is_known_difference = false;
    const char* profile = nullptr;
    const char* apply = nullptr;
};

constexpr Case kCases[] = {
    {"Observation-ex-pain.json", false},
    {"StructureDefinition-11179-objectClass.json", true},
    {"ai3.json", false},
    {"ai8.json", false},
    {"bad-json-close-2.json", false},
    {"bad-json-close-3.json", false},
    {"bb-obs-value-is-not-in-valueset.json", true},
    {"bundle-document-versioned-references-good.json", true},
    {"bundle-ea-testcase.json", false},
    {"bundle-id-search-3.json", false},
    {"bundle-with-contained.json", false},
    {"canonical-url.json", true},
    {"care-plan.json", true},
    {"cs-filter.json", true},
    {"cs-meta-profile.json", false},
    {"document-manifest-4.json", true},
    {"ext-derived-circle.json", true},
    {"filter-invalid-display-instance.json", true},
    {"ips-htmlrefs-backwards.json", false, true},
    {"json-comma-bad-2.json", false},
    {"json-comments-2.json", false},
    {"json-comments.json", false},
    {"maiden-name.json", false, true},
    {"med-example.json", false},
    {"mr-covid-m3.json", false},
    {"obs-mz.json", false, true},
    {"obs-quantity.json", false},
    {"obs-value-max-g.json",
     false,
     false,
     "obs-value-min-profile.json",
     "http://hl7.org.au/fhir/tests/StructureDefinition/obs-value-min-profile"},
    {"obs-value-min-g.json",
     false,
     false,
     "obs-value-min-profile.json",
     "http://hl7.org.au/fhir/tests/StructureDefinition/obs-value-min-profile"},
    {"obs-vital-signs-mdc.json", true},
    {"parameters-attachment.json", false},
    {"parameters-reference.json", true},
    {"params-reference-fullUrl-extension.json", true},
    {"params-reference-transaction-bundle.json", true},
    {"pat-security-bad-string.json", false, true},
    {"pat-security-bad-xhtml.json", false},
    {"patient-id-bad-1.json", false},
    {"patient-id-bad-3.json", false},
    {"patient-ig-bad.json",
     false,
     false,
     "patient-ig-sd.json",
     "http://hl7.org/fhir/test/StructureDefinition/patient-ig-sd"},
    {"q-enablewhen-me-wrong.json", false},
    {"q_val_fail.json", true},
    {"qr-internal-refs.json", true},
    {"ref-policy-r4.json", true},
    {"resource-invalid-eid-2.json", false},
    {"resource-invalid-id-3.json", false},
    {"risk-assessment-probability-range.json", false},
    {"sd-device.json", true},
    {"sdoh-type-slice.json", false, true},
    {"shc-bad-1.json", false},
    {"sp-diff-expression.json", true},
    {"toplevel-maxvalueduration-fail.json", true},
    {"toplevel-maxvalueduration-pass.json", true},
    {"type-subtype-slicing2.json",
     false,
     false,
     "type-subtype-slicing-sd.json",
     "http://example.org/fhir/StructureDefinition/TypeSubtypeSlicingstructuredef"},
    {"us-cond.json", true},
    {"valueset-import-legacy-test.json", true},
    {"vs-canonical-urn.json", false},
    {"vs-params-q.json", true},
    {"xml-bad-entities.json", false},
    {"xver-extensions-vs.json", true},
};

bool is_valid(const std::filesystem::path& folder, const Case& each) {
    ValidatorConfig config;
    if (each.profile != nullptr) {
        config.profile_texts = {fixtures::read_file(folder / each.profile)};
        config.apply = {each.apply};
    }
    const std::string text = fixtures::read_file(folder / each.file);
    EXPECT_FALSE(text.empty()) << each.file;
    fhir::TreeBuilder builder;
    if (!builder.build(text).ok()) {
        return false;
    }
    Validator validator{config};
    const auto& found = validator.run(builder.tree());
    return std::none_of(found.begin(), found.end(), [](const Finding& finding) {
        return finding.severity == Severity::Error;
    });
}

TEST(ValidateFhirFixtures, AgreesWithStatedOutcomes) {
    const auto folder = fixtures::fixtures() / "fhir" / "validator";
    if (!std::filesystem::is_directory(folder)) {
        GTEST_SKIP() << "no fixtures at " << folder;
    }
    std::size_t right[2] = {};
    std::size_t all[2] = {};
    for (const Case& each : kCases) {
        const bool found = is_valid(folder, each);
        ++all[each.is_valid ? 1 : 0];
        right[each.is_valid ? 1 : 0] += found == each.is_valid ? 1 : 0;
        EXPECT_EQ(found != each.is_valid, each.is_known_difference)
            << each.file << " is found " << (found ? "valid" : "invalid");
    }
    const double invalid = static_cast<double>(right[0]) / static_cast<double>(all[0]);
    const double valid = static_cast<double>(right[1]) / static_cast<double>(all[1]);
    std::cout << "valid " << right[1] << " of " << all[1] << ", invalid " << right[0] << " of "
              << all[0] << ", balanced accuracy " << (valid + invalid) / 2 << '\n';
    EXPECT_GE((valid + invalid) / 2, 0.90);
}

TEST(ValidateFhirFixtures, TakesSyntheticPatients) {
    const auto files = fixtures::json_files(fixtures::fixtures() / "fhir" / "synthea");
    if (files.empty()) {
        GTEST_SKIP() << "no fixtures";
    }
    for (const auto& file : files) {
        for (const std::string& finding : testing::findings(fixtures::read_file(file))) {
            EXPECT_TRUE(finding.starts_with("?")) << file << ' ' << finding;
        }
    }
}

}  // namespace
}  // namespace aorta::plugins::validate_fhir
