// What a record brings back with its outcomes.
#pragma once

#include "source/mllp/answer_queue.hpp"

#include <cstdint>

namespace aorta::plugins::mllp {

/// The connection's number, the ticket of its answer, and whether anybody waits for the fate. 0
/// owes nothing: connections are numbered from 1.
constexpr std::uint64_t cookie_of(std::uint32_t connection, std::uint32_t ticket, bool wants_fate) {
    return std::uint64_t{connection} << 32U | std::uint64_t{wants_fate} << 31U | ticket;
}

constexpr std::uint32_t connection_of(std::uint64_t cookie) {
    return static_cast<std::uint32_t>(cookie >> 32U);
}

constexpr std::uint32_t ticket_of(std::uint64_t cookie) {
    return static_cast<std::uint32_t>(cookie) & AnswerQueue::kTicketMask;
}

constexpr bool wants_fate(std::uint64_t cookie) {
    return (cookie >> 31U & 1U) != 0;
}

}  // namespace aorta::plugins::mllp
