#include "common/hl7/continuation.hpp"
#include "common/hl7/header.hpp"
#include "common/hl7_tables/record_message.hpp"

#include <aorta/sdk.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aorta::plugins::assemble_hl7v2 {
namespace {

constexpr std::string_view kNoStart = "hl7.continuation_without_start";
constexpr std::string_view kIncomplete = "hl7.continuation_incomplete";
constexpr std::string_view kOverLimit = "hl7.continuation_too_large";

constexpr Option kOptions[] = {
    {.name = "timeout",
     .type = Type::Duration,
     .summary = "how long the next fragment may take",
     .default_value = "1m",
     .min = "1ms",
     .max = "24h"},
    {.name = "max_fragments",
     .type = Type::Int,
     .summary = "most fragments of a message",
     .default_value = "1000",
     .min = "2",
     .max = "100000"},
    {.name = "max_message",
     .type = Type::Size,
     .summary = "largest message, put together",
     .default_value = "16MiB",
     .min = "1KiB",
     .max = "1GiB"},
    {.name = "max_open",
     .type = Type::Int,
     .summary = "most messages that wait for fragments; the oldest goes when there is one more",
     .default_value = "100",
     .min = "1",
     .max = "100000"},
};
constexpr Reason kReasons[] = {
    {kNoStart, "MSH-14 continues a message whose earlier fragments are not here"},
    {kIncomplete, "the next fragment did not come in time, or the message began anew"},
    {kOverLimit, "the message has more fragments or bytes than the limits"},
    {hl7::kContinuationMismatch,
     "a fragment has other delimiters than the first, or ADD continues MSH"},
};
constexpr Descriptor kDescriptor{
    .id = "assemble_hl7v2",
    .summary = "Puts HL7 v2 messages together that were cut into several (MSH-14, DSC, ADD)",
    .inputs = "bytes|hl7v2",
    .concurrency = Concurrency::Serial,
    .reasons = kReasons,
    .options = kOptions,
};

/// Nothing to do here: no continuation pointer and none of the segments. Costs no index.
bool is_ordinary(std::string_view payload) {
    const auto header = hl7::Header::parse(payload);
    if (!header.ok()) {
        return true;  // the decoder says why
    }
    const auto has_line = [&](std::string_view name) {
        for (std::size_t at = payload.find(name); at != std::string_view::npos;
             at = payload.find(name, at + 1)) {
            if (at > 0 && (payload[at - 1] == '\r' || payload[at - 1] == '\n')) {
                return true;
            }
        }
        return false;
    };
    return header->field(14).empty() && !has_line("DSC") && !has_line("ADD");
}

class AssembleHl7v2 : public Processor {
public:
    AssembleHl7v2(const Options& options, const Host& host)
        : host_(host),
          messages_(host),
          timeout_(options["timeout"].duration()),
          max_fragments_(static_cast<std::size_t>(options["max_fragments"].integer())),
          max_bytes_(options["max_message"].bytes()),
          max_open_(static_cast<std::size_t>(options["max_open"].integer())) {}

    Verdict process(Record& record, Out& out) override {
        if (is_ordinary(record.payload())) {
            return Verdict::pass();
        }
        const auto message = messages_.open(record);
        if (!message.ok()) {
            return Verdict::pass();
        }
        const hl7::Continuation found = hl7::continuation_of(*message);
        if (!found.is_fragment()) {
            return found.has_addendum ? join_alone(record, *message) : Verdict::pass();
        }
        return take_fragment(*message, found, out);
    }

    void on_timer(Out& out, Nanoseconds steady) override {
        while (!open_.empty() && oldest()->second.deadline <= steady) {
            give_up(oldest(), out, Verdict::reject(kIncomplete, "DSC-1"));
        }
        set_alarm();
    }

    void drain(Out& out) override {
        while (!open_.empty()) {
            give_up(oldest(), out, Verdict::fail(ErrorCode::Cancelled, kIncomplete, "DSC-1"));
        }
    }

private:
    /// A message of which fragments are here.
    struct Open {
        std::vector<Record> fragments;
        std::size_t bytes = 0;
        Nanoseconds deadline{0};
    };

