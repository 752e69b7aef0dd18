// The answers that one connection is owed, in the order its messages came.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace aorta::plugins::mllp {

/// Answers are settled in any order and leave in arrival order. One thread at a time.
class AnswerQueue {
public:
    /// Opens a place; `header` is kept until it is settled. Returns the place's ticket.
    std::uint32_t open(std::string_view header) {
        places_.push_back({std::string{header}});
        return first_ticket_ + static_cast<std::uint32_t>(places_.size() - 1);
    }

    /// The header of a place that is open and not settled; null otherwise.
    const std::string* header(std::uint32_t ticket) const {
        const std::uint32_t index = ticket - first_ticket_;
        return index < places_.size() && !places_[index].is_settled ? &places_[index].text
                                                                    : nullptr;
    }

    /// Gives an open place its bytes (may be none), or says that the connection ends there.
    void settle(std::uint32_t ticket, std::string bytes, bool ends_connection = false) {
        places_[ticket - first_ticket_] = {std::move(bytes), true, ends_connection};
    }

    /// Appends what may leave to `out`. Returns false when the connection is to end after that.
    bool take(std::string& out) {
        while (!places_.empty() && places_.front().is_settled) {
            if (places_.front().ends_connection) {
                return false;
            }
            out += places_.front().text;
            places_.pop_front();
            ++first_ticket_;
        }
        return true;
    }

    std::size_t size() const { return places_.size(); }

private:
    struct Place {
        std::string text;  // the header, then the answer
        bool is_settled = false;
        bool ends_connection = false;
    };

    std::deque<Place> places_;
    std::uint32_t first_ticket_ = 0;
};

}  // namespace aorta::plugins::mllp
