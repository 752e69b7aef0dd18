// Editor: runs operations on one message after the other.
#pragma once

#include "common/expression/hl7_fields.hpp"
#include "edit/hl7v2/operation.hpp"
#include "edit/hl7v2/reasons.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::plugins::edit {

/// What stands around a message.
struct Surroundings {
    expression::Attributes& attributes;
    std::int64_t now_ns = 0;      // since 1970 UTC
    const hl7::Message& message;  // that the document was made of
};

/// Why a message could not be edited: a reason and a place, never a value.
struct Failure {
    std::string_view reason;
    std::string where;
};

/// Owns the operations and what they found. One thread at a time.
class Editor {
public:
    explicit Editor(std::vector<Operation> operations) : operations_(std::move(operations)) {}

    /// Runs all operations on a document. After a failure it is half done: drop it.
    std::optional<Failure> run(Document& document, const Surroundings& around);

    /// Of all conditions so far.
    const expression::EvalStats& stats() const { return stats_; }

private:
    const std::vector<Operation> operations_;
    expression::EvalStats stats_;
    hl7::MessageText text_;
};

}  // namespace aorta::plugins::edit
