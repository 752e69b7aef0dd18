#include "common/expression/pattern.hpp"

#include "common/expression/expression.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <utility>

namespace aorta::expression {

Pattern::Pattern(std::unique_ptr<re2::RE2> regex) : regex_(std::move(regex)) {}

Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

namespace {

enum class Groups { Ignored, Captured };

Result<std::unique_ptr<re2::RE2>> compile_regex(std::string_view text, Groups groups) {
    if (text.size() > Limits::kMaxPatternBytes) {
        return Error{
            ErrorCode::InvalidConfig,
            "the pattern is longer than " + std::to_string(Limits::kMaxPatternBytes) + " bytes"};
    }
    RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(groups == Groups::Ignored);
    options.set_max_mem(std::int64_t{1} << 20U);
    auto regex = std::make_unique<re2::RE2>(re2::StringPiece{text.data(), text.size()}, options);
    if (!regex->ok()) {
        return Error{ErrorCode::InvalidConfig, "the pattern is not RE2 syntax: " + regex->error()};
    }
    if (regex->ProgramSize() > Limits::kMaxPatternProgram) {
        return Error{ErrorCode::InvalidConfig,
                     "the pattern is too large: use fewer or smaller repetitions"};
    }
    return regex;
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text) {
    auto regex = compile_regex(text, Groups::Ignored);
    if (!regex) {
        return regex.error();
    }
    return Pattern{std::move(*regex)};
}

bool Pattern::is_in(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece{text.data(), text.size()}, *regex_);
}

Replacement::Replacement(std::unique_ptr<re2::RE2> regex, std::string with)
    : regex_(std::move(regex)), with_(std::move(with)) {}

Replacement::Replacement(Replacement&&) noexcept = default;
Replacement& Replacement::operator=(Replacement&&) noexcept = default;
Replacement::~Replacement() = default;

Result<Replacement> Replacement::compile(std::string_view pattern, std::string_view with) {
    auto regex = compile_regex(pattern, Groups::Captured);
    if (!regex) {
        return regex.error();
    }
    std::string problem;
    if (with.size() > Limits::kMaxPatternBytes ||
        !(*regex)->CheckRewriteString(re2::StringPiece{with.data(), with.size()}, &problem)) {
        return Error{ErrorCode::InvalidConfig,
                     problem.empty()
                         ? "the replacement is too long"
                         : "the replacement names a group that the pattern lacks: " + problem};
    }
    return Replacement{std::move(*regex), std::string{with}};
}

bool Replacement::apply(std::string& text) const {
    if (text.size() * std::max<std::size_t>(with_.size(), 1) > kMaxWork) {
        return false;
    }
    RE2::GlobalReplace(&text, *regex_, with_);
    return true;
}

}  // namespace aorta::expression
