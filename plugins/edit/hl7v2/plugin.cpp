#include "common/expression/record_evaluator.hpp"
#include "common/hl7_tables/record_message.hpp"
#include "edit/hl7v2/compile.hpp"
#include "edit/hl7v2/editor.hpp"

#include <aorta/sdk.hpp>

#include <stdexcept>

namespace aorta::plugins::edit {
namespace {

constexpr Option kOptions[] = {
    {.name = "do",
     .type = Type::List,
     .summary = "Operations, done in order; each may have a `when`",
     .required = true,
     .example = "[ { set: MSH-6, to: NORTH }, { remove: \"Z*\" } ]",
     .item = Type::Any},
};
constexpr Reason kReasons[] = {
    {hl7::kNoMsh, "the record is no HL7 v2 message"},
    {hl7::kBadDelimiters, "the record is no HL7 v2 message: no usable delimiters"},
    {hl7::kTooLarge, "the message is too large to be indexed"},
    {hl7::kTooManySegments, "the message has too many segments to be indexed"},
    {hl7::kTooManyFields, "the message has too many fields to be indexed"},
    {kNoSegment, "a segment that an operation needs is not there"},
    {kNoValue, "a value that an operation needs is not there"},
    {kNotInTable, "a key is not in its table"},
    {kBadDate, "a value is no date of the formats that were given"},
    {kDoesNotFit,
     "a value has parts (copy it), a delimiter that takes an escape, or a character that the "
     "message's set lacks"},
    {kTooLarge, "the message grew beyond 16 MiB, or is built to be expensive"},
    expression::kTooCostly,
};
constexpr Descriptor kDescriptor{
    .id = "edit",
    .summary = "Changes HL7 v2 messages: set, copy, map, format and reorder fields and segments",
    .inputs = "hl7v2",
    .reasons = kReasons,
    .options = kOptions,
};

/// The operations of a node that `check` has accepted.
std::vector<Operation> operations_of(Options options, const Host& host) {
    std::vector<Problem> problems;
    const TableAccess tables{[&](std::string_view name) { return host.table(name); }, {}};
    std::vector<Operation> made = compile(options["do"], tables, problems);
    if (!problems.empty()) {
        throw std::invalid_argument{problems.front().message};
    }
    return made;
}

class Edit : public Processor, private expression::Attributes {
public:
    Edit(const Options& options, const Host& host)
        : host_(host), messages_(host), editor_(operations_of(options, host)) {}

    static void check(const Options& options, Diagnostics& report) {
        std::vector<Problem> problems;
        const TableAccess tables{[&](std::string_view name) { return report.table(name); },
                                 report.table_names()};
        static_cast<void>(compile(options["do"], tables, problems));
        for (const Problem& problem : problems) {
            report.error(problem.at, problem.message);
        }
    }

    Verdict process(Record& record, Out& /*out*/) override {
        const auto message = messages_.open(record);
        if (!message.ok()) {
            return hl7_tables::reject(message.error(), kReasons);
        }
        record_ = &record;
        Document document{*message};
        if (const auto failure = editor_.run(document, {*this, host_.now().count(), *message})) {
            return Verdict::reject(failure->reason, failure->where);
        }
        if (!document.is_changed()) {
            return Verdict::pass();
        }
        document.write(scratch_);
        record.set_payload(host_.buffer(scratch_));
        if (const Result<void> attached = messages_.attach(record); !attached.ok()) {
            return hl7_tables::reject(attached.error(), kReasons);
        }
        return Verdict::pass();
    }

private:
    std::string_view find(std::string_view name) override {
        return record_->attribute(host_.intern(name));
    }

    Host host_;
    hl7_tables::RecordMessages messages_;
    Editor editor_;
    Record* record_ = nullptr;
    std::string scratch_;
};

}  // namespace
}  // namespace aorta::plugins::edit

AORTA_PLUGIN(aorta::plugins::edit::Edit, aorta::plugins::edit::kDescriptor);
