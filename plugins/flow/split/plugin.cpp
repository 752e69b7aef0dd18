#include "common/hl7_tables/record_message.hpp"
#include "flow/split/batch.hpp"
#include "flow/split/grouping.hpp"
#include "flow/split/writer.hpp"

#include <aorta/sdk.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace aorta::plugins::split {
namespace {

constexpr std::string_view kBatch = "batch";

constexpr Option kOptions[] = {
    {.name = "by",
     .summary = "segment that begins a part (OBR, OBX, ORC …), or batch: a part per message",
     .required = true,
     .example = "OBR"},
    {.name = "on_none",
     .summary = "a message without such a segment: pass (as it is) or reject",
     .default_value = "pass",
     .one_of = "pass|reject"},
    {.name = "control_id",
     .summary = "MSH-10 of the parts: suffix (-1, -2, …) or keep (all alike)",
     .default_value = "suffix",
     .one_of = "suffix|keep"},
    {.name = "renumber",
     .type = Type::List,
     .summary = "segments whose field 1 is a set id: it begins at 1 in each part",
     .default_value = "[]",
     .example = "[OBR, PID]",
     .item = Type::Text},
    {.name = "on_mismatch",
     .summary = "a batch whose trailer is missing or gives another count: pass (and count) or "
                "reject",
     .default_value = "pass",
     .one_of = "pass|reject"},
    {.name = "max_parts",
     .type = Type::Int,
     .summary = "a record that would give more is rejected",
     .default_value = "10000",
     .min = "2",
     .max = "50000"},
    {.name = "max_output",
     .type = Type::Size,
     .summary = "a record whose parts together would be larger is rejected",
     .default_value = "64MiB",
     .min = "1KiB",
     .max = "1GiB"},
};
constexpr std::string_view kNoGroup = "split.no_group";
constexpr std::string_view kTooManyParts = "split.too_many_parts";
constexpr std::string_view kTooLarge = "split.too_large";
constexpr std::string_view kMismatch = "split.batch_mismatch";
constexpr std::string_view kEmptyBatch = "split.empty_batch";
constexpr Reason kReasons[] = {
    {kNoGroup, "the message has no segment to split at"},
    {kTooManyParts, "the record would give more parts than max_parts"},
    {kTooLarge, "the parts together would be larger than max_output"},
    {kMismatch, "the batch has no trailer, or one with another count"},
    {kEmptyBatch, "the batch holds no message"},
    {hl7::kNoMsh, "the bytes do not begin with an MSH segment"},
    {hl7::kBadDelimiters, "MSH-1 or MSH-2 holds no usable delimiters"},
    {hl7::kTooLarge, "the message is larger than 16 MiB"},
    {hl7::kTooManySegments, "the message has more than 65536 segments"},
    {hl7::kTooManyFields, "the message has more than a million fields"},
};
constexpr Port kPorts[] = {{.summary = "the parts, in order"}};
constexpr Descriptor kDescriptor{
    .id = "split",
    .summary = "Makes several HL7 v2 messages of one: by order, by result, by batch",
    .inputs = "hl7v2|bytes",
    .outputs = kPorts,
    .reasons = kReasons,
    .options = kOptions,
};

bool is_segment_name(std::string_view name) {
    const auto is_name_byte = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return name.size() == 3 && !(name[0] >= '0' && name[0] <= '9') &&
           std::all_of(name.begin(), name.end(), is_name_byte);
}

bool is_frame_segment(std::string_view name) {
    return name == "MSH" || name == "FHS" || name == "BHS" || name == "BTS" || name == "FTS";
}

class Split final : public Processor {
public:
    static void check(const Options& options, Diagnostics& report) {
        const std::string_view by = options["by"].text();
        if (by != kBatch && (!is_segment_name(by) || is_frame_segment(by))) {
            report.error(options["by"],
                         "write a segment such as OBR, or batch to have a record per message");
        }
        for (std::size_t i = 0; i < options["renumber"].size(); ++i) {
            const Options segment = options["renumber"].item(i);
            if (!is_segment_name(segment.text()) || is_frame_segment(segment.text()) ||
                segment.text() == "ORC") {
                report.error(segment, "not a segment whose field 1 is a set id, such as OBR");
            }
        }
    }

