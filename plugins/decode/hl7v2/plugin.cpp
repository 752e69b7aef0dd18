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
    {hl7::kBadCharacter, "bytes that are no character of the message's set"},
    {hl7::kUnknownCharset, "MSH-18 names a set that is not known, and to_utf8 is always"},
    {hl7::kCharsetNotAllowed, "the message is in UTF-16 or UTF-32"},
    {hl7::kCharsetUnavailable, "this machine cannot convert the message's set"},
    {hl7::kNotEncodable, "MSH-18 needs an escape but the message has no escape character"},
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
        : host_(host),
          decoder_(read_options(options)),
          hl7v2_(host.intern("hl7v2")),
          view_(host.intern(hl7::kIndexView)),
          type_(host.intern("type")),
          charset_(host.intern("charset")),
          guessed_(host.counter("charsets_guessed")),
          unknown_(host.counter("charsets_unknown")),
          invalid_(host.counter("characters_invalid")) {}

    static void check(const Options& options, Diagnostics& report) {
        read_options(options, &report);
    }

    Verdict process(Record& record, Out& /*out*/) override {
        if (const Result<void> decoded = decoder_.decode(record.payload()); !decoded.ok()) {
            return hl7_tables::reject(decoded.error(), kReasons);
        }
        if (decoder_.is_recoded()) {
            record.set_payload(host_.buffer(decoder_.payload()), hl7v2_);
        }
        report_charset(record);
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
    void report_charset(Record& record) const {
        if (!decoder_.charset().empty()) {
            record.set_attribute(charset_, decoder_.charset());
        }
        const CharsetFindings& found = decoder_.findings();
        if (found.is_guessed) {
            guessed_.add();
        }
        if (found.is_unknown) {
            unknown_.add();
        }
        if (found.invalid > 0) {
            invalid_.add(found.invalid);
        }
    }

    Host host_;
    Decoder decoder_;
    std::uint32_t hl7v2_;
    std::uint32_t view_;
    std::uint32_t type_;
    std::uint32_t charset_;
    Counter guessed_;
    Counter unknown_;
    Counter invalid_;
};

}  // namespace
}  // namespace aorta::plugins::decode_hl7v2

AORTA_PLUGIN(aorta::plugins::decode_hl7v2::DecodeHl7v2, aorta::plugins::decode_hl7v2::kDescriptor);
