#include "common/hl7_tables/record_message.hpp"
#include "decode/hl7v2/options.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::decode_hl7v2 {
namespace {

constexpr Port kPorts[] = {{.content_type = "hl7v2"}};
constexpr Reason kReasons[] = {
    {hl7::kNoMsh, "the bytes do not begin with an MSH segment"},
    {hl7::kBadDelimiters, "MSH-1 or MSH-2 holds no usable delimiters"},
    {hl7::kTooLarge, "the message is larger than max_message"},
    {hl7::kTooManySegments, "the message has more segments than max_segments"},
    {hl7::kTooManyFields, "the message has more than a million fields"},
};
constexpr Descriptor kDescriptor{
    .id = "decode_hl7v2",
    .summary = "Recognises HL7 v2 messages, indexes their fields, sets key and event time",
    .outputs = kPorts,
    .reasons = kReasons,
    .options = kOptions,
};

class DecodeHl7v2 : public Processor {
public:
    DecodeHl7v2(const Options& options, const Host& host)
        : decoder_(read_options(options)),
          hl7v2_(host.intern("hl7v2")),
          view_(host.intern(hl7::kIndexView)),
          type_(host.intern("type")) {}

    static void check(const Options& options, Diagnostics& report) {
        read_options(options, &report);
    }

    Verdict process(Record& record, Out& /*out*/) override {
        if (const Result<void> decoded = decoder_.decode(record.payload()); !decoded.ok()) {
            return hl7_tables::reject(decoded.error(), kReasons);
        }
        decoder_.index().copy_to(record.new_view(view_, decoder_.index().block_size()));
        record.set_content_type(hl7v2_);
        record.set_attribute(type_, decoder_.type());
        if (!decoder_.key().empty()) {
            record.set_key(decoder_.key());
        }
        if (const auto time = decoder_.event_time_ns()) {
            record.set_event_time(Nanoseconds{*time});
        }
        return Verdict::pass();
    }

private:
    Decoder decoder_;
    std::uint32_t hl7v2_;
    std::uint32_t view_;
    std::uint32_t type_;
};

}  // namespace
}  // namespace aorta::plugins::decode_hl7v2

AORTA_PLUGIN(aorta::plugins::decode_hl7v2::DecodeHl7v2, aorta::plugins::decode_hl7v2::kDescriptor);