    Split(const Options& options, const Host& host)
        : host_(host),
          by_(options["by"].text()),
          rejects_none_(options["on_none"].text() == "reject"),
          rejects_mismatch_(options["on_mismatch"].text() == "reject"),
          max_parts_(static_cast<std::size_t>(options["max_parts"].integer())),
          max_output_(options["max_output"].bytes()),
          write_{options["control_id"].text() == "suffix", options["renumber"].texts()},
          messages_(host),
          grouper_(by_),
          part_attribute_(host.intern("part")),
          parts_attribute_(host.intern("parts")),
          mismatches_(host.counter("batch_mismatches")) {}

    Verdict process(Record& record, Out& out) override {
        return by_ == kBatch ? split_batch(record, out) : split_message(record, out);
    }

private:
    Verdict split_message(const Record& record, Out& out) {
        const Result<hl7::Message> message = messages_.open(record);
        if (!message.ok()) {
            return hl7_tables::reject(message.error(), kReasons);
        }
        const auto parts = grouper_.group(*message, max_parts_);
        if (!parts) {
            return Verdict::reject(kTooManyParts, by_);
        }
        if (parts->empty() && rejects_none_) {
            return Verdict::reject(kNoGroup, by_);
        }
        if (parts->size() < 2) {
            return Verdict::pass();
        }
        const PartWriter writer{*message, write_};
        std::uint64_t bytes = 0;
        for (const Part& part : *parts) {
            bytes += writer.most_bytes(part);
        }
        if (bytes > max_output_) {
            return Verdict::reject(kTooLarge, by_);
        }
        for (std::size_t i = 0; i < parts->size(); ++i) {
            bytes_.clear();
            writer.write((*parts)[i], i + 1, bytes_);
            emit(out, bytes_, i + 1, parts->size());
        }
        return Verdict::emitted();
    }

    Verdict split_batch(const Record& record, Out& out) {
        const std::string_view payload = record.payload();
        const BatchPieces batch = cut_batch(payload);
        if (!batch.has_envelope && !batch.has_messages) {
            return rejects_none_ ? Verdict::reject(kNoGroup) : Verdict::pass();
        }
        if (batch.lacks_trailer) {
            host_.log(AORTA_LOG_WARN, "batch_trailer_missing");
        }
        if (batch.is_mismatched) {
            mismatches_.add();
            if (rejects_mismatch_) {
                return Verdict::reject(kMismatch);
            }
        }
        if (batch.pieces.empty()) {
            return Verdict::drop(kEmptyBatch);
        }
        if (batch.pieces.size() > max_parts_) {
            return Verdict::reject(kTooManyParts);
        }
        if (batch.pieces.size() == 1 && batch.pieces.front().size() == payload.size()) {
            return Verdict::pass();
        }
        if (payload.size() > max_output_) {
            return Verdict::reject(kTooLarge);
        }
        for (std::size_t i = 0; i < batch.pieces.size(); ++i) {
            emit(out, batch.pieces[i], i + 1, batch.pieces.size());
        }
        return Verdict::emitted();
    }

    void emit(Out& out, std::string_view bytes, std::size_t number, std::size_t count) const {
        Draft draft;
        draft.payload = host_.buffer(bytes);
        draft.attributes = {{part_attribute_, std::to_string(number)},
                            {parts_attribute_, std::to_string(count)}};
        out.emit(0, std::move(draft));
    }

    Host host_;
    std::string by_;
    bool rejects_none_;
    bool rejects_mismatch_;
    std::size_t max_parts_;
    std::uint64_t max_output_;
    WriteConfig write_;
    hl7_tables::RecordMessages messages_;
    Grouper grouper_;
    std::string bytes_;
    std::uint32_t part_attribute_;
    std::uint32_t parts_attribute_;
    Counter mismatches_;
};

}  // namespace
}  // namespace aorta::plugins::split

AORTA_PLUGIN(aorta::plugins::split::Split, aorta::plugins::split::kDescriptor);
