#include "alert/alert/alert.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::alert {

constexpr Option kRuleOptions[] = {
    {.name = "name",
     .type = Type::Text,
     .summary = "stands in the alert; unique",
     .required = true,
     .example = "tachycardia"},
    {.name = "when",
     .type = Type::Expression,
     .summary = "the condition of the alert",
     .required = true,
     .example = "any(OBX, .3.1 == '8867-4' and .5 > 130)"},
    {.name = "clear",
     .type = Type::Expression,
     .summary = "ends the alert, if 'when' does not hold; without it, 'when' not holding does",
     .example = "any(OBX, .3.1 == '8867-4' and .5 < 120)"},
    {.name = "priority",
     .type = Type::Text,
     .summary = "stands in the alert",
     .default_value = "medium",
     .one_of = "high|medium|low"},
    {.name = "delay",
     .type = Type::Duration,
     .summary = "the alert is raised when the condition has lasted so long",
     .default_value = "0s",
     .min = "0s",
     .max = "24h"},
    {.name = "suppress",
     .type = Type::Duration,
     .summary = "an alert is not raised again sooner than this after it was raised",
     .default_value = "15m",
     .min = "0s",
     .max = "168h"},
    {.name = "per",
     .type = Type::Text,
     .summary = "key: each patient or device has its own alert; none: one for all",
     .default_value = "key",
     .one_of = "key|none"},
};
constexpr Option kOptions[] = {
    {.name = "rules",
     .type = Type::List,
     .summary = "the alerts, 1 to 256",
     .required = true,
     .fields = kRuleOptions},
    {.name = "max_states",
     .type = Type::Int,
     .summary = "bound of the alerts in memory: pending, active, or held back by suppress",
     .default_value = "10000",
     .min = "1",
     .max = "10000000"},
};
constexpr Port kPorts[] = {
    {.name = "out", .summary = "every record, as it came"},
    {.name = "alerts", .content_type = "alert", .summary = "one JSON object an alert"},
};
constexpr Reason kReasons[] = {expression::kNotHl7, expression::kNotFhir, expression::kTooCostly};
constexpr Descriptor kDescriptor{
    .id = "alert",
    .kind = Kind::Processor,
    .summary = "Raises and clears alerts by conditions, with delay, hysteresis and suppression",
    .outputs = kPorts,
    .concurrency = Concurrency::Keyed,
    .reasons = kReasons,
    .options = kOptions,
};

}  // namespace aorta::plugins::alert

AORTA_PLUGIN(aorta::plugins::alert::Alert, aorta::plugins::alert::kDescriptor);
