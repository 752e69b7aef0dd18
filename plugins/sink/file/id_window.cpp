#include "sink/file/id_window.hpp"

#include <utility>

namespace aorta::plugins::file_sink {

namespace {

constexpr RecordId kNone{};
constexpr std::size_t kFirstSlots = 256;

}  // namespace

std::size_t IdWindow::Generation::slot_of(const RecordId& id) const {
    // Ids are mixed by the engine: their bits are as good as a hash.
    std::size_t slot = (id[0] ^ id[1]) & (slots.size() - 1);
    while (slots[slot] != kNone && slots[slot] != id) {
        slot = (slot + 1) & (slots.size() - 1);
    }
    return slot;
}

bool IdWindow::Generation::contains(const RecordId& id) const {
    return !slots.empty() && slots[slot_of(id)] == id;
}

void IdWindow::Generation::add(const RecordId& id) {
    if ((count + 1) * 4 > slots.size() * 3) {
        std::vector<RecordId> before(slots.empty() ? kFirstSlots : slots.size() * 2);
        before.swap(slots);
        for (const RecordId& old : before) {
            if (old != kNone) {
                slots[slot_of(old)] = old;
            }
        }
    }
    slots[slot_of(id)] = id;
    ++count;
}

bool IdWindow::contains(const RecordId& id) const {
    return id != kNone && (young_.contains(id) || old_.contains(id));
}

void IdWindow::add(const RecordId& id) {
    if (id == kNone || young_.contains(id)) {
        return;
    }
    if (young_.count >= window_) {
        old_ = std::exchange(young_, {});
    }
    young_.add(id);
}

std::vector<RecordId> IdWindow::all() const {
    std::vector<RecordId> ids;
    ids.reserve(old_.count + young_.count);
    for (const Generation* generation : {&old_, &young_}) {
        for (const RecordId& id : generation->slots) {
            if (id != kNone) {
                ids.push_back(id);
            }
        }
    }
    return ids;
}

}  // namespace aorta::plugins::file_sink
