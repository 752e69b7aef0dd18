// A message and attributes for the tests of the expression language.
#pragma once

#include "common/expression/expression.hpp"
#include "common/expression/hl7_fields.hpp"
#include "common/hl7/index.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::expression::testing {

inline constexpr std::string_view kMessage =
    "MSH|^~\\&|LAB|HOSP|EHR|HOSP|20260329013000||ORU^R01^ORU_R01|42|P|2.5.1\r"
    "PID|1||100^^^HOSP^MR~200^^^GOV^SS||DOE^JANE^^^^^L||19500101|F|||1 M\\T\\N ST^^TOWN||555~\"\"|"
    "||||\"\"\r"
    "PV1|1|I|ICU^1^2\r"
    "OBR|1||F1|24331-1^LIPIDS^LN\r"
    "OBX|1|NM|8867-4^HEART RATE^LN||129.5|/min|||A~H||F\r"
    "OBX|2|NM|8480-6^SYSTOLIC^LN||140|mm[Hg]|||N||F\r"
    "OBX|3|ST|X^NOTE^L||<5||||||P\r"
    "ZPD|7\r";

class FixedAttributes final : public Attributes {
public:
    explicit FixedAttributes(std::map<std::string, std::string, std::less<>> values = {})
        : values_(std::move(values)) {}

    std::string_view find(std::string_view name) override {
        const auto found = values_.find(name);
        return found == values_.end() ? std::string_view{} : std::string_view{found->second};
    }

private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// A message that owns its index and attributes.
class Sample {
public:
    explicit Sample(std::string_view payload = kMessage) : payload_(payload) {
        if (!index_.build(payload_)) {
            throw std::runtime_error{"the sample is no HL7 message"};
        }
    }

    Outcome evaluate(const Expression& expression, EvalStats& stats) {
        hl7::MessageText text;
        Hl7Fields fields{hl7::Message{payload_, index_.view()}, attributes_, text};
        return expression.evaluate(fields, stats);
    }

private:
    std::string payload_;
    hl7::IndexBuilder index_;
    FixedAttributes attributes_{{{"peer", "10.1.2.3"}, {"file", "in/test.hl7"}, {"empty", ""}}};
};

}  // namespace aorta::expression::testing
