// The answers that one connection is owed, in the order its messages came.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::plugins::mllp {

/// A place for each message, with a first answer (AA … CR) and perhaps a second (the application
/// acknowledgement of enhanced mode, hours later). Both are settled in any order. First answers
/// leave in arrival order, second ones in arrival order among themselves, none before its first.
/// One thread at a time.
class AnswerQueue {
public:
    /// Tickets have 31 bits.
    static constexpr std::uint32_t kTicketMask = 0x7FFFFFFF;

    /// Opens a place; `header` is kept until it is settled. Returns the place's ticket.
    std::uint32_t open(std::string_view header) {
        places_.push_back({.header = std::string{header}});
        return (first_ticket_ + static_cast<std::uint32_t>(places_.size() - 1)) & kTicketMask;
    }

    /// The header of a place that is owed this answer; null otherwise.
    const std::string* header_if_first_open(std::uint32_t ticket) const {
        const Place* place = find(ticket);
        return place != nullptr && !place->first ? &place->header : nullptr;
    }

    const std::string* header_if_second_open(std::uint32_t ticket) const {
        const Place* place = find(ticket);
        return place != nullptr && !place->second ? &place->header : nullptr;
    }

    /// Gives an open place its first answer (may be no bytes), and the second if that is known.
    void settle_first(std::uint32_t ticket,
                      std::string bytes,
                      std::optional<std::string> second = std::string{}) {
        Place* place = find(ticket);
        place->first = std::move(bytes);
        if (second) {
            place->second = std::move(second);
        }
    }

    void settle_second(std::uint32_t ticket, std::string bytes) {
        find(ticket)->second = std::move(bytes);
    }

    /// The connection ends in place of the first answer.
    void end_at(std::uint32_t ticket) {
        settle_first(ticket, {});
        find(ticket)->ends_connection = true;
    }

    /// Appends what may leave to `out`. Returns false when the connection is to end after that.
    bool take(std::string& out) {
        while (first_ < places_.size() && places_[first_].first) {
            if (places_[first_].ends_connection) {
                return false;
            }
            out += *places_[first_++].first;
        }
        while (second_ < first_ && places_[second_].second) {
            out += *places_[second_++].second;
        }
        for (; second_ > 0; --second_, --first_) {
            places_.pop_front();
            first_ticket_ = (first_ticket_ + 1) & kTicketMask;
        }
        return true;
    }

    /// True if the next place has had no first answer yet.
    bool is_first_owed() const { return first_ < places_.size(); }

    /// Places that are owed something.
    std::size_t size() const { return places_.size(); }

    /// The same without those where the connection ends instead.
    std::size_t owed() const {
        return static_cast<std::size_t>(std::count_if(
            places_.begin(), places_.end(), [](const Place& p) { return !p.ends_connection; }));
    }

private:
    struct Place {
        std::string header;
        std::optional<std::string> first = {};
        std::optional<std::string> second = {};
        bool ends_connection = false;
    };

    const Place* find(std::uint32_t ticket) const {
        const std::uint32_t index = (ticket - first_ticket_) & kTicketMask;
        return index < places_.size() ? &places_[index] : nullptr;
    }

    Place* find(std::uint32_t ticket) {
        return const_cast<Place*>(std::as_const(*this).find(ticket));
    }

    std::deque<Place> places_;
    std::uint32_t first_ticket_ = 0;
    std::size_t first_ = 0;   // the next place whose first answer leaves
    std::size_t second_ = 0;  // the next place whose second answer leaves; never beyond first_
};

}  // namespace aorta::plugins::mllp
