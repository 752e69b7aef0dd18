#include "common/fhir/reason.hpp"
#include "common/fhir/record_tree.hpp"
#include "decode/fhir/decoder.hpp"

#include <aorta/sdk.hpp>

#include <string>
#include <utility>

namespace aorta::plugins::decode_fhir {
namespace {

constexpr Option kKeyOptions[] = {
    {.name = "by",
     .summary = "reference: the id that references to the patient end with; identifier: the value "
                "of the patient's identifier; none",
     .default_value = "reference",
     .one_of = "reference|identifier|none"},
    {.name = "system",
     .summary = "by identifier: its system; empty takes the first identifier that has a value",
     .example = "urn:oid:1.2.36.146.595.217.0.1"},
};

constexpr Option kOptions[] = {
    {.name = "bundle",
     .summary = "whole: a Bundle is one record; split: each resource in it becomes one",
     .default_value = "whole",
     .one_of = "whole|split"},
    {.name = "ndjson",
     .type = Type::Bool,
     .summary = "payloads are lines with a resource each, which become records of their own",
     .default_value = "false"},
    {.name = "key",
     .type = Type::Map,
     .summary = "whose resource it is: what the record's key is made of",
     .fields = kKeyOptions},
    {.name = "event_time",
     .summary = "auto: when it happened, by the resource's type; none reads no time",
     .default_value = "auto",
     .one_of = "auto|none"},
    {.name = "max_parts",
     .type = Type::Int,
     .summary = "a record that would give more is rejected",
     .default_value = "10000",
     .min = "1",
     .max = "50000"},
    {.name = "max_resource",
     .type = Type::Size,
     .summary = "largest resource, Bundle or line",
     .default_value = "16MiB",
     .min = "1KiB",
     .max = "1GiB"},
    {.name = "max_depth",
     .type = Type::Int,
     .summary = "most objects and arrays in each other",
     .default_value = "64",
     .min = "8",
     .max = "1024"},
    {.name = "max_elements",
     .type = Type::Int,
     .summary = "most values in a resource, Bundle or line",
     .default_value = "1048576",
     .min = "16",
     .max = "67108864"},
};
constexpr std::string_view kEmptyBundle = "fhir.empty_bundle";
constexpr Port kPorts[] = {{.content_type = "fhir"}};
constexpr Reason kReasons[] = {
    {fhir::kNotJson, "the bytes are no JSON"},
    {fhir::kDuplicateName, "an object has a name twice"},
    {fhir::kBadName, "a name is empty or longer than 65535 bytes"},
    {fhir::kTooLarge, "larger than max_resource"},
    {fhir::kTooDeep, "deeper than max_depth"},
    {fhir::kTooManyElements, "more values than max_elements"},
    {kNoResource, "the JSON is no object with a resourceType"},
    {kTooManyParts, "the record would give more resources than max_parts"},
    {kEmptyBundle, "nothing to split holds a resource"},
};
constexpr Descriptor kDescriptor{
    .id = "decode_fhir",
    .summary = "Recognises FHIR resources in JSON, sets key and event time, splits Bundles",
    .outputs = kPorts,
    .reasons = kReasons,
    .options = kOptions,
};

DecoderConfig read_options(const Options& options) {
    DecoderConfig config;
    config.splits_bundles = options["bundle"].text() == "split";
    config.splits_lines = options["ndjson"].flag();
    config.reads_event_time = options["event_time"].text() == "auto";
    const std::string_view by = options["key"]["by"].text();
    config.key.kind = by == "none"         ? KeyKind::None
                      : by == "identifier" ? KeyKind::Identifier
                                           : KeyKind::Reference;
    config.key.system = options["key"]["system"].text();
    config.max_parts = static_cast<std::size_t>(options["max_parts"].integer());
    config.limits.max_bytes = options["max_resource"].bytes();
    config.limits.max_depth = static_cast<std::uint32_t>(options["max_depth"].integer());
    config.limits.max_elements = static_cast<std::uint32_t>(options["max_elements"].integer());
    return config;
}

class DecodeFhir final : public Processor {
public:
    DecodeFhir(const Options& options, const Host& host)
        : host_(host),
          decoder_(read_options(options)),
          fhir_(host.intern("fhir")),
          view_(host.intern(fhir::kTreeView)),
          type_(host.intern("type")),
          part_(host.intern("part")),
          parts_(host.intern("parts")),
          empty_entries_(host.counter("entries_without_resource")) {}

    static void check(const Options& options, Diagnostics& report) {
        if (!options["key"]["system"].text().empty() &&
            options["key"]["by"].text() != "identifier") {
            report.error(options["key"]["system"], "it takes `by: identifier`");
        }
    }

    Verdict process(Record& record, Out& out) override {
        if (const Result<void> decoded = decoder_.decode(record.payload()); !decoded.ok()) {
            return fhir::reject(decoded.error(), kReasons);
        }
        if (decoder_.is_split()) {
            return emit_parts(record, out);
        }
        const Resource& resource = decoder_.resources().front();
        decoder_.tree().copy_to(record.new_view(view_, decoder_.tree().block_size()));
        record.set_content_type(fhir_);
        record.set_attribute(type_, resource.type);
        if (!resource.key.empty()) {
            record.set_key(resource.key);
        }
        if (resource.event_time_ns) {
            record.set_event_time(Nanoseconds{*resource.event_time_ns});
        }
        return Verdict::pass();
    }

private:
    Verdict emit_parts(Record& record, Out& out) const {
        const auto resources = decoder_.resources();
        if (decoder_.empty_entries() > 0) {
            empty_entries_.add(decoder_.empty_entries());
        }
        if (resources.empty()) {
            return Verdict::drop(kEmptyBundle);
        }
        for (std::size_t i = 0; i < resources.size(); ++i) {
            const Resource& resource = resources[i];
            record.set_key(resource.key);  // which its child takes over
            Draft draft;
            draft.payload = host_.buffer(resource.json);
            draft.content_type = fhir_;
            draft.event_time = Nanoseconds{resource.event_time_ns.value_or(0)};
            draft.attributes = {{type_, std::string{resource.type}},
                                {part_, std::to_string(i + 1)},
                                {parts_, std::to_string(resources.size())}};
            out.emit(0, std::move(draft));
        }
        return Verdict::emitted();
    }

    Host host_;
    Decoder decoder_;
    std::uint32_t fhir_;
    std::uint32_t view_;
    std::uint32_t type_;
    std::uint32_t part_;
    std::uint32_t parts_;
    Counter empty_entries_;
};

}  // namespace
}  // namespace aorta::plugins::decode_fhir

AORTA_PLUGIN(aorta::plugins::decode_fhir::DecodeFhir, aorta::plugins::decode_fhir::kDescriptor);
