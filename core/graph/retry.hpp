// What a sink's failures lead to: another attempt and when, or the end of a record. No lane, no
// clock: the caller says what time it is.
#pragma once

#include "base/clock.hpp"
#include "graph/router.hpp"
#include "pipeline/spec.hpp"

#include <aorta/result.hpp>

#include <cstdint>

namespace aorta::graph {

/// Attempts by which a record is given up that fails with this code (RetrySpec::kForever: never).
/// What the spec does not name follows from `on_error`: by default outages (the retryable codes)
/// are tried for ever, and what is refused is given up; retry and hold_key try everything for ever;
/// the other actions give everything up.
std::uint32_t most_attempts(const pipeline::RetrySpec& spec,
                            pipeline::OnError on_error,
                            ErrorCode code);

/// One lane's state: the outcomes of one hand-over (what a sink was given in one call) after the
/// other, each as begin, judge for every record in order, and plan if something failed.
/// One thread at a time.
class Retry {
public:
    Retry(pipeline::RetrySpec spec, pipeline::OnError on_error)
        : spec_(std::move(spec)), on_error_(on_error) {}

    void begin();
    /// True when the record is to be tried again. `attempts` are the record's own: refusals count;
    /// an outage never does unless the spec limits it, and then only for the first that met it, as
    /// what follows may not have been tried at all.
    bool judge(ErrorCode code, std::uint32_t& attempts);
    /// When the sink may be tried again, after a hand-over with failures. `asked` is the longest
    /// pause that a completion asked for, and is taken up to an hour; `random` is any number. What
    /// is planned already stands, unless the breaker has opened.
    base::Nanoseconds plan(base::Nanoseconds now, base::Nanoseconds asked, std::uint64_t random);

    bool is_due(base::Nanoseconds now) const { return due_ <= now; }

    /// Failures in a row, as the breaker counts them. 0 once the first of a hand-over was taken, or
    /// was refused for what is in it: the sink is well.
    std::uint32_t failures() const { return failures_; }

    /// The breaker: nothing is tried but one record each time that it is due.
    bool is_open() const { return spec_.breaker_after != 0 && failures_ >= spec_.breaker_after; }

private:
    void note_end(bool is_first, bool is_sink_well);

    const pipeline::RetrySpec spec_;
    const pipeline::OnError on_error_;
    base::Nanoseconds due_{0};
    std::uint32_t failures_ = 0;
    std::uint32_t pauses_ = 0;  // in a row: each is twice as long

    // Of the hand-over:
    bool is_first_ = true;
    bool has_failed_ = false;
};

}  // namespace aorta::graph
