// What a stream holds whose node is gone, brought to the dead letters.
#pragma once

#include "delivery/dead_letters.hpp"
#include "delivery/ledger.hpp"
#include "delivery/record_codec.hpp"
#include "spool/spool.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace aorta::delivery {

/// `aorta run --to-dead-letters NODE`. Lives until `bury` has returned and its letters are stored.
class Undertaker final : public message::Settler {
public:
    struct Services {
        spool::Spool& spool;
        const RecordCodec& codec;
        DeadLetters& dead_letters;
        Ledger& ledger;
    };

    Undertaker(spool::StreamState stream, Services services)
        : stream_(std::move(stream)), services_(services) {}

    ~Undertaker() override;

    /// Each entry becomes a dead letter of that node, with the reason `storage.node_gone`. Returns
    /// when all of them are handed over.
    Result<void> bury(const std::stop_token& stop);

    void on_after(message::Receipt&) override {}

    void on_required_settled(message::Receipt&) override {}

    void on_settled(message::Receipt& receipt) override;

    bool sender_keeps_failures() const override { return false; }

private:
    void book(std::uint64_t sequence, const message::Fate& fate);
    void count(const message::Fate& fate, const std::optional<spool::Over>& over);

    const spool::StreamState stream_;
    const Services services_;
    std::mutex mutex_;  // guards open_
    std::condition_variable_any changed_;
    std::size_t open_ = 0;
};

}  // namespace aorta::delivery
