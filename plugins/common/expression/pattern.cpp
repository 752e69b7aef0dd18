#include "common/expression/pattern.hpp"

#include "common/expression/expression.hpp"

#include <re2/re2.h>

#include <string>
#include <utility>

namespace aorta::expression {

Pattern::Pattern(std::unique_ptr<re2::RE2> regex) : regex_(std::move(regex)) {}

Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view text) {
    if (text.size() > Limits::kMaxPatternBytes) {
        return Error{
            ErrorCode::InvalidConfig,
            "the pattern is longer than " + std::to_string(Limits::kMaxPatternBytes) + " bytes"};
    }
    RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(std::int64_t{1} << 20U);
    auto regex = std::make_unique<re2::RE2>(re2::StringPiece{text.data(), text.size()}, options);
    if (!regex->ok()) {
        return Error{ErrorCode::InvalidConfig, "the pattern is not RE2 syntax: " + regex->error()};
    }
    if (regex->ProgramSize() > Limits::kMaxPatternProgram) {
        return Error{ErrorCode::InvalidConfig,
                     "the pattern is too large: use fewer or smaller repetitions"};
    }
    return Pattern{std::move(regex)};
}

bool Pattern::is_in(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece{text.data(), text.size()}, *regex_);
}

}  // namespace aorta::expression
