// FHIR: checking a heart rate Observation that a decoder has read, against R4 and the vital signs
// profile that it claims. The floor is the rate that is promised: 200,000 a second on one core.
#include "bench/rig.hpp"
#include "common/fhir/tree_builder.hpp"
#include "validate/fhir/validator.hpp"

#include <cstddef>
#include <string_view>

namespace {

constexpr std::size_t kRounds = 31;
constexpr std::size_t kPerRound = 20'000;
constexpr double kPromised = 200'000;

constexpr std::string_view kObservation =
    R"({"resourceType":"Observation","id":"heart-rate","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/heartrate"]},)"
    R"("status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",)"
    R"("code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}],"code":{"coding":[{"system":"http://loinc.org",)"
    R"("code":"8867-4","display":"Heart rate"}],"text":"Heart rate"},"subject":{"reference":"Patient/example"},)"
    R"("effectiveDateTime":"2024-07-02T10:11:12Z","valueQuantity":{"value":44,"unit":"beats/minute",)"
    R"("system":"http://unitsofmeasure.org","code":"/min"}})";

}  // namespace

int main() {
    aorta::fhir::TreeBuilder builder;
    if (!builder.build(kObservation).ok()) {
        return 70;
    }
    aorta::plugins::validate_fhir::Validator validator{{}};
    aorta::bench::Rounds rounds;
    std::size_t findings = 0;
    for (std::size_t round = 0; round < kRounds; ++round) {
        const double begin = aorta::bench::process_cpu();
        for (std::size_t i = 0; i < kPerRound; ++i) {
            findings += validator.run(builder.tree()).size();
        }
        const double seconds = aorta::bench::process_cpu() - begin;
        rounds.add(static_cast<double>(kPerRound) / seconds, kPromised);
    }
    rounds.print({.name = "fhir_validate",
                  .bar = 1,
                  .is_at_most = false,
                  .unit = "resources/s",
                  .what = "a vital signs Observation against R4 and its profile, on one core, "
                          "against the rate that is promised"});
    return findings == 0 ? 0 : 70;
}
