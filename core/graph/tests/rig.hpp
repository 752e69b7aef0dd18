// What the tests of graph and runtime share: a pipeline's surroundings, on a virtual clock.
#pragma once

#include "base/busy_count.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "delivery/dead_letters.hpp"
#include "graph/lane.hpp"
#include "graph/router.hpp"
#include "graph/stage.hpp"
#include "graph/timers.hpp"
#include "host/node_host.hpp"
#include "message/interner.hpp"
#include "metrics/registry.hpp"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aorta::graph::test {

/// Keeps what is logged.
class KeptLog final : public base::Log {
public:
    using Log::Log;

    bool has(std::string_view text) const {
        const std::scoped_lock lock(mutex_);
        return lines_.find(text) != std::string::npos;
    }

private:
    void emit(std::string_view line) override {
        const std::scoped_lock lock(mutex_);
        lines_ += line;
    }

    mutable std::mutex mutex_;
    std::string lines_;
};

/// Keeps what is told of letters, and settles them at once or when released. [any thread]
class KeptLetters final : public delivery::DeadLetters {
public:
    void store(delivery::Letter letter) override {
        const std::scoped_lock lock(mutex_);
        texts_.push_back(letter.node + " " + std::string{to_string(letter.code)} + " " +
                         letter.reason + " " + letter.where + " " +
                         std::string{letter.record->bytes()});
        if (holds) {
            held_.push_back(std::move(letter));
        } else {
            letter.record->settle(letter.fate());
        }
    }

    std::string trouble() const override { return {}; }

    std::vector<std::string> texts() const {
        const std::scoped_lock lock(mutex_);
        return texts_;
    }

    /// Those kept while it holds them.
    std::vector<delivery::Letter> take_held() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(held_, {});
    }

    bool holds = false;

private:
    mutable std::mutex mutex_;
    std::vector<std::string> texts_;
    std::vector<delivery::Letter> held_;
};

/// Runs lanes on the calling thread, when told to.
class SerialRunner final : public Runner {
public:
    void post(Lane& lane) override { ready_.push_back(&lane); }

    void run() {
        while (!ready_.empty()) {
            Lane* lane = ready_.front();
            ready_.pop_front();
            while (lane->run(*this)) {
            }
        }
    }

private:
    std::deque<Lane*> ready_;
};

/// Runs lanes on threads, as a flow would, but plainly.
class ThreadsRunner final : public Runner {
public:
    explicit ThreadsRunner(int threads) {
        for (int i = 0; i < threads; ++i) {
            threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
        }
    }

    void post(Lane& lane) override {
        {
            const std::scoped_lock lock(mutex_);
            ready_.push_back(&lane);
        }
        changed_.notify_one();
    }

    /// Ends the threads, when nothing is active: only then may lanes be destroyed.
    void join() { threads_.clear(); }

private:
    void work(const std::stop_token& stop) {
        while (true) {
            Lane* lane = nullptr;
            {
                std::unique_lock lock(mutex_);
                if (!changed_.wait(lock, stop, [&] { return !ready_.empty(); })) {
                    return;
                }
                lane = ready_.front();
                ready_.pop_front();
            }
            if (lane->run(*this)) {
                post(*lane);
            }
        }
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Lane*> ready_;
    std::vector<std::jthread> threads_;
};

/// The source's side: what became of its records, as "filtered reason", by sequence. [any thread]
class Sender final : public message::Settler {
public:
    explicit Sender(bool keeps_failures = false) : keeps_(keeps_failures) {}

    void on_after(message::Receipt& receipt) override {
        const std::scoped_lock lock(mutex_);
        afters_.push_back(receipt.sequence);
    }

    void on_required_settled(message::Receipt& receipt) override {
        const std::scoped_lock lock(mutex_);
        required_.emplace_back(receipt.sequence, text(receipt.required_fate()));
        if (const message::BufferRef reply = receipt.take_reply()) {
            required_.back().second += " <" + std::string{message::bytes_of(*reply.get())} + ">";
        }
    }

    void on_settled(message::Receipt& receipt) override {
        const std::scoped_lock lock(mutex_);
        is_invalid_.push_back(receipt.is_invalid.load());
        settled_.emplace_back(receipt.sequence, text(receipt.fate()));
        changed_.notify_all();
    }

