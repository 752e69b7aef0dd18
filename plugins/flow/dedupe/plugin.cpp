#include "common/hl7_tables/path_option.hpp"
#include "common/hl7_tables/record_message.hpp"
#include "flow/dedupe/identity.hpp"
#include "flow/dedupe/memory.hpp"

#include <aorta/sdk.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace aorta::plugins::dedupe {
namespace {

constexpr Option kOptions[] = {
    {.name = "by",
     .type = Type::List,
     .summary = "fields that make two messages the same; a message without the first one passes",
     .default_value = "[\"MSH-10\", \"MSH-3\", \"MSH-4\"]",
     .example = "[MSH-10, MSH-3, PID-3.1]",
     .item = Type::Text},
    {.name = "content",
     .type = Type::Bool,
     .summary = "the content must be the same as well",
     .default_value = "false"},
    {.name = "except",
     .type = Type::List,
     .summary = "fields that may differ in the content",
     .default_value = "[\"MSH-7\"]",
     .example = "[MSH-7, MSH-10, EVN-2]",
     .item = Type::Text},
    {.name = "window",
     .type = Type::Duration,
     .summary = "for how long a message is remembered, by the host's clock",
     .default_value = "24h",
     .min = "1s",
     .max = "720h"},
    {.name = "max",
     .type = Type::Int,
     .summary = "most messages remembered, about 100 bytes each; the oldest gives way",
     .default_value = "100000",
     .min = "1",
     .max = "10000000"},
    {.name = "action",
     .summary = "what becomes of a duplicate: filter (a named fate) or reject (kept apart)",
     .default_value = "filter",
     .one_of = "filter|reject"},
};
constexpr std::string_view kDuplicate = "dedupe.duplicate";
constexpr Reason kReasons[] = {
    {kDuplicate, "the message was seen within the window"},
    {hl7::kNoMsh, "the bytes do not begin with an MSH segment"},
    {hl7::kBadDelimiters, "MSH-1 or MSH-2 holds no usable delimiters"},
    {hl7::kTooLarge, "the message is larger than 16 MiB"},
    {hl7::kTooManySegments, "the message has more than 65536 segments"},
    {hl7::kTooManyFields, "the message has more than a million fields"},
};
constexpr Descriptor kDescriptor{
    .id = "dedupe",
    .summary = "Keeps back messages that were seen before",
    .concurrency = Concurrency::Serial,
    .reasons = kReasons,
    .options = kOptions,
};

Identity read_identity(const Options& options, Diagnostics* report = nullptr) {
    using hl7_tables::PathForm;
    Identity identity{
        .by = hl7_tables::read_paths(options["by"],
                                     PathForm::Value,
                                     "write one place such as MSH-10, PID-3.1 or PID-3[1].4",
                                     report),
        .content = options["content"].flag(),
        .except = {}};
    if (identity.content) {
        identity.except = hl7_tables::read_paths(
            options["except"], PathForm::WholeField, "write a whole field such as MSH-7", report);
        std::sort(identity.except.begin(), identity.except.end());
    }
    return identity;
}

/// The options that the fingerprints depend on.
std::string describe(const Options& options) {
    std::string meaning = options["content"].flag() ? "content" : "fields";
    for (const char* const name : {"by", "except"}) {
        for (const std::string& path : options[name].texts()) {
            meaning += '\n' + path;
        }
        meaning += '\n';
    }
    return meaning;
}

class Dedupe final : public Processor {
public:
    static void check(const Options& options, Diagnostics& report) {
        const Identity identity = read_identity(options, &report);
        if (options["by"].size() == 0 && !identity.content) {
            report.error(options["by"], "without fields, say content: true");
        }
    }

    Dedupe(const Options& options, const Host& host)
        : host_(host),
          identity_(read_identity(options)),
          meaning_(describe(options)),
          rejects_(options["action"].text() == "reject"),
          key_(hash::random_key()),
          memory_(options["window"].duration(), static_cast<std::size_t>(options["max"].integer())),
          messages_(host),
          duplicates_(host.counter("duplicates")),
          evicted_(host.counter("dedupe_evicted")),
          without_id_(host.counter("dedupe_without_id")) {}

    Verdict process(Record& record, Out& /*out*/) override {
        std::optional<hash::Hash128> print;
        if (identity_.reads_message()) {
            const Result<hl7::Message> message = messages_.open(record);
            if (!message.ok()) {
                return hl7_tables::reject(message.error(), kReasons);
            }
            print = identity_.of(record.payload(), &*message, hash::SipHash{key_});
        } else {
            print = identity_.of(record.payload(), nullptr, hash::SipHash{key_});
        }
        if (!print) {
            without_id_.add();
            return Verdict::pass();
        }
        const std::uint64_t evicted_before = memory_.evicted();
        const bool is_duplicate = memory_.seen(*print, host_.steady_of(record));
        if (memory_.evicted() != evicted_before) {
            evicted_.add();
        }
        if (!is_duplicate) {
            return Verdict::pass();
        }
        duplicates_.add();
        return rejects_ ? Verdict::reject(kDuplicate) : Verdict::drop(kDuplicate);
    }

    static constexpr std::uint32_t kStateVersion = 1;

    void save(StateWriter& writer) const {
        write(writer, key_);
        write(writer, meaning_of(key_));
        writer.number(static_cast<std::uint64_t>(memory_.size()));
        for (const Memory::Entry& entry : memory_.entries()) {
            write(writer, entry.print);
            writer.time(entry.first_seen);
        }
    }

    /// What was seen by other fields says nothing now: it is forgotten.
    Result<void> load(StateReader& reader, std::uint32_t /*version*/) {
        const hash::Hash128 key_then = read(reader);
        const bool is_same = read(reader) == meaning_of(key_then);
        for (auto left = reader.number<std::uint64_t>(); left > 0 && reader.is_good(); --left) {
            const hash::Hash128 print = read(reader);
            const Nanoseconds first_seen = reader.time();
            if (is_same && reader.is_good()) {
                memory_.seen(print, first_seen);
            }
        }
        if (!reader.is_good() || !reader.is_at_end()) {
            return Error{ErrorCode::Corrupt, "the bytes are not those of a dedupe memory"};
        }
        if (is_same) {
            key_ = key_then;
        }
        return {};
    }

private:
    static void write(StateWriter& writer, const hash::Hash128& hash) {
        writer.number(hash[0]);
        writer.number(hash[1]);
    }

    static hash::Hash128 read(StateReader& reader) {
        const auto first = reader.number<std::uint64_t>();
        return {first, reader.number<std::uint64_t>()};
    }

    /// Tells apart what the fingerprints are made of.
    hash::Hash128 meaning_of(const hash::Hash128& key) const {
        hash::SipHash hasher{key};
        hasher.add_text(meaning_);
        return hasher.finish();
    }

    Host host_;
    Identity identity_;
    std::string meaning_;
    bool rejects_;
    hash::Hash128 key_;
    Memory memory_;
    hl7_tables::RecordMessages messages_;
    Counter duplicates_;
    Counter evicted_;
    Counter without_id_;
};

}  // namespace
}  // namespace aorta::plugins::dedupe

AORTA_PLUGIN(aorta::plugins::dedupe::Dedupe, aorta::plugins::dedupe::kDescriptor);
