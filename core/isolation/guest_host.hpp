// The host as an isolated plugin sees it, in the plugin's own process: what the plugin does is
// written down for the worker.
#pragma once

#include "isolation/answer.hpp"
#include "isolation/channel.hpp"
#include "isolation/opening.hpp"
#include "message/interner.hpp"
#include "message/record.hpp"
#include "transport/records.hpp"

#include <aorta/abi.h>
#include <aorta/ext/tables.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aorta::isolation {

/// A record in the plugin's process, and how the worker knows it.
struct GuestRecord : message::Record {
    using message::Record::Record;
    std::uint64_t name = 0;  // in_batch or held
};

/// What the worker's clocks say.
struct Clocks {
    std::int64_t now_ns = 0;
    std::int64_t steady_ns = 0;
};

/// One instance's host. The thread that answers the worker calls all but the functions of the ABI.
class GuestHost {
public:
    GuestHost(Channel& channel, const Opening& opening);
    GuestHost(const GuestHost&) = delete;
    GuestHost& operator=(const GuestHost&) = delete;
    ~GuestHost() = default;

    const aorta_host* abi() const { return &abi_; }

    const aorta_out* out() const { return &out_; }

    const aorta_tables* tables() const { return &tables_abi_; }

    /// A call begins.
    void begin(const Clocks& clocks);
    /// The batch of the call, read from what a transport::BodyWriter wrote. Valid until `take`.
    Result<aorta_batch> batch(std::string_view body);

    void add(const Act& act) { write(answer_, act); }

    /// The call is over: all that happened since the last one.
    std::string take();

private:
    struct Functions;
    struct Calls;
    struct Extensions;

    struct Open : aorta_table {  // a table that the plugin has open
        std::size_t shape = 0;
        std::vector<aorta_str> columns_text;
        std::vector<std::uint32_t> keys_text;
        std::vector<aorta_str> defaults_text;
        std::vector<std::string> row;
        std::vector<aorta_str> cells;
    };

    static const void* get_extension(const aorta_host* host, const char* id);
    std::uint64_t before() const;
    void set_verdict(std::uint32_t index, std::uint8_t kind, const Act& act);
    void add_draft(Act act, const aorta_draft& draft);
    const aorta_table* open_table(std::string_view name);
    const aorta_str* find(Open& table, const aorta_str* keys, std::uint32_t count);
    std::int64_t elapsed_ns() const;

    Channel& channel_;
    const std::vector<TableShape> tables_;
    const bool is_clock_frozen_;
    const bool has_rows_;
    aorta_host abi_;
    aorta_out out_;
    aorta_tables tables_abi_;
    message::Interner names_;
    message::Budget budget_;
    std::string answer_;
    std::vector<std::unique_ptr<GuestRecord>> batch_;  // null: absorbed
    std::vector<aorta_record*> pointers_;
    std::vector<std::uint8_t> verdicts_;
    mutable std::size_t scanned_ = 0;
    std::unordered_map<const aorta_record*, std::unique_ptr<GuestRecord>> held_;
    std::uint64_t last_held_ = 0;
    std::deque<Open> open_;

    // By any thread of the plugin:
    mutable std::mutex mutex_;  // guards what follows
    Clocks clocks_;             // at begun_
    std::chrono::steady_clock::time_point begun_;
    std::string notes_;
    std::size_t note_count_ = 0;
    std::vector<std::pair<std::string, std::uint64_t>> counters_;
    std::map<std::string, double, std::less<>> gauges_;  // that have changed
};

}  // namespace aorta::isolation
