#include "graph/retry.hpp"

#include <algorithm>
#include <utility>

namespace aorta::graph {
namespace {

using base::Nanoseconds;
using pipeline::RetrySpec;

/// However long a peer asks us to wait.
constexpr Nanoseconds kLongestAsked = std::chrono::hours(1);
constexpr std::uint32_t kMostDoublings = 20;

/// What is wrong is the record, so the sink is well.
bool is_of_the_record(ErrorCode code) {
    return code == ErrorCode::InvalidData || code == ErrorCode::Corrupt;
}

Nanoseconds shortened(Nanoseconds pause, std::uint32_t percent, std::uint64_t random) {
    const Nanoseconds most = pause * percent / 100;
    return pause - most * static_cast<std::int64_t>(random % 1025) / 1024;
}

}  // namespace

std::uint32_t most_attempts(const RetrySpec& spec, pipeline::OnError on_error, ErrorCode code) {
    if (const auto given = spec.attempts.find(code); given != spec.attempts.end()) {
        return given->second;
    }
    switch (on_error) {
        case pipeline::OnError::Retry:
        case pipeline::OnError::HoldKey:
            return RetrySpec::kForever;
        case pipeline::OnError::Default:
            return retryable(code) ? RetrySpec::kForever : 1;
        default:
            return 1;
    }
}

void Retry::begin() {
    is_first_ = true;
    has_failed_ = false;
}

bool Retry::judge(ErrorCode code, std::uint32_t& attempts) {
    const bool is_first = std::exchange(is_first_, false);
    if (code == ErrorCode::Ok) {
        note_end(is_first, true);
        return false;
    }
    const std::uint32_t most = most_attempts(spec_, on_error_, code);
    const bool may_have_waited = most > 1 && retryable(code) && has_failed_;
    const bool again = most == RetrySpec::kForever || may_have_waited || ++attempts < most;
    if (!again) {
        note_end(is_first, is_of_the_record(code));
        if (is_of_the_record(code)) {
            return false;
        }
    }
    if (!again || !has_failed_) {
        ++failures_;
    }
    has_failed_ = true;
    return again;
}

/// The first of a hand-over has ended: what fails behind it is new trouble.
void Retry::note_end(bool is_first, bool is_sink_well) {
    if (is_first) {
        pauses_ = 0;
        failures_ = is_sink_well ? 0 : failures_;
    }
}

Nanoseconds Retry::plan(Nanoseconds now, Nanoseconds asked, std::uint64_t random) {
    if (due_ > now && !is_open()) {
        return due_;  // hold_key: it joins those that wait, and does not put them off
    }
    Nanoseconds pause = spec_.breaker_pause;
    if (!is_open()) {
        const std::uint32_t doublings = std::min(pauses_++, kMostDoublings);
        pause = std::min(spec_.first * (std::int64_t{1} << doublings), spec_.longest);
    }
    due_ = now +
           std::max(shortened(pause, spec_.jitter_percent, random), std::min(asked, kLongestAsked));
    return due_;
}

}  // namespace aorta::graph
