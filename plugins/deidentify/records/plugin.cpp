#include "common/fhir/reason.hpp"
#include "common/fhir/record_tree.hpp"
#include "common/hl7_tables/date_time.hpp"
#include "common/hl7_tables/record_message.hpp"
#include "deidentify/records/options.hpp"

#include <aorta/sdk.hpp>

#include <stdexcept>

namespace aorta::plugins::deidentify {
namespace {

constexpr std::string_view kVaultFailed = "deidentify.vault_failed";

constexpr Reason kReasons[] = {
    {hl7::kNoMsh, "the record is no HL7 v2 message"},
    {hl7::kBadDelimiters, "the record is no HL7 v2 message: no usable delimiters"},
    {hl7::kTooLarge, "the message is too large to be indexed"},
    {hl7::kTooManySegments, "the message has too many segments to be indexed"},
    {hl7::kTooManyFields, "the message has too many fields to be indexed"},
    {kSecondMsh, "a second message begins inside the first"},
    {fhir::kNotJson, "the record is no FHIR resource in JSON"},
    {fhir::kDuplicateName, "an object has a name twice"},
    {fhir::kBadName, "a name is empty or too long"},
    {fhir::kTooLarge, "the resource is too large"},
    {fhir::kTooDeep, "the resource is nested too deeply"},
    {fhir::kTooManyElements, "the resource has too many elements"},
    {kUnknownResource, "the record is no resource of FHIR R4"},
    {kVaultFailed, "the vault could not be written"},
};
constexpr Descriptor kDescriptor{
    .id = "deidentify",
    .version = "0.2.0",
    .summary =
        "Removes, generalises or replaces what identifies a person in HL7 v2 messages and FHIR "
        "resources",
    .inputs = "hl7v2|fhir",
    .concurrency = Concurrency::Keyed,
    .reasons = kReasons,
    .options = kOptions,
};

Deidentifiers made(const Options& options) {
    auto deidentifiers = make_deidentifiers(options);
    if (!deidentifiers.ok()) {
        throw std::runtime_error(deidentifiers.error().message);
    }
    return std::move(*deidentifiers);
}

class Deidentify : public Processor {
public:
    Deidentify(const Options& options, const Host& host)
        : host_(host),
          deidentifiers_(made(options)),
          messages_(host),
          trees_(host),
          fhir_(host.intern("fhir")),
          attribute_(host.intern("deidentification")),
          segments_removed_(host.counter("segments_removed")),
          fields_removed_(host.counter("fields_removed")),
          fields_generalised_(host.counter("fields_generalised")) {
        host.log(AORTA_LOG_INFO,
                 "deidentification_policy",
                 {{"profile", privacy::name_of(deidentifiers_.profile)},
                  {"policy", deidentifiers_.policy_hash}});
    }

    static void check(const Options& options, Diagnostics& report) {
        check_options(options, report);
    }

    Verdict process(Record& record, Out& /*out*/) override {
        return record.content_type() == fhir_ ? process_resource(record) : process_message(record);
    }

private:
    Verdict process_message(Record& record) {
        const auto message = messages_.open(record);
        if (!message.ok()) {
            return hl7_tables::reject(message.error(), kReasons);
        }
        const auto& id = record.abi()->id;
        const auto report = deidentifiers_.messages.run(
            *message, privacy::fresh_id(id[0], id[1]), today(record), scratch_);
        if (!report.ok()) {
            return hl7_tables::reject(report.error(), kReasons);
        }
        if (const Result<void> settled = deidentifiers_.protector->settle(); !settled.ok()) {
            return Verdict::fail(settled.error().code, kVaultFailed);
        }
        record.set_payload(host_.buffer(scratch_));
        if (const Result<void> attached = messages_.attach(record); !attached.ok()) {
            return hl7_tables::reject(attached.error(), kReasons);
        }
        return finish(record, *report);
    }

    Verdict process_resource(Record& record) {
        const auto tree = trees_.open(record);
        if (!tree.ok()) {
            return fhir::reject(tree.error(), kReasons);
        }
        const auto& id = record.abi()->id;
        const auto report =
            deidentifiers_.resources.run(**tree, {id[0], id[1]}, today(record), scratch_);
        if (!report.ok()) {
            return fhir::reject(report.error(), kReasons);
        }
        if (const Result<void> settled = deidentifiers_.protector->settle(); !settled.ok()) {
            return Verdict::fail(settled.error().code, kVaultFailed);
        }
        record.set_payload(host_.buffer(scratch_));
        if (const auto attached = trees_.attach(record); !attached.ok()) {
            return fhir::reject(attached.error(), kReasons);
        }
        return finish(record, *report);
    }

    static int today(const Record& record) {
        return hl7_tables::day_number_of(record.ingest_time().count());
    }

    Verdict finish(Record& record, const privacy::Report& report) {
        if (deidentifiers_.reports) {
            record.set_attribute(
                attribute_,
                privacy::to_text(
                    report, privacy::name_of(deidentifiers_.profile), deidentifiers_.policy_hash));
        }
        segments_removed_.add(report.parts_removed);
        fields_removed_.add(report.values_removed);
        fields_generalised_.add(report.values_changed);
        return Verdict::pass();
    }

    Host host_;
    Deidentifiers deidentifiers_;
    hl7_tables::RecordMessages messages_;
    fhir::RecordTrees trees_;
    std::uint32_t fhir_;
    std::uint32_t attribute_;
    Counter segments_removed_;
    Counter fields_removed_;
    Counter fields_generalised_;
    std::string scratch_;
};

}  // namespace
}  // namespace aorta::plugins::deidentify

AORTA_PLUGIN(aorta::plugins::deidentify::Deidentify, aorta::plugins::deidentify::kDescriptor);
