#include "runtime/letter_replay.hpp"

#include <charconv>
#include <chrono>

namespace aorta::runtime {
namespace {

constexpr auto kLookForFates = std::chrono::seconds(1);

/// The two halves of an id of 32 hex digits; false when it is none.
bool read_id(std::string_view text, std::uint64_t (&id)[2]) {
    if (text.size() < 32) {
        return false;
    }
    for (std::size_t half = 0; half < 2; ++half) {
        const std::string_view digits = text.substr(half * 16, 16);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), id[half], 16);
        if (error != std::errc{} || end != digits.data() + digits.size()) {
            return false;
        }
    }
    return true;
}

}  // namespace

LetterReplay::LetterReplay(std::filesystem::path file, spool::Keys keys, Services services)
    : services_(std::move(services)), letters_(std::move(file), std::move(keys), services_.clock) {}

LetterReplay::~LetterReplay() {
    close();
}

void LetterReplay::start(Entrances entrances) {
    entrances_ = std::move(entrances);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void LetterReplay::stop_taking() {
    const std::scoped_lock lock(taking_mutex_);
    is_taking_ = false;
}

void LetterReplay::close() {
    stop_taking();
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
}

void LetterReplay::on_settled(message::Receipt& receipt) {
    // In an outbox it is in safe hands.
    const message::Fate fate = receipt.has_fate() ? receipt.fate() : message::Fate::delivered(0);
    {
        const std::scoped_lock lock(mutex_);
        fates_.emplace_back(static_cast<std::int64_t>(receipt.cookie), fate);
        --on_their_way_;
    }
    changed_.notify_one();
    services_.budget.release(sizeof(message::Receipt));
    // Last, since the pipeline may go once nothing is held.
    delivery::book(services_.ledger, services_.roots, receipt);
}

void LetterReplay::run(const std::stop_token& stop) {
    bool wants_more = true;
    while (true) {
        std::vector<std::pair<std::int64_t, message::Fate>> fates;
        std::size_t on_their_way = 0;
        bool is_last = false;
        {
            std::unique_lock lock(mutex_);
            if (!wants_more) {
                changed_.wait_for(lock, stop, kLookForFates, [&] { return !fates_.empty(); });
            }
            is_last = stop.stop_requested();  // what comes before it is told still
            fates.swap(fates_);
            on_their_way = on_their_way_;
        }
        tell(fates);
        if (is_last) {
            return;
        }
        wants_more = take();
        if (!wants_more && on_their_way == 0 && fates.empty()) {
            const std::scoped_lock lock(mutex_);
            if (on_their_way_ == 0 && fates_.empty()) {
                finish_once();
            }
        }
    }
}

/// True when it took some, and there may be more.
bool LetterReplay::take() {
    const std::scoped_lock taking(taking_mutex_);
    std::size_t on_their_way = 0;
    {
        const std::scoped_lock lock(mutex_);
        on_their_way = on_their_way_;
    }
    const std::uint64_t room = services_.budget.limit() / 2;
    const std::uint64_t used = services_.budget.used();
    if (!is_taking_ || on_their_way >= kMost || (used >= room && used > 0)) {
        return false;
    }
    auto taken = letters_.take(kMost - on_their_way, room - used);
    if (!taken.ok()) {
        if (!std::exchange(is_unreadable_, true)) {
            report("replay_unreadable", taken.error());
        }
        return false;
    }
    is_unreadable_ = false;
    for (delivery::StoredLetter& letter : *taken) {
        let_in(std::move(letter));
    }
    return !taken->empty();
}

void LetterReplay::let_in(delivery::StoredLetter letter) {
    const std::string& target = letter.target.empty() ? letter.last.node : letter.target;
    const auto entrance = entrances_.find(target);
    message::RecordPtr record = entrance == entrances_.end() ? nullptr : record_of(letter);
    if (record == nullptr) {
        const Result<void> refused = letters_.refuse(
            letter.number,
            target,
            entrance == entrances_.end() ? "replay.no_such_node" : "replay.damaged");
        if (!refused.ok()) {
            report("replay_untold", refused.error());
        }
        services_.log.warn(
            "replay_refused",
            {{"pipeline", services_.pipeline}, {"letter", letter.number}, {"node", target}});
        return;
    }
    {
        const std::scoped_lock lock(mutex_);
        ++on_their_way_;
    }
    services_.ledger.open_replayed();
    services_.budget.charge(sizeof(message::Receipt));
    const auto number = static_cast<std::uint64_t>(letter.number);
    record->share = message::Share{new message::Receipt(*this, number, sequence_++)};
    entrance->second(std::move(record));
}

message::RecordPtr LetterReplay::record_of(const delivery::StoredLetter& letter) {
    auto record = std::make_unique<message::Record>(&services_.budget);
    if (!read_id(letter.record_id, record->id)) {
        return nullptr;
    }
    record->set_payload(message::BufferRef{message::copy_of(letter.payload, services_.budget)});
    record->content_type = services_.names.intern(letter.content_type);
    record->key = letter.key;
    record->event_time_ns = letter.event_time_ns;
    record->ingest_time_ns = letter.ingest_time_ns;
    record->position = letter.position;
    record->connection = letter.connection;
    for (const auto& [name, value] : letter.attributes) {
        record->set_attribute(services_.names.intern(name), value);
    }
    return record;
}

void LetterReplay::tell(const std::vector<std::pair<std::int64_t, message::Fate>>& fates) {
    for (const auto& [number, fate] : fates) {
        const Result<void> told = letters_.finish(number, fate, services_.name_of(fate.node));
        if (!told.ok()) {
            // It stays marked as on its way, and is asked for again at the next start.
            report("replay_untold", told.error());
        }
        services_.log.info("dead_letter_replayed",
                           {{"pipeline", services_.pipeline},
                            {"letter", number},
                            {"fate", message::to_string(fate.kind)}});
    }
}

void LetterReplay::report(std::string_view event, const Error& error) {
    services_.log.error(event, {{"pipeline", services_.pipeline}, {"error", error.message}});
}

void LetterReplay::finish_once() {
    if (!std::exchange(is_finished_, true)) {
        services_.on_finished();
    }
}

}  // namespace aorta::runtime
