// Runs a program over one record. Internal to the library.
#pragma once

#include "common/expression/expression.hpp"
#include "common/expression/program.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace aorta::expression {

/// One evaluation. Allocates only for texts whose escapes or case have to change.
class Evaluator {
public:
    Evaluator(const Program& program, Fields& fields, EvalStats& stats, const Cursor& at)
        : program_(program), fields_(fields), stats_(stats), at_(at) {}

    Outcome run();

private:
    Value value(const Node& node);
    bool condition(const Node& node);
    Value path(const Node& node);
    Value arithmetic(const Node& node);
    Value changed_case(const Node& node, char first, char last);
    Value length(const Node& node);
    bool compare(const Node& node);
    bool is_in(const Node& node);
    bool text_test(const Node& node);
    bool presence(const Node& node);
    std::uint64_t count(const Node& node, std::uint64_t enough, bool wanted);

    std::optional<double> number(const Value& value);
    bool charge(std::uint64_t steps);

    void charge_text(const Value& value) { charge(value.text.size() / 16); }

    Value child(const Node& node, std::size_t index) { return value(program_.child(node, index)); }

    const Program& program_;
    Fields& fields_;
    EvalStats& stats_;
    Scratch scratch_;  // texts of the innermost quantifier's element
    Scratch fixed_scratch_;
    std::array<Value, Limits::kMaxFixedPaths> fixed_;
    std::uint32_t fixed_is_read_ = 0;  // bit per slot
    Cursor at_;
    std::uint64_t work_ = 0;
};

}  // namespace aorta::expression
