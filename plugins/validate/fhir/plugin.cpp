#include "common/fhir/record_tree.hpp"
#include "validate/fhir/options.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::validate_fhir {
namespace {

constexpr Reason kTreeReasons[] = {
    {fhir::kNotJson, "the record is no JSON"},
    {fhir::kDuplicateName, "an object has a name twice"},
    {fhir::kBadName, "a name is empty or too long"},
    {fhir::kTooLarge, "the resource is too large"},
    {fhir::kTooDeep, "objects and arrays lie too deep in each other"},
    {fhir::kTooManyElements, "the resource has too many values"},
};

struct AllReasons {
    Reason items[kProblemCount + std::size(kTreeReasons)];

    constexpr AllReasons() : items{} {
        for (std::size_t i = 0; i < std::size(items); ++i) {
            items[i] = i < kProblemCount ? Reason{kProblems[i].reason, kProblems[i].summary}
                                         : kTreeReasons[i - kProblemCount];
        }
    }
};

constexpr AllReasons kReasons;

constexpr Descriptor kDescriptor{
    .id = "validate_fhir",
    .summary =
        "Checks FHIR R4 resources: structure, types, value sets, invariants, vital signs, profiles",
    .inputs = "fhir",
    .reasons = kReasons.items,
    .options = kOptions,
};

class ValidateFhir : public Processor {
public:
    ValidateFhir(const Options& options, const Host& host)
        : validator_(read_options(options)),
          trees_(host),
          findings_(host.intern("findings")),
          outcome_(host.intern("outcome")),
          warnings_(host.counter("warnings")) {}

    static void check(const Options& options, Diagnostics& report) {
        read_options(options, &report);
    }

    Verdict process(Record& record, Out& /*out*/) override {
        const auto tree = trees_.open(record);
        if (!tree.ok()) {
            return fhir::reject(tree.error(), kTreeReasons);
        }
        const std::vector<Finding>& found = validator_.run(**tree);
        if (!found.empty() || record.attribute(findings_).data() != nullptr) {
            record.set_attribute(findings_, to_json(found));
            record.set_attribute(outcome_, to_operation_outcome(found));
        }
        for (const Finding& finding : found) {
            if (finding.severity == Severity::Error) {
                return Verdict::reject(info_of(finding.problem).reason, finding.path);
            }
        }
        warnings_.add(found.size());
        return Verdict::pass();
    }

private:
    Validator validator_;
    fhir::RecordTrees trees_;
    std::uint32_t findings_;
    std::uint32_t outcome_;
    Counter warnings_;
};

}  // namespace
}  // namespace aorta::plugins::validate_fhir

AORTA_PLUGIN(aorta::plugins::validate_fhir::ValidateFhir,
             aorta::plugins::validate_fhir::kDescriptor);
