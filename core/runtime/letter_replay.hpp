// Sends dead letters again: makes the same records anew, lets them in where they are to go, and
// tells the file what became of them. A source of its own, beside those of the pipeline.
#pragma once

#include "base/log.hpp"
#include "delivery/ledger.hpp"
#include "delivery/letter_replays.hpp"
#include "delivery/source_delivery.hpp"
#include "message/budget.hpp"
#include "message/interner.hpp"
#include "message/record.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aorta::runtime {

/// Where a record goes in: by a node's name. A source's is what follows it. [any thread]
using Entrances = std::map<std::string, std::function<void(message::RecordPtr)>, std::less<>>;

/// A thread looks every second for letters that are asked for, takes as many as the byte budget has
/// room for (half of it at most), and at once more when those are over. Outlives the records that
/// it made; a letter whose fate comes after `close` is asked for again at the next start.
class LetterReplay final : public message::Settler {
public:
    struct Services {
        std::string pipeline;
        const base::Clock& clock;
        base::Log& log;
        message::Interner& names;
        message::Budget& budget;
        delivery::Ledger& ledger;
        delivery::Roots roots;  ///< where outboxes take what comes of a letter
        std::function<std::string(std::uint32_t)> name_of;  ///< of a node
        /// Told once: what was asked for before the start is over, or cannot be taken.
        std::function<void()> on_finished;
    };

    LetterReplay(std::filesystem::path file, spool::Keys keys, Services services);
    LetterReplay(const LetterReplay&) = delete;
    LetterReplay& operator=(const LetterReplay&) = delete;
    ~LetterReplay() override;

    void start(Entrances entrances);
    /// Takes no more letters. Waits for one that is just being let in.
    void stop_taking();
    /// Ends the thread when the fates that are known have been told to the file.
    void close();

    void on_after(message::Receipt&) override {}

    void on_required_settled(message::Receipt&) override {}

    void on_settled(message::Receipt& receipt) override;

    bool sender_keeps_failures() const override { return false; }

    std::uint32_t stream() const override { return services_.roots.stream.id; }

private:
    static constexpr std::size_t kMost = 64;

    void run(const std::stop_token& stop);
    bool take();
    void let_in(delivery::StoredLetter letter);
    message::RecordPtr record_of(const delivery::StoredLetter& letter);
    void tell(const std::vector<std::pair<std::int64_t, message::Fate>>& fates);
    void report(std::string_view event, const Error& error);
    void finish_once();

    const Services services_;
    delivery::LetterReplays letters_;  // the thread's
    Entrances entrances_;
    std::uint64_t sequence_ = 0;  // the thread's
    bool is_finished_ = false;    // the thread's
    bool is_unreadable_ = false;  // the thread's: said so already

    std::mutex taking_mutex_;  // held while letters are let in; guards is_taking_
    bool is_taking_ = true;

    std::mutex mutex_;  // guards the two below
    std::condition_variable_any changed_;
    std::vector<std::pair<std::int64_t, message::Fate>> fates_;
    std::size_t on_their_way_ = 0;
    std::jthread thread_;  // last: stops before the rest goes
};

}  // namespace aorta::runtime
