// What a plugin did in a call, as bytes and back: the calls that it made of its host, in order
// (docs/formats/isolation.md).
#pragma once

#include "config/diagnostic.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::isolation {

enum class Deed : std::uint8_t {
    // Of records, as in aorta_host and aorta_out.
    SetPayload = 1,
    SetContentType,
    SetKey,
    SetEventTime,
    SetAttribute,
    Pass,
    Drop,
    Reject,
    Fail,
    Absorb,
    Emit,
    EmitHeld,
    Resolve,
    Verdicts,  ///< once, last of a batch: a byte each
    // Of the extensions.
    SetTimer,
    Log,
    Count,
    Gauge,
    // Of the process.
    Finding,   ///< a diagnostic
    Result,    ///< how the call ended: an error code, none for OK
    HasState,  ///< the plugin has a state that could be kept
};

/// One deed; which members count depends on it. Names go as text. Views are of the answer.
struct Act {
    Deed deed = Deed::Pass;
    std::uint64_t record = 0;  ///< see `in_batch` and `held`
    std::uint64_t before = 0;  ///< EmitHeld, Resolve: so many records had their verdict
    std::uint64_t number = 0;  ///< port, code, time, count, level; Gauge: the bits of the value
    std::uint64_t kind = 0;    ///< Resolve: the verdict. Finding: the severity. Log: its fields
    std::int64_t time_ns = 0;  ///< of a draft
    bool has_bytes = false;    ///< of a draft: false shares the payload of its parent
    std::string_view name = {};
    std::string_view bytes = {};
    std::string_view where = {};
    std::vector<std::pair<std::string_view, std::string_view>> pairs = {};
    std::vector<std::uint64_t> parents = {};
};

/// How records are named: by their place in the batch, or by the number that `absorb` gave them.
constexpr std::uint64_t in_batch(std::uint64_t index) {
    return index << 1U;
}

constexpr std::uint64_t held(std::uint64_t number) {
    return (number << 1U) | 1U;
}

constexpr bool is_held(std::uint64_t record) {
    return (record & 1U) != 0;
}

constexpr std::uint64_t number_of(std::uint64_t record) {
    return record >> 1U;
}

void write(std::string& answer, const Act& act);

/// The answer is hostile. Corrupt when it cannot be read, ResourceExhausted when it has more than
/// `most` deeds. What the numbers in it refer to is for the caller to judge.
Result<std::vector<Act>> read_answer(std::string_view answer, std::size_t most);

/// What was found in the call, and how it ended.
Result<void> read_report(std::span<const Act> acts, config::Diagnostics& diagnostics);

}  // namespace aorta::isolation
