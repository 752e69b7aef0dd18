#include "common/hl7_tables/record_message.hpp"
#include "validate/hl7v2/options.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::validate_hl7v2 {
namespace {

constexpr Reason kIndexReasons[] = {
    {hl7::kNoMsh, "the record is no HL7 v2 message"},
    {hl7::kBadDelimiters, "the record is no HL7 v2 message: no usable delimiters"},
    {hl7::kTooLarge, "the message is too large to be indexed"},
    {hl7::kTooManySegments, "the message has too many segments to be indexed"},
    {hl7::kTooManyFields, "the message has too many fields to be indexed"},
};

struct AllReasons {
    Reason items[kProblemCount + std::size(kIndexReasons)];

    constexpr AllReasons() : items{} {
        for (std::size_t i = 0; i < std::size(items); ++i) {
            items[i] = i < kProblemCount ? Reason{kProblems[i].reason, kProblems[i].summary}
                                         : kIndexReasons[i - kProblemCount];
        }
    }
};

constexpr AllReasons kReasons;

constexpr Descriptor kDescriptor{
    .id = "validate_hl7v2",
    .summary = "Checks HL7 v2 messages: structure, fields, data types, tables, rules of the site",
    .inputs = "hl7v2",
    .reasons = kReasons.items,
    .options = kOptions,
};

class ValidateHl7v2 : public Processor {
public:
    ValidateHl7v2(const Options& options, const Host& host)
        : validator_(read_options(options)),
          messages_(host),
          findings_(host.intern("findings")),
          warnings_(host.counter("warnings")) {}

    static void check(const Options& options, Diagnostics& report) {
        read_options(options, &report);
    }

    Verdict process(Record& record, Out& /*out*/) override {
        const auto message = messages_.open(record);
        if (!message.ok()) {
            return hl7_tables::reject(message.error(), kIndexReasons);
        }
        const std::vector<Finding>& found = validator_.run(*message);
        if (!found.empty() || record.attribute(findings_).data() != nullptr) {
            record.set_attribute(findings_, to_json(found));
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
    hl7_tables::RecordMessages messages_;
    std::uint32_t findings_;
    Counter warnings_;
};

}  // namespace
}  // namespace aorta::plugins::validate_hl7v2

AORTA_PLUGIN(aorta::plugins::validate_hl7v2::ValidateHl7v2,
             aorta::plugins::validate_hl7v2::kDescriptor);
