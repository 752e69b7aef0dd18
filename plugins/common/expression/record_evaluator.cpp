#include "common/expression/record_evaluator.hpp"

#include <algorithm>
#include <stdexcept>

namespace aorta::expression {

namespace {

std::string text_of(const Error& error) {
    return "expression, " + error.where + ": " + error.message;
}

}  // namespace

std::optional<Expression> compile(Options at, Diagnostics& report) {
    auto compiled = Expression::compile(at.text());
    if (!compiled) {
        report.error(at, text_of(compiled.error()));
        return std::nullopt;
    }
    return std::move(*compiled);
}

Expression compile_checked(Options at) {
    auto compiled = Expression::compile(at.text());
    if (!compiled) {
        throw std::invalid_argument{text_of(compiled.error())};
    }
    return std::move(*compiled);
}

RecordEvaluator::RecordEvaluator(const Host& host)
    : host_(host),
      not_a_number_(host.counter("expression_not_a_number")),
      not_single_(host.counter("expression_not_single")),
      too_costly_(host.counter("expression_too_costly")),
      hl7_type_(host.intern("hl7v2")),
      index_view_(host.intern(hl7::kIndexView)),
      fhir_type_(host.intern("fhir")),
      trees_(host) {}

void RecordEvaluator::open(const Record& record) {
    record_ = record;
    maybe_tree_ = tree_of(record);
    message_ = maybe_tree_ == nullptr ? message_of(record) : std::nullopt;
}

std::optional<hl7::Message> RecordEvaluator::message_of(const Record& record) {
    const auto block = record.view(index_view_);
    if (!block.empty()) {
        const auto index = hl7::IndexView::open(block.data(), block.size(), record.payload());
        if (index) {
            return hl7::Message{record.payload(), *index};
        }
    }
    if (record.content_type() == hl7_type_ && builder_.build(record.payload())) {
        return hl7::Message{record.payload(), builder_.view()};
    }
    return std::nullopt;
}

const fhir::Tree* RecordEvaluator::tree_of(const Record& record) {
    if (record.content_type() != fhir_type_) {
        return nullptr;
    }
    const auto tree = trees_.open(record);
    return tree.ok() ? *tree : nullptr;
}

/// A condition that reads both formats wants one of them.
std::string_view RecordEvaluator::trouble_of(const Expression& expression) const {
    const bool fits_message = message_ && expression.reads_message();
    const bool fits_resource = maybe_tree_ != nullptr && expression.reads_resource();
    if (fits_message || fits_resource) {
        return {};
    }
    return expression.reads_message()    ? kNotHl7.id
           : expression.reads_resource() ? kNotFhir.id
                                         : std::string_view{};
}

Decision RecordEvaluator::evaluate(const Expression& expression) {
    if (const std::string_view trouble = trouble_of(expression); !trouble.empty()) {
        return {false, trouble};
    }
    EvalStats stats;
    const Outcome outcome = run(expression, stats);
    if (stats.not_single != 0) {
        not_single_.add(stats.not_single);
    }
    if (stats.not_a_number != 0) {
        not_a_number_.add(stats.not_a_number);
    }
    if (outcome == Outcome::GaveUp) {
        too_costly_.add();
        return {false, kTooCostly.id};
    }
    return {outcome == Outcome::True};
}

Outcome RecordEvaluator::run(const Expression& expression, EvalStats& stats) {
    if (maybe_tree_ == nullptr) {
        Hl7Fields fields{message_, *this, text_};
        return expression.evaluate(fields, stats);
    }
    FhirFields fields{*maybe_tree_, *this};
    const Outcome outcome = expression.evaluate(fields, stats);
    stats.not_single += fields.not_single();
    return fields.is_too_costly() ? Outcome::GaveUp : outcome;
}

std::string_view RecordEvaluator::find(std::string_view name) {
    auto known = std::find_if(attribute_ids_.begin(), attribute_ids_.end(), [&](const auto& entry) {
        return entry.first == name;
    });
    if (known == attribute_ids_.end()) {
        known = attribute_ids_.emplace(known, std::string{name}, host_.intern(name));
    }
    return record_->attribute(known->second);
}

}  // namespace aorta::expression
