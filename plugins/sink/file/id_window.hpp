// The ids of the records that a sink wrote last.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aorta::plugins::file_sink {

using RecordId = std::array<std::uint64_t, 2>;

/// Remembers at least the last `window` ids that were added and at most twice as many: ids live in
/// two generations, and the older is forgotten as a whole when the younger is full. 24 to 48 bytes
/// an id, taken as they come. The id of zeros means that there is none and is never remembered.
class IdWindow {
public:
    explicit IdWindow(std::size_t window) : window_(window) {}

    /// Remembers at least this many from now on.
    void widen(std::size_t window) { window_ = window > window_ ? window : window_; }

    bool contains(const RecordId& id) const;
    void add(const RecordId& id);

    /// The older generation, then the younger; in no order within one.
    std::vector<RecordId> all() const;

private:
    // Open addressing, never removed from; slots of zeros are free.
    struct Generation {
        std::vector<RecordId> slots;
        std::size_t count = 0;

        std::size_t slot_of(const RecordId& id) const;
        bool contains(const RecordId& id) const;
        void add(const RecordId& id);
    };

    std::size_t window_;
    Generation young_;
    Generation old_;
};

}  // namespace aorta::plugins::file_sink
