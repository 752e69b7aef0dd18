#include "common/expression/finder.hpp"

#include <re2/re2.h>

#include <string>
#include <utility>

namespace aorta::expression {

namespace {

constexpr std::size_t kMaxPatternBytes = 4096;
constexpr int kMaxProgram = 20000;
constexpr std::int64_t kMaxMemory = std::int64_t{8} << 20U;

}  // namespace

Finder::Finder(std::unique_ptr<re2::RE2> regex) : regex_(std::move(regex)) {}

Finder::Finder(Finder&&) noexcept = default;
Finder& Finder::operator=(Finder&&) noexcept = default;
Finder::~Finder() = default;

Result<Finder> Finder::compile(std::string_view pattern) {
    if (pattern.size() > kMaxPatternBytes) {
        return Error{ErrorCode::InvalidConfig,
                     "the pattern is longer than " + std::to_string(kMaxPatternBytes) + " bytes"};
    }
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMaxMemory);
    auto regex =
        std::make_unique<re2::RE2>(re2::StringPiece{pattern.data(), pattern.size()}, options);
    if (!regex->ok()) {
        return Error{ErrorCode::InvalidConfig, "the pattern is not RE2 syntax: " + regex->error()};
    }
    if (regex->ProgramSize() > kMaxProgram) {
        return Error{ErrorCode::InvalidConfig,
                     "the pattern is too large: use fewer or smaller repetitions"};
    }
    if (RE2::FullMatch("", *regex)) {
        return Error{ErrorCode::InvalidConfig, "the pattern matches the empty text"};
    }
    return Finder{std::move(regex)};
}

std::optional<Found> Finder::next(std::string_view text, std::size_t from) const {
    const re2::StringPiece whole{text.data(), text.size()};
    re2::StringPiece groups[2];
    const int count = regex_->NumberOfCapturingGroups() > 0 ? 2 : 1;
    if (from >= text.size() ||
        !regex_->Match(whole, from, text.size(), RE2::UNANCHORED, groups, count)) {
        return std::nullopt;
    }
    const re2::StringPiece& found =
        count == 2 && groups[1].data() != nullptr ? groups[1] : groups[0];
    const auto begin = static_cast<std::size_t>(found.data() - text.data());
    return Found{begin, begin + found.size()};
}

}  // namespace aorta::expression
