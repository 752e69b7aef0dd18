#include "graph/stored_attempts.hpp"

#include <fmt/format.h>

#include <charconv>

namespace aorta::graph {
namespace {

/// "SEQUENCE:ATTEMPTS" and a space for each.
std::map<std::uint64_t, std::uint32_t> parse(std::string_view text) {
    std::map<std::uint64_t, std::uint32_t> attempts;
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at < end;) {
        std::uint64_t sequence = 0;
        std::uint32_t count = 0;
        const auto first = std::from_chars(at, end, sequence);
        if (first.ec != std::errc{} || first.ptr == end) {
            break;
        }
        const auto second = std::from_chars(first.ptr + 1, end, count);
        if (second.ec != std::errc{}) {
            break;
        }
        attempts[sequence] = count;
        at = second.ptr + 1;
    }
    return attempts;
}

}  // namespace

StoredAttempts::StoredAttempts(spool::Spool& spool, spool::StreamId outbox)
    : spool_(spool),
      fact_(fmt::format("attempts/{}", outbox)),
      attempts_(parse(spool.fact(fact_))) {}

std::uint32_t StoredAttempts::begin(std::uint64_t sequence) {
    const std::scoped_lock lock(mutex_);
    // Those between were over before a crash that came before their counts were taken back.
    attempts_.erase(attempts_.upper_bound(begun_), attempts_.lower_bound(sequence));
    begun_ = sequence;
    const auto found = attempts_.find(sequence);
    return found == attempts_.end() ? 0 : found->second;
}

void StoredAttempts::note(std::uint64_t sequence, std::uint32_t attempts) {
    const std::scoped_lock lock(mutex_);
    attempts_[sequence] = attempts;
    store();
}

void StoredAttempts::forget(std::uint64_t sequence) {
    const std::scoped_lock lock(mutex_);
    if (attempts_.erase(sequence) != 0) {
        store();
    }
}

void StoredAttempts::store() {
    std::string text;
    for (const auto& [sequence, attempts] : attempts_) {
        text += fmt::format("{}:{} ", sequence, attempts);
    }
    spool_.set_fact(fact_, text);
}

}  // namespace aorta::graph
