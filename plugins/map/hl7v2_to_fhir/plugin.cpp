#include "common/hl7_tables/record_message.hpp"
#include "map/hl7v2_to_fhir/options.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::map_hl7v2_to_fhir {
namespace {

constexpr Port kPorts[] = {
    {.name = "out", .content_type = "fhir", .summary = "a Bundle for each message"},
    {.name = "unmapped",
     .content_type = "bytes",
     .summary = "with report: port, a JSON object for each message"},
};
constexpr std::string_view kTooManyValues = "map.too_large";
constexpr Reason kReasons[] = {
    {hl7::kNoMsh, "the record is no HL7 v2 message"},
    {hl7::kBadDelimiters, "the record is no HL7 v2 message: no usable delimiters"},
    {hl7::kTooLarge, "the message is too large to be indexed"},
    {hl7::kTooManySegments, "the message has too many segments to be indexed"},
    {hl7::kTooManyFields, "the message has too many fields to be indexed"},
    {kTooManyValues, "the message has more than 1,000,000 values"},
};
constexpr Descriptor kDescriptor{
    .id = "map_hl7v2_to_fhir",
    .summary = "Makes a FHIR R4 Bundle of an HL7 v2 message, as HL7's v2-to-FHIR guide says",
    .inputs = "hl7v2",
    .outputs = kPorts,
    .reasons = kReasons,
    .options = kOptions,
};

class MapHl7v2ToFhir : public Processor {
public:
    MapHl7v2ToFhir(const Options& options, const Host& host)
        : MapHl7v2ToFhir(read_options(options), host) {}

    static void check(const Options& options, Diagnostics& report) {
        read_options(options, &report);
    }

    Verdict process(Record& record, Out& out) override {
        const auto message = messages_.open(record);
        if (!message.ok()) {
            return hl7_tables::reject(message.error(), kReasons);
        }
        if (!mapper_.run(*message)) {
            return Verdict::reject(kTooManyValues);
        }
        count();
        if (report_ == Report::Port) {
            out.emit(1,
                     Draft{.payload = host_.buffer(mapper_.account().to_json(*message)),
                           .content_type = bytes_});
        } else if (report_ == Report::Attribute) {
            record.set_attribute(unmapped_, mapper_.account().to_json(*message));
        }
        record.set_payload(host_.buffer(writer_.write(mapper_.drafts(), record.payload())), fhir_);
        resources_.add(writer_.size());
        return Verdict::pass();
    }

private:
    MapHl7v2ToFhir(PluginConfig config, const Host& host)
        : host_(host),
          mapper_(std::move(config.mapper)),
          writer_(config.bundle),
          report_(config.report),
          messages_(host),
          fhir_(host.intern("fhir")),
          bytes_(host.intern("bytes")),
          unmapped_(host.intern("unmapped")),
          resources_(host.counter("resources")),
          mapped_(host.counter("values_mapped")),
          by_policy_(host.counter("values_by_policy")),
          left_(host.counter("values_unmapped")) {}

    void count() const {
        const auto counts = mapper_.account().counts();
        const std::uint64_t mapped = counts[static_cast<std::size_t>(Outcome::Mapped)];
        const std::uint64_t policy = counts[static_cast<std::size_t>(Outcome::Policy)];
        mapped_.add(mapped);
        by_policy_.add(policy);
        left_.add(mapper_.account().leaves().size() - mapped - policy);
    }

    Host host_;
    Mapper mapper_;
    BundleWriter writer_;
    Report report_;
    hl7_tables::RecordMessages messages_;
    std::uint32_t fhir_;
    std::uint32_t bytes_;
    std::uint32_t unmapped_;
    Counter resources_;
    Counter mapped_;
    Counter by_policy_;
    Counter left_;
};

}  // namespace
}  // namespace aorta::plugins::map_hl7v2_to_fhir

AORTA_PLUGIN(aorta::plugins::map_hl7v2_to_fhir::MapHl7v2ToFhir,
             aorta::plugins::map_hl7v2_to_fhir::kDescriptor);
