#include "flow/route/router.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>

namespace aorta::plugins::route {

constexpr Option kOptions[] = {
    {.name = "cases",
     .type = Type::Map,
     .summary = "a port and the condition for it, tried in this order",
     .required = true,
     .example = "{ results: \"MSH-9.1 == 'ORU'\", moves: \"MSH-9.1 == 'ADT'\" }",
     .item = Type::Expression},
    {.name = "mode",
     .type = Type::Text,
     .summary = "first: by the first port whose condition holds; all: a copy by each such port",
     .default_value = "first",
     .one_of = "first|all"},
};
constexpr Port kPorts[] = {
    {.summary = "records for which no condition holds"},
};
constexpr Reason kReasons[] = {expression::kNotHl7, expression::kNotFhir, expression::kTooCostly};
constexpr Descriptor kDescriptor{
    .id = "route",
    .kind = Kind::Processor,
    .summary = "Sends each record by the port whose condition it meets",
    .outputs = kPorts,
    .ports_from = "cases",
    .concurrency = Concurrency::Stateless,
    .reasons = kReasons,
    .options = kOptions,
};

class Route final : public Processor {
public:
    static void check(const Options& options, Diagnostics& report) {
        Router::check(options["cases"], report);
    }

    Route(const Options& options, const Host& host)
        : router_(options["cases"], options["mode"].text() == "all" ? Mode::All : Mode::First),
          evaluator_(host) {}

    Verdict process(Record& record, Out& out) override {
        evaluator_.open(record);
        const Routing routing = router_.route(evaluator_);
        if (!routing.trouble.empty()) {
            return Verdict::reject(routing.trouble);
        }
        if (routing.ports.size() == 1) {
            return Verdict::pass(routing.ports.front());
        }
        for (const std::uint32_t port : routing.ports) {
            out.emit(port, Draft{});
        }
        return Verdict::emitted();
    }

private:
    Router router_;
    expression::RecordEvaluator evaluator_;
};

}  // namespace aorta::plugins::route

AORTA_PLUGIN(aorta::plugins::route::Route, aorta::plugins::route::kDescriptor);
