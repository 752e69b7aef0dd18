#include "common/expression/expression.hpp"

#include "common/expression/checker.hpp"
#include "common/expression/evaluator.hpp"
#include "common/expression/parser.hpp"
#include "common/expression/program.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace aorta::expression {

Expression::Expression(std::unique_ptr<const Program> program) : program_(std::move(program)) {}

Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

Result<Expression> Expression::compile(std::string_view text) {
    return compile(text, Scope{});
}

Result<Expression> Expression::compile(std::string_view text, const Scope& scope) {
    if (text.size() > Limits::kMaxBytes) {
        return error_at(
            Limits::kMaxBytes,
            "an expression has at most " + std::to_string(Limits::kMaxBytes) + " bytes");
    }
    auto program = Parser{text, scope}.parse();
    if (!program) {
        return program.error();
    }
    if (auto ok = check_types(*program); !ok) {
        return ok.error();
    }
    return Expression{std::make_unique<const Program>(std::move(*program))};
}

Outcome Expression::evaluate(Fields& fields, EvalStats& stats) const {
    return evaluate(fields, stats, Cursor{});
}

Outcome Expression::evaluate(Fields& fields, EvalStats& stats, const Cursor& at) const {
    return Evaluator{*program_, fields, stats, at}.run();
}

bool Expression::reads_message() const {
    return std::any_of(program_->paths.begin(), program_->paths.end(), [](const Path& path) {
        return path.kind != Path::Kind::Attribute && !path.is_fhir();
    });
}

bool Expression::reads_resource() const {
    return std::any_of(program_->paths.begin(), program_->paths.end(), [](const Path& path) {
        return path.is_fhir();
    });
}

}  // namespace aorta::expression
