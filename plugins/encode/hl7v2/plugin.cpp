#include "common/hl7_tables/record_message.hpp"
#include "encode/hl7v2/options.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::encode_hl7v2 {
namespace {

constexpr Port kPorts[] = {{.content_type = "bytes"}};
constexpr Reason kReasons[] = {
    {hl7::kNoMsh, "the record is no HL7 v2 message"},
    {hl7::kBadDelimiters, "the record is no HL7 v2 message: no usable delimiters"},
    {hl7::kTooLarge, "the message is too large to be indexed"},
    {hl7::kTooManySegments, "the message has too many segments to be indexed"},
    {hl7::kTooManyFields, "the message has too many fields to be indexed"},
    {hl7::kNotEncodable, "a line end inside a segment would end it"},
    {hl7::kBadCharacter, "a character that the set does not have, or bytes that are none"},
    {hl7::kCharsetUnavailable, "this machine cannot convert the set"},
    {kFrameByte, "the message holds a byte that MLLP uses for framing"},
};
constexpr Descriptor kDescriptor{
    .id = "encode_hl7v2",
    .summary = "Writes HL7 v2 messages as bytes, unchanged or with other line ends and framing",
    .inputs = "hl7v2",
    .outputs = kPorts,
    .reasons = kReasons,
    .options = kOptions,
};

class EncodeHl7v2 : public Processor {
public:
    EncodeHl7v2(const Options& options, const Host& host)
        : host_(host),
          encoder_(read_options(options)),
          messages_(host),
          bytes_(host.intern("bytes")),
          charset_(host.intern("charset")) {}

    static void check(const Options& options, Diagnostics& report) {
        read_options(options, &report);
    }

    Verdict process(Record& record, Out& /*out*/) override {
        if (encoder_.config().keeps_bytes()) {
            record.set_content_type(bytes_);
            return Verdict::pass();
        }
        const auto message = messages_.open(record);
        const Result<void> encoded =
            message.ok() ? encoder_.encode(*message, record.attribute(charset_), scratch_)
                         : message.error();
        if (!encoded.ok()) {
            return hl7_tables::reject(encoded.error(), kReasons);
        }
        record.set_payload(host_.buffer(scratch_), bytes_);
        return Verdict::pass();
    }

private:
    Host host_;
    Encoder encoder_;
    hl7_tables::RecordMessages messages_;
    std::uint32_t bytes_;
    std::uint32_t charset_;
    std::string scratch_;
};

}  // namespace
}  // namespace aorta::plugins::encode_hl7v2

AORTA_PLUGIN(aorta::plugins::encode_hl7v2::EncodeHl7v2, aorta::plugins::encode_hl7v2::kDescriptor);