    void wait_settled(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return settled_.size() >= count; });
    }

    bool sender_keeps_failures() const override { return keeps_; }

    bool wants_reply(std::uint32_t) const override { return true; }

    /// The fate of a record, or "held".
    std::string fate(std::uint64_t sequence) const { return look(settled_, sequence); }

    std::string required_fate(std::uint64_t sequence) const { return look(required_, sequence); }

    std::size_t settled() const {
        const std::scoped_lock lock(mutex_);
        return settled_.size();
    }

    std::vector<std::uint64_t> afters() const {
        const std::scoped_lock lock(mutex_);
        return afters_;
    }

    std::vector<bool> invalid() const {
        const std::scoped_lock lock(mutex_);
        return is_invalid_;
    }

private:
    using Fates = std::vector<std::pair<std::uint64_t, std::string>>;

    static std::string text(const message::Fate& fate) {
        return std::string{to_string(fate.kind)} + (fate.reason.empty() ? "" : " " + fate.reason);
    }

    std::string look(const Fates& fates, std::uint64_t sequence) const {
        const std::scoped_lock lock(mutex_);
        std::string found = "held";
        for (const auto& [number, fate] : fates) {
            if (number == sequence) {
                found = found == "held" ? fate : "TWICE";
            }
        }
        return found;
    }

    const bool keeps_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::uint64_t> afters_;
    Fates required_;
    Fates settled_;
    std::vector<bool> is_invalid_;
};

inline message::RecordPtr make_record(std::string_view bytes, message::Budget* budget = nullptr) {
    if (budget != nullptr) {
        budget->charge(message::block_bytes(bytes.size()));
    }
    message::BufferBlock* block = message::new_buffer(bytes.size(), budget);
    std::memcpy(block->data, bytes.data(), bytes.size());
    block->length = bytes.size();
    message::seal(*block);
    auto record = std::make_unique<message::Record>(budget);
    record->set_payload(message::BufferRef{block});
    return record;
}

/// A lane that keeps what comes.
class CatchLane final : public Lane {
public:
    CatchLane(Runner& home, base::BusyCount& active)
        : Lane("catch", Thread::Shared, home, active) {}

    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (const message::RecordPtr& record : got) {
            all.emplace_back(record->bytes());
        }
        return all;
    }

    void settle_all() {
        for (const message::RecordPtr& record : got) {
            record->settle(message::Fate::delivered(99));
        }
        got.clear();
    }

    message::Batch got;
    std::vector<std::size_t> batches;

protected:
    void work(message::Batch& batch, Runner&) override {
        batches.push_back(batch.size());
        for (message::RecordPtr& record : batch) {
            got.push_back(std::move(record));
        }
        batch.clear();
    }
};

/// A pipeline's surroundings.
struct Rig {
    Rig() {
        router.on_stop([this](const std::string& why) { stops.push_back(why); });
    }

    message::RecordPtr record(std::string_view bytes, std::uint64_t sequence = 0) {
        message::RecordPtr made = make_record(bytes, &budget);
        made->share = message::Share{new message::Receipt(sender, sequence, sequence)};
        made->id[0] = sequence + 1;
        return made;
    }

    message::Batch records(std::initializer_list<const char*> texts) {
        message::Batch batch;
        for (const char* text : texts) {
            batch.push_back(record(text, batch.size()));
        }
        return batch;
    }

    base::VirtualClock clock{std::chrono::seconds(1'000'000)};
    KeptLog log{clock};
    metrics::Registry metrics;
    message::Interner names;
    message::Budget budget{std::uint64_t{1} << 30U};
    host::NodeContext context{budget, names, clock, log, metrics, "test", {}, nullptr};
    Sender sender;
    KeptLetters letters;
    Router router{letters};
    base::BusyCount active;
    SerialRunner runner;
    Timers timers{clock};
    std::vector<std::string> stops;
};

inline aorta_str str(std::string_view text) {
    return {text.data(), text.size()};
}

/// A plugin whose calls are written in the test.
class Script final : public Body {
public:
    std::function<Result<void>(const aorta_batch&)> on_process;
    std::function<Result<void>(const aorta_batch&)> on_consume;
    std::function<Result<void>(const aorta_out&, std::int64_t)> on_alarm;
    std::function<Result<void>(const aorta_out*)> on_stop;
    int stops = 0;

    Result<void> process(const aorta_batch& batch) override { return on_process(batch); }

    Result<void> consume(const aorta_batch& batch) override { return on_consume(batch); }

    Result<void> on_timer(const aorta_out& out, std::int64_t now_ns) override {
        return on_alarm ? on_alarm(out, now_ns) : Result<void>{};
    }

    Result<void> stop(const aorta_out* out) override {
        ++stops;
        return on_stop ? on_stop(out) : Result<void>{};
    }
};

}  // namespace aorta::graph::test
