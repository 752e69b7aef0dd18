// The answers that one connection is owed, in the order its requests came.
#pragma once

#include "source/http/answers.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace aorta::plugins::http_source {

/// A place for each request. Answers come in any order and leave in that of the requests. One
/// thread at a time.
class AnswerQueue {
public:
    /// Opens a place; returns its ticket.
    std::uint32_t open(Asked asked) {
        places_.push_back({.asked = std::move(asked)});
        return first_ticket_ + static_cast<std::uint32_t>(places_.size() - 1);
    }

    /// What was asked at a place without an answer; null otherwise.
    const Asked* if_open(std::uint32_t ticket) const {
        const std::uint32_t index = ticket - first_ticket_;
        return index < places_.size() && !places_[index].bytes ? &places_[index].asked : nullptr;
    }

    /// No place was opened after this one.
    bool is_last(std::uint32_t ticket) const {
        return std::size_t{ticket - first_ticket_} + 1 == places_.size();
    }

    /// Gives an open place its answer.
    void settle(std::uint32_t ticket, std::string bytes) {
        places_[ticket - first_ticket_].bytes = std::move(bytes);
    }

    /// Appends what may leave to `out`.
    void take(std::string& out) {
        while (!places_.empty() && places_.front().bytes) {
            out += *places_.front().bytes;
            places_.pop_front();
            ++first_ticket_;
        }
    }

    std::size_t size() const { return places_.size(); }

private:
    struct Place {
        Asked asked;
        std::optional<std::string> bytes = {};
    };

    std::deque<Place> places_;
    std::uint32_t first_ticket_ = 0;
};

}  // namespace aorta::plugins::http_source
