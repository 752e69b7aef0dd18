// A processor whose plugin runs in a process of its own, as the engine sees it: an instance like
// any other.
#pragma once

#include "host/node_host.hpp"
#include "isolation/deeds.hpp"
#include "isolation/fault.hpp"
#include "isolation/opening.hpp"
#include "isolation/process.hpp"
#include "isolation/restarts.hpp"
#include "message/interner.hpp"

#include <aorta/abi.h>
#include <aorta/ext/tables.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::isolation {

struct Settings {
    std::string node;
    std::filesystem::path plugin;
    config::Value options = {};
    config::Position at = {};
    sandbox::Permissions permissions = {};
    std::uint64_t memory_bytes = std::uint64_t{512} << 20U;
    std::chrono::nanoseconds deadline = std::chrono::seconds(10);  ///< of a call
    std::uint32_t attempts = 3;    ///< so often a record alone may end the process
    bool is_clock_frozen = false;  ///< of tests
};

struct Status {
    bool is_up = false;
    std::uint64_t restarts = 0;
    std::string reason = {};  ///< of the last one
};

/// Owned by the node, with its instance (`abi`) as all others: created, started, called, stopped on
/// the thread that the engine gives it, which waits for the process. When the process dies, is
/// ended, or does not answer in time, it is started again, after a pause; the records of the batch
/// go in one by one, and one that ends the process `attempts` times while alone fails. What the
/// plugin held is given to the new process first.
class Plugin {
public:
    /// `context` and `host` (of the node) outlive it.
    Plugin(Settings settings, host::NodeContext& context, const aorta_host* host);
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;
    ~Plugin();

    /// Starts the process and makes the plugin's instance there. What the plugin has to say of its
    /// options is in `diagnostics`.
    Result<void> open(config::Diagnostics& diagnostics);

    /// Lives as long as this object; destroy does nothing.
    aorta_instance* abi() { return &abi_; }

    /// After open: the plugin has a state, which is lost with its process.
    bool has_state() const { return has_state_; }

    /// Ends the process, for good: what it was at, and what comes, stays held by the engine. A call
    /// under way returns at once. [any thread]
    void give_up();
    Status status() const;  ///< [any thread]

private:
    struct Calls;

    struct Orphan {
        aorta_record* record = nullptr;
        std::uint32_t attempts = 0;
    };

    Result<void> tell_options(config::Diagnostics& diagnostics);
    Result<void> tell_start(config::Diagnostics& diagnostics);
    std::uint32_t start(const aorta_diagnostics* errors);
    void process(const aorta_batch& batch);
    void run(std::span<Item> items, const aorta_batch& batch);
    Fault run_alone(Item item, const aorta_batch& batch);
    void give_up_on(const Item& item, Fault fault, const aorta_batch& batch) const;
    void call(FrameKind kind, const aorta_out* out);
    Fault ready(const aorta_out* out);
    bool pause();
    void feed_orphan(const aorta_out* out);
    Fault try_records(std::span<Item> items, std::uint8_t* maybe_verdicts, const aorta_out* out);
    Result<std::vector<Act>> exchange(FrameKind kind, std::string_view body);
    Result<void> answer_find(std::string_view question, const Patience& patience);
    Fault ended(const Error& why);
    Error lost(const Error& why);
    void note(Fault fault, const Ending& ending);
    void close();
    std::string head() const;

    const Settings settings_;
    host::NodeContext& context_;
    const aorta_host* host_;
    aorta_instance abi_{};
    const aorta_tables* tables_abi_;
    std::vector<const aorta_table*> tables_;  // in the order of their names
    Deeds deeds_;
    std::unique_ptr<GuestProcess> process_;
    Restarts restarts_;
    bool has_state_ = false;
    std::deque<Orphan> orphans_;  // held by the engine, for a plugin that has forgotten them
    int wake_fd_;                 // readable once given up
    std::atomic<bool> is_given_up_{false};
    mutable std::mutex mutex_;  // guards status_
    Status status_;
};

/// Lets a plugin look at its options in a process of its own, which starts nothing.
/// `maybe_tables`: those of the pipeline, without rows.
void check_options(const Settings& settings,
                   const aorta_tables* maybe_tables,
                   config::Diagnostics& diagnostics);

/// What the process is told first. `only_checks`: its plugin looks at its options.
std::string opening_of(const Settings& settings,
                       const aorta_tables* maybe_tables,
                       bool only_checks);

}  // namespace aorta::isolation
