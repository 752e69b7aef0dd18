#include "common/hl7_tables/date_time.hpp"
#include "common/hl7_tables/record_message.hpp"
#include "deidentify/hl7v2/options.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::deidentify {
namespace {

constexpr Reason kReasons[] = {
    {hl7::kNoMsh, "the record is no HL7 v2 message"},
    {hl7::kBadDelimiters, "the record is no HL7 v2 message: no usable delimiters"},
    {hl7::kTooLarge, "the message is too large to be indexed"},
    {hl7::kTooManySegments, "the message has too many segments to be indexed"},
    {hl7::kTooManyFields, "the message has too many fields to be indexed"},
    {kSecondMsh, "a second message begins inside the first"},
};
constexpr Descriptor kDescriptor{
    .id = "deidentify",
    .summary = "Removes or generalises what identifies a person in HL7 v2 messages",
    .inputs = "hl7v2",
    .concurrency = Concurrency::Keyed,
    .reasons = kReasons,
    .options = kOptions,
};

class Deidentify : public Processor {
public:
    Deidentify(const Options& options, const Host& host)
        : host_(host),
          deidentifier_(read_options(options)),
          messages_(host),
          segments_removed_(host.counter("segments_removed")),
          fields_removed_(host.counter("fields_removed")),
          fields_generalised_(host.counter("fields_generalised")) {}

    static void check(const Options& options, Diagnostics& report) {
        read_options(options, &report);
    }

    Verdict process(Record& record, Out& /*out*/) override {
        const auto message = messages_.open(record);
        if (!message.ok()) {
            return hl7_tables::reject(message.error(), kReasons);
        }
        const auto& id = record.abi()->id;
        const int today = hl7_tables::day_number_of(record.ingest_time().count());
        const auto report =
            deidentifier_.run(*message, control_id_of(id[0], id[1]), today, scratch_);
        if (!report.ok()) {
            return hl7_tables::reject(report.error(), kReasons);
        }
        record.set_payload(host_.buffer(scratch_));
        if (const Result<void> attached = messages_.attach(record); !attached.ok()) {
            return hl7_tables::reject(attached.error(), kReasons);
        }
        segments_removed_.add(report->segments_removed);
        fields_removed_.add(report->fields_removed);
        fields_generalised_.add(report->fields_generalised);
        return Verdict::pass();
    }

private:
    Host host_;
    Deidentifier deidentifier_;
    hl7_tables::RecordMessages messages_;
    Counter segments_removed_;
    Counter fields_removed_;
    Counter fields_generalised_;
    std::string scratch_;
};

}  // namespace
}  // namespace aorta::plugins::deidentify

AORTA_PLUGIN(aorta::plugins::deidentify::Deidentify, aorta::plugins::deidentify::kDescriptor);