    using OpenMessages = std::map<std::string, Open>;  // by sender and the pointer that comes next

    static std::string key_of(const hl7::Message& message, std::string_view pointer) {
        std::string key{message.field(0, 3)};
        key.append(1, '\n').append(message.field(0, 4)).append(1, '\n').append(pointer);
        return key;
    }

    Verdict join_alone(Record& record, const hl7::Message& message) {
        hl7::FragmentJoiner joiner;
        if (const Result<void> added = joiner.add(message); !added.ok()) {
            return hl7_tables::reject(added.error(), kReasons);
        }
        record.set_payload(host_.buffer(joiner.message()));
        return Verdict::pass();
    }

    Verdict take_fragment(const hl7::Message& message, const hl7::Continuation& found, Out& out) {
        Open gathered;
        if (!found.previous.empty()) {
            const auto before = open_.find(key_of(message, found.previous));
            if (before == open_.end()) {
                return Verdict::reject(kNoStart, "MSH-14");
            }
            gathered = std::move(before->second);
            open_.erase(before);
        }
        const std::string next = found.next.empty() ? std::string{} : key_of(message, found.next);
        gathered.bytes += message.payload().size();
        gathered.fragments.push_back(out.absorb());
        if (gathered.fragments.size() > max_fragments_ || gathered.bytes > max_bytes_) {
            resolve(gathered, out, Verdict::reject(kOverLimit, "message"));
        } else if (next.empty()) {
            join(gathered, out);
        } else {
            wait_for(next, std::move(gathered), out);
        }
        set_alarm();
        return Verdict::absorbed();
    }

    void wait_for(const std::string& next, Open gathered, Out& out) {
        gathered.deadline = host_.steady() + timeout_;
        if (const auto earlier = open_.find(next); earlier != open_.end()) {
            give_up(earlier, out, Verdict::reject(kIncomplete, "DSC-1"));
        }
        if (open_.size() >= max_open_) {
            give_up(oldest(), out, Verdict::reject(kIncomplete, "DSC-1"));
        }
        open_.emplace(next, std::move(gathered));
    }

    void join(const Open& gathered, Out& out) {
        hl7::FragmentJoiner joiner;
        for (const Record& fragment : gathered.fragments) {
            const auto message = messages_.open(fragment);
            const Result<void> added = message.ok() ? joiner.add(*message) : message.error();
            if (!added.ok()) {
                resolve(gathered, out, hl7_tables::reject(added.error(), kReasons));
                return;
            }
        }
        out.emit_from(gathered.fragments, 0, {.payload = host_.buffer(joiner.message())});
        resolve(gathered, out, Verdict::emitted());
    }

    static void resolve(const Open& gathered, Out& out, const Verdict& verdict) {
        for (const Record& fragment : gathered.fragments) {
            out.resolve(fragment, verdict);
        }
    }

    void give_up(OpenMessages::iterator which, Out& out, const Verdict& verdict) {
        resolve(which->second, out, verdict);
        open_.erase(which);
    }

    OpenMessages::iterator oldest() {
        return std::min_element(open_.begin(), open_.end(), [](const auto& a, const auto& b) {
            return a.second.deadline < b.second.deadline;
        });
    }

    void set_alarm() {
        host_.set_timer(open_.empty() ? Nanoseconds::max() : oldest()->second.deadline);
    }

    Host host_;
    hl7_tables::RecordMessages messages_;
    Nanoseconds timeout_;
    std::size_t max_fragments_;
    std::size_t max_bytes_;
    std::size_t max_open_;
    OpenMessages open_;
};

}  // namespace
}  // namespace aorta::plugins::assemble_hl7v2

AORTA_PLUGIN(aorta::plugins::assemble_hl7v2::AssembleHl7v2,
             aorta::plugins::assemble_hl7v2::kDescriptor);
