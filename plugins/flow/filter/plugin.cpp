#include "common/expression/record_evaluator.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::filter {

constexpr Option kOptions[] = {
    {.name = "keep_if",
     .type = Type::Expression,
     .summary = "records for which it holds go on, the others are filtered",
     .example = "MSH-9.1 == 'ORU'"},
    {.name = "drop_if",
     .type = Type::Expression,
     .summary = "records for which it holds are filtered, the others go on",
     .example = "PV1-2 in ['P', 'B']"},
};
constexpr std::string_view kNotSelected = "filter.not_selected";
constexpr Reason kReasons[] = {
    {kNotSelected, "the filter's condition says that the record is not wanted"},
    expression::kNotHl7,
    expression::kNotFhir,
    expression::kTooCostly,
};
constexpr Descriptor kDescriptor{
    .id = "filter",
    .kind = Kind::Processor,
    .summary = "Lets the records pass that an expression selects",
    .concurrency = Concurrency::Stateless,
    .reasons = kReasons,
    .options = kOptions,
};

class Filter final : public Processor {
public:
    static void check(const Options& options, Diagnostics& report) {
        const Options keep = options["keep_if"];
        const Options drop = options["drop_if"];
        if (keep.exists() == drop.exists()) {
            report.error(drop.exists() ? drop : options,
                         "a filter has one of keep_if and drop_if: with both, or with none, it is "
                         "not clear what goes on");
            return;
        }
        expression::compile(keep.exists() ? keep : drop, report);
    }

    Filter(const Options& options, const Host& host)
        : keeps_(options["keep_if"].exists()),
          condition_(expression::compile_checked(options[keeps_ ? "keep_if" : "drop_if"])),
          evaluator_(host) {}

    Verdict process(Record& record, Out& /*out*/) override {
        evaluator_.open(record);
        const expression::Decision decision = evaluator_.evaluate(condition_);
        if (!decision.trouble.empty()) {
            return Verdict::reject(decision.trouble);
        }
        return decision.holds == keeps_ ? Verdict::pass() : Verdict::drop(kNotSelected);
    }

private:
    bool keeps_;
    expression::Expression condition_;
    expression::RecordEvaluator evaluator_;
};

}  // namespace aorta::plugins::filter

AORTA_PLUGIN(aorta::plugins::filter::Filter, aorta::plugins::filter::kDescriptor);
