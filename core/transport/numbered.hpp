// Things under numbers that rise: a queue from whose middle things may go.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace aorta::transport {

/// Numbers are put in rising order, and are taken out in about the same one. Finding, putting and
/// taking cost a step each as a rule, without memory for each thing; a gap that stays (a thing that
/// is held while thousands pass) is closed once gaps are half of all. [one thread]
template <class T>
class Numbered {
public:
    /// `number` is larger than any before.
    void put(std::uint64_t number, T thing) {
        slots_.push_back({number, std::move(thing)});
        ++count_;
    }

    /// Null when it is not there. Valid until the next `put` or `take`.
    T* find(std::uint64_t number) {
        const auto slot = slots_.begin() + index_of(number);
        return slot != slots_.end() && slot->number == number && slot->thing ? &*slot->thing
                                                                             : nullptr;
    }

    /// The first one, while there is any: no gap is ever left at an end.
    const T& front() const { return *slots_.front().thing; }

    /// Takes out what is there.
    std::optional<T> take(std::uint64_t number) {
        T* const thing = find(number);
        if (thing == nullptr) {
            return {};
        }
        std::optional<T> taken{std::move(*thing)};
        slots_[static_cast<std::size_t>(index_of(number))].thing.reset();
        --count_;
        while (!slots_.empty() && !slots_.front().thing) {
            slots_.pop_front();
        }
        while (!slots_.empty() && !slots_.back().thing) {
            slots_.pop_back();
        }
        if (slots_.size() > kFewSlots && slots_.size() > 2 * count_) {
            std::erase_if(slots_, [](const Slot& one) { return !one.thing; });
        }
        return taken;
    }

    /// Calls `act(number, thing)` for those behind `number`, in order, until it says false.
    template <class Act>
    void each_behind(std::uint64_t number, const Act& act) {
        for (auto slot = slots_.begin() + index_of(number + 1); slot != slots_.end(); ++slot) {
            if (slot->thing && !act(slot->number, *slot->thing)) {
                return;
            }
        }
    }

    bool has_behind(std::uint64_t number) const {
        return !slots_.empty() && slots_.back().number > number;
    }

    std::uint64_t size() const { return count_; }

private:
    static constexpr std::size_t kFewSlots = 1'024;

    struct Slot {
        std::uint64_t number;
        std::optional<T> thing;
    };

    /// Of the first slot with this number or a higher one.
    std::ptrdiff_t index_of(std::uint64_t number) const {
        if (slots_.empty() || number <= slots_.front().number) {
            return 0;
        }
        // Where it is if nothing before it is missing.
        const std::uint64_t guess = number - slots_.front().number;
        if (guess < slots_.size() && slots_[guess].number == number) {
            return static_cast<std::ptrdiff_t>(guess);
        }
        return std::ranges::lower_bound(slots_, number, {}, &Slot::number) - slots_.begin();
    }

    std::deque<Slot> slots_;
    std::uint64_t count_ = 0;
};

}  // namespace aorta::transport
