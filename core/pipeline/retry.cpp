#include "pipeline/retry.hpp"

#include "base/suggest.hpp"
#include "pipeline/access.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace aorta::pipeline {

namespace {

using config::Origin;
using config::Value;

constexpr std::uint32_t kMostAttempts = 1'000;
constexpr std::string_view kForeverWord = "forever";

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
    std::uint32_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    return is_whole && out <= most ? std::optional(out) : std::nullopt;
}

std::uint32_t read_jitter(const Value& given,
                          std::uint32_t otherwise,
                          config::Diagnostics& diagnostics) {
    std::string_view text = given.text;
    std::optional<std::uint32_t> percent;
    if (!text.empty() && text.back() == '%') {
        text.remove_suffix(1);
        percent = number(text, 100);
    }
    if (!percent) {
        diagnostics.error(
            given.at,
            fmt::format("`jitter` takes a share of the pause, found `{}`", given.text),
            "for example: 25%; 0% for none, 100% at most");
    }
    return percent.value_or(otherwise);
}

std::optional<std::uint32_t> read_attempts(const Value& given) {
    if (given.text == kForeverWord) {
        return RetrySpec::kForever;
    }
    const auto count = number(given.text, kMostAttempts);
    return count && *count > 0 ? count : std::nullopt;
}

std::string attempts_hint(std::string_view found) {
    std::string hint = fmt::format("accepted: 1 to {}, or forever", kMostAttempts);
    if (const auto near = base::suggest(found, std::array{std::string(kForeverWord)})) {
        hint = fmt::format("did you mean `{}`? {}", *near, hint);
    }
    return hint;
}

std::map<ErrorCode, std::uint32_t> read_all_attempts(const Value& given,
                                                     config::Diagnostics& diagnostics) {
    std::map<ErrorCode, std::uint32_t> out;
    for (auto code = ErrorCode::InvalidConfig; code <= ErrorCode::Internal;
         code = static_cast<ErrorCode>(static_cast<std::uint32_t>(code) + 1)) {
        const Value* value = known(given, to_string(code));
        if (value == nullptr) {
            continue;
        }
        if (const auto attempts = read_attempts(*value)) {
            out[code] = *attempts;
        } else {
            diagnostics.error(
                value->at,
                fmt::format(
                    "`{}` takes a number of attempts, found `{}`", to_string(code), value->text),
                attempts_hint(value->text));
        }
    }
    return out;
}

bool is_given(const Value* value) {
    return value != nullptr && value->origin.kind != Origin::Kind::Default;
}

void read_breaker(const Value& given, RetrySpec& out, config::Diagnostics& diagnostics) {
    out.breaker_after = static_cast<std::uint32_t>(int_of(given, "after", 0));
    out.breaker_pause = duration_of(given, "pause", out.breaker_pause);
    if (is_given(&given) && !is_given(given.find("after"))) {
        diagnostics.error(
            given.at,
            "`breaker` does not say when it opens",
            "for example: breaker: { after: 5 }, that is after five failures in a row");
    }
}

}  // namespace

RetrySpec read_retry(const Value& retry, config::Diagnostics& diagnostics) {
    RetrySpec out;
    out.first = duration_of(retry, "first", out.first);
    out.longest = duration_of(retry, "longest", out.longest);
    if (out.longest < out.first && known(retry, "first") && known(retry, "longest")) {
        const Value* first = retry.find("first");
        const Value* longest = retry.find("longest");
        diagnostics.error(
            is_given(longest) ? longest->at : first->at,
            fmt::format("`longest` is {}, and the first pause is {}", longest->text, first->text),
            "pauses grow: `longest` is `first` or more");
    }
    if (const Value* jitter = known(retry, "jitter")) {
        out.jitter_percent = read_jitter(*jitter, out.jitter_percent, diagnostics);
    }
    if (const Value* attempts = known(retry, "attempts")) {
        out.attempts = read_all_attempts(*attempts, diagnostics);
    }
    if (const Value* breaker = known(retry, "breaker")) {
        read_breaker(*breaker, out, diagnostics);
    }
    return out;
}

void warn_of_two_policies(const Value& node,
                          const NodeSpec& spec,
                          config::Diagnostics& diagnostics) {
    const Value* on = known(spec.with, "on");
    if (!is_given(on)) {
        return;
    }
    const auto warn = [&](const Value* value, std::string_view key, std::string_view hint) {
        if (is_given(value)) {
            diagnostics.warning(
                value->at,
                fmt::format("`{}` overrides what `on` of the plugin `{}` says is tried again",
                            key,
                            spec.descriptor.id),
                std::string(hint));
        }
    };
    warn(known(node, "on_error"), "on_error", "leave `on_error` out");
    if (const Value* retry = known(node, "retry")) {
        warn(
            known(*retry, "attempts"),
            "attempts",
            "say it in `on`, such as { AE: { retry: 3, then: dead_letter } }, and leave `attempts` "
            "out");
    }
}

}  // namespace aorta::pipeline
