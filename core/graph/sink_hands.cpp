#include "graph/sink_hands.hpp"

#include <algorithm>
#include <utility>

namespace aorta::graph {

using message::RecordPtr;

std::vector<aorta_record*> SinkHands::give(message::Batch batch) {
    std::vector<aorta_record*> records;
    records.reserve(batch.size());
    const std::scoped_lock lock(mutex_);
    for (RecordPtr& record : batch) {
        records.push_back(record.get());
        slots_.push_back({.record = std::move(record)});
    }
    open_ = slots_.size() + 1;
    return records;
}

void SinkHands::end_call(const host::Completion* failed) {
    const std::scoped_lock lock(mutex_);
    for (Slot& slot : slots_) {
        if (failed != nullptr && !slot.is_completed) {
            slot.completion = *failed;
            close(slot);
        }
    }
    --open_;
}

Slot* SinkHands::find(const aorta_record* record) {
    const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) {
        return slot.record.get() == record && !slot.is_completed;
    });
    return record == nullptr || found == slots_.end() ? nullptr : &*found;
}

SinkHands::Outcome SinkHands::close(Slot& slot) {
    slot.is_completed = true;
    return --open_ == 0 ? Outcome::NotedLast : Outcome::Noted;
}

SinkHands::Outcome SinkHands::complete(const aorta_record* record, host::Completion completion) {
    const std::scoped_lock lock(mutex_);
    Slot* slot = find(record);
    if (slot == nullptr) {
        return Outcome::Unknown;
    }
    slot->completion = std::move(completion);
    return close(*slot);
}

SinkHands::Outcome SinkHands::reply(const aorta_record* record, message::BufferRef answer) {
    const std::scoped_lock lock(mutex_);
    Slot* slot = find(record);
    if (slot == nullptr) {
        return Outcome::Unknown;
    }
    slot->reply = std::move(answer);
    return Outcome::Noted;
}

std::uint32_t SinkHands::count(const aorta_record* record) {
    const std::scoped_lock lock(mutex_);
    Slot* slot = find(record);
    if (slot == nullptr) {
        return 0;
    }
    slot->is_counted = true;
    return slot->record->attempts + 1;
}

RecordPtr SinkHands::take(const aorta_record* record, Outcome& outcome) {
    const std::scoped_lock lock(mutex_);
    Slot* slot = find(record);
    if (slot == nullptr) {
        outcome = Outcome::Unknown;
        return {};
    }
    outcome = close(*slot);
    return std::move(slot->record);
}

bool SinkHands::is_open() const {
    const std::scoped_lock lock(mutex_);
    return open_ != 0;
}

std::vector<Slot> SinkHands::take_all() {
    const std::scoped_lock lock(mutex_);
    open_ = 0;
    return std::exchange(slots_, {});
}

void SinkHands::for_each(const std::function<void(const message::Record&)>& look) const {
    const std::scoped_lock lock(mutex_);
    for (const Slot& slot : slots_) {
        if (slot.record) {
            look(*slot.record);
        }
    }
}

}  // namespace aorta::graph
