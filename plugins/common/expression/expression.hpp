// The expression language of filter, route and alert: docs/reference/expressions.md.
#pragma once

#include "common/expression/fields.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace aorta::expression {

/// Bounds of one expression, checked when it is compiled.
struct Limits {
    static constexpr std::size_t kMaxBytes = 4096;
    static constexpr std::size_t kMaxDepth = 32;
    static constexpr std::size_t kMaxNodes = 512;
    static constexpr std::size_t kMaxPatterns = 16;
    static constexpr std::size_t kMaxPatternBytes = 512;
    static constexpr int kMaxPatternProgram = 4096;  ///< RE2 instructions
    /// Paths from the top of the message that stand inside quantifiers.
    static constexpr std::size_t kMaxFixedPaths = 16;
    /// Steps of one evaluation; 16 bytes of text are a step.
    static constexpr std::uint64_t kMaxWork = std::uint64_t{1} << 24U;
};

enum class Outcome : std::uint8_t {
    False,
    True,
    GaveUp,  ///< Limits::kMaxWork was reached: the record is built to be expensive
};

/// Findings, added up over evaluations.
struct EvalStats {
    std::uint64_t not_a_number = 0;  ///< a value that is not a number met one
    std::uint64_t not_single = 0;    ///< several values of a FHIR path stood where one is meant
    std::uint64_t gave_up = 0;
};

struct Program;
struct Scope;

/// A compiled condition. Immutable: any thread may evaluate it. Movable.
class Expression {
public:
    /// Compiles and checks. A failure has the byte offset in `where` ("byte 12") and says what
    /// would be accepted.
    static Result<Expression> compile(std::string_view text);
    /// The same for a condition on one element: relative paths are those of `scope`
    /// (hl7_paths.hpp), as inside a quantifier over it.
    static Result<Expression> compile(std::string_view text, const Scope& scope);

    Expression(Expression&&) noexcept;
    Expression& operator=(Expression&&) noexcept;
    Expression(const Expression&) = delete;
    Expression& operator=(const Expression&) = delete;
    ~Expression();

    Outcome evaluate(Fields& fields, EvalStats& stats) const;
    /// The same at one element of the scope that it was compiled for.
    Outcome evaluate(Fields& fields, EvalStats& stats, const Cursor& at) const;

    /// True if it reads fields of an HL7 v2 message.
    bool reads_message() const;
    /// True if it reads elements of a FHIR resource.
    bool reads_resource() const;

private:
    explicit Expression(std::unique_ptr<const Program> program);

    std::unique_ptr<const Program> program_;
};

}  // namespace aorta::expression
