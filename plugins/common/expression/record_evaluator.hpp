// Expressions in a plugin: compiling options and evaluating over the records of a node.
#pragma once

#include "common/expression/expression.hpp"
#include "common/expression/fhir_fields.hpp"
#include "common/expression/hl7_fields.hpp"
#include "common/fhir/record_tree.hpp"
#include "common/hl7/index.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::expression {

/// The reasons that Decision::trouble may hold; a plugin's descriptor lists all.
inline constexpr Reason kNotHl7{"expression.not_hl7v2",
                                "the expression reads HL7 fields, the record is no HL7 v2 message"};
inline constexpr Reason kNotFhir{"expression.not_fhir",
                                 "the expression reads FHIR elements, the record is no resource"};
inline constexpr Reason kTooCostly{"expression.too_costly",
                                   "evaluating the expression exceeded its bound"};

/// Compiles the expression of an option, or reports it there and gives nothing.
std::optional<Expression> compile(Options at, Diagnostics& report);

/// The same when the node is made, after `check` accepted it. Throws std::invalid_argument.
Expression compile_checked(Options at);

/// What an expression says of a record. A record with trouble is to be rejected for that reason.
struct Decision {
    bool holds = false;
    std::string_view trouble = {};
};

/// Evaluates over one record after the other and counts findings in the node's metrics
/// (expression_not_a_number, expression_not_single, expression_too_costly). One thread at a time.
class RecordEvaluator final : private Attributes {
public:
    explicit RecordEvaluator(const Host& host);

    /// Turns to a record, which must live until the next call. Reads the decoder's index, or makes
    /// or tree, or makes one if the record is HL7 v2 or FHIR and has none.
    void open(const Record& record);

    Decision evaluate(const Expression& expression);

private:
    std::string_view find(std::string_view name) override;
    Outcome run(const Expression& expression, EvalStats& stats);
    std::optional<hl7::Message> message_of(const Record& record);
    const fhir::Tree* tree_of(const Record& record);
    std::string_view trouble_of(const Expression& expression) const;

    Host host_;
    Counter not_a_number_;
    Counter not_single_;
    Counter too_costly_;
    std::uint32_t hl7_type_;
    std::uint32_t index_view_;
    std::uint32_t fhir_type_;
    hl7::IndexBuilder builder_;
    hl7::MessageText text_;
    fhir::RecordTrees trees_;
    std::optional<Record> record_;
    std::optional<hl7::Message> message_;
    const fhir::Tree* maybe_tree_ = nullptr;
    std::vector<std::pair<std::string, std::uint32_t>> attribute_ids_;
};

}  // namespace aorta::expression
