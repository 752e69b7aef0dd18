// Records and settlers for the tests of links.
#pragma once

#include "message/record.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::transport {

inline message::RecordPtr sample_record(message::Budget& budget, std::string_view payload) {
    auto record = std::make_unique<message::Record>(&budget);
    record->set_payload(message::BufferRef{message::copy_of(payload, budget)});
    return record;
}

/// What a source would learn, by the receipt's sequence.
class SampleSettler final : public message::Settler {
public:
    void on_after(message::Receipt& receipt) override { passed.insert(receipt.sequence); }

    void on_required_settled(message::Receipt& receipt) override {
        required[receipt.sequence] = receipt.required_fate();
        if (const message::BufferRef reply = receipt.take_reply()) {
            replies[receipt.sequence] = message::bytes_of(*reply.get());
        }
    }

    void on_settled(message::Receipt& receipt) override {
        if (receipt.has_fate()) {
            settled[receipt.sequence] = receipt.fate();
        } else {
            parked.insert(receipt.sequence);
        }
    }

    bool sender_keeps_failures() const override { return keeps_failures; }

    bool wants_reply(std::uint32_t node) const override { return node == reply_node; }

    message::Share open(std::uint64_t sequence) {
        return message::Share{new message::Receipt(*this, 0, sequence)};
    }

    bool keeps_failures = false;
    std::uint32_t reply_node = ~0U;
    std::set<std::uint64_t> passed;
    std::set<std::uint64_t> parked;
    std::map<std::uint64_t, message::Fate> required;
    std::map<std::uint64_t, message::Fate> settled;
    std::map<std::uint64_t, std::string> replies;
};

}  // namespace aorta::transport
