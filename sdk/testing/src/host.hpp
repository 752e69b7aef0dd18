// The host of the harness: every function of aorta_host and its extensions, each of which watches
// the rules. Internal to the library.
#pragma once

#include "about.hpp"
#include "tables.hpp"

#include <aorta/ext/ack.h>
#include <aorta/ext/clock.h>
#include <aorta/ext/dead_letters.h>
#include <aorta/ext/gauges.h>
#include <aorta/ext/log.h>
#include <aorta/ext/metrics.h>
#include <aorta/ext/reply.h>
#include <aorta/ext/timer.h>
#include <aorta/testing/harness.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace aorta::testing {

/// The wall clock less the steady one.
inline constexpr std::int64_t kStartOfTests = 1'767'225'600'000'000'000;  // 2026-01-01T00:00:00Z

/// A text that check_plugin puts into payloads and that must come out nowhere else.
inline constexpr std::string_view kCanary = "AORTACANARY4711";

inline std::string_view text_of(aorta_str text) {
    return text.data == nullptr ? std::string_view{} : std::string_view{text.data, text.size};
}

inline aorta_str abi_text(std::string_view text) {
    return {text.data(), text.size()};
}

/// Names and their numbers, the same for the whole process as the ABI promises.
std::uint32_t intern(std::string_view name);
std::string name_of(std::uint32_t number);

/// A record in the host's hands, or in the plugin's.
struct Item {
    explicit Item(const Record& from, const std::string& content_type);
    Item(const Item&) = delete;
    Item& operator=(const Item&) = delete;
    ~Item() = default;

    void set_bytes(std::string_view bytes);
    std::byte* set_view(std::uint32_t type, std::size_t length);
    Record visible() const;
    /// False once enough of them are kept to look at.
    bool keeps_children() const;

    aorta_record abi{};
    std::unique_ptr<std::uint8_t[]> bytes;  // length + AORTA_PADDING
    std::string untouched;                  // what `bytes` must still be
    aorta_view view{};
    std::vector<std::max_align_t> view_bytes;
    std::map<std::uint32_t, std::string> attributes;
    std::string identifier;
    bool is_held = false;
    bool is_completed = false;
    std::uint32_t attempts = 0;
    Completion completion;
    std::string reply;
    Outcome outcome;
    std::uint64_t emitted = 0;
    std::uint64_t kept_bytes = 0;  // of outcome.emitted
};

/// A payload that the plugin owns.
struct OwnedBuffer {
    aorta_buffer abi{};
    std::unique_ptr<std::uint8_t[]> bytes;
};

/// aorta_host::get_extension of a TestHost.
const void* get_extension(const aorta_host* self, const char* id);

/// Where the instance is in its life, which decides what it may call.
enum class Phase { Creating, Started, Stopped, Destroyed };

/// The table of aorta_out for a TestHost.
aorta_out out_table(void* data);

/// Any thread: everything but the batch in process is guarded by one mutex; no callback into the
/// plugin is made under it.
class TestHost {
public:
    TestHost(const About& about, std::vector<std::string> ports, std::vector<Table> tables = {});
    TestHost(const TestHost&) = delete;
    TestHost& operator=(const TestHost&) = delete;
    ~TestHost() = default;

    const aorta_host* abi() const { return &abi_; }

    const aorta_out* out() const { return &out_; }

    const aorta_diagnostics* diagnostics() const { return &diagnostics_; }

    /// What the plugin reported as an error or warning since the last call.
    std::vector<std::string> take_errors();

    void find(std::string rule, std::string message);
    std::vector<Finding> findings() const;

    void set_phase(Phase phase);

    /// A record of the given kind, known to the host until `release`.
    Item& offer(const Record& record);
    void release(const Item& item);

    /// Opens the calls of [worker] to this thread, for a batch (or none), until `end_call`.
    void begin_call(std::vector<Item*> batch, std::uint8_t* verdicts);
    void end_call();

    /// Outcomes of held records that were given back since the last call.
    std::vector<Outcome> take_resolved();
    std::size_t held_count() const;

    /// Waits until all the items are completed.
    bool wait_completed(const std::vector<Item*>& items, std::chrono::milliseconds patience);

    struct Push {
        Pushed pushed;
        std::uint64_t cookie = 0;
    };

    /// Waits for pushes, credit to give or the end of the source; empty after the time.
    std::vector<Push> wait_pushed(std::chrono::steady_clock::time_point deadline);
    /// True once when the source was refused a buffer since the last call.
    bool take_credit_debt();
    bool is_finished() const;

    void advance(std::chrono::nanoseconds time);
    /// Takes the alarm when it is due, and returns the steady time.
    std::optional<std::int64_t> take_due_alarm();

    /// Reports buffers and records that the plugin still has.
    void check_leaks();

    /// Compares the verdict bytes with what was called, and the payloads with what they were.
    void check_batch(const std::vector<Item*>& items, const std::uint8_t* verdicts);

private:
    friend struct HostCalls;
    friend struct ExtensionCalls;
    friend struct OutCalls;

    void add_finding(std::string rule, std::string message);
    void check_text(std::string_view what, std::string_view text);
    void check_reason(std::string_view reason, std::string_view where);
    bool check_worker(const char* call);
    void check_active(const char* call);
    Item* known(const aorta_record* record, const char* call);
    std::optional<std::string> take_payload(aorta_buffer* buffer, const char* call);
    Record draft_record(const aorta_draft* draft, const Item* parent, const char* call);
    Item* in_batch(std::uint32_t index, const char* call);
    std::string port_name(std::uint32_t port, const char* call);
    void set_verdict(std::uint32_t index, const char* call, Outcome outcome);
    void add_child(Item& parent, const Record& child);
    void check_verdict(Item& item, std::uint8_t byte, const std::string& record);
    void complete(const aorta_record* record, Completion completion, const char* call);

    const About& about_;
    const std::vector<std::string> ports_;
    const TestTables tables_;
    aorta_host abi_{};
    aorta_out out_{};
    aorta_diagnostics diagnostics_{};
    const bool has_real_clock_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Finding> findings_;
    std::vector<std::string> errors_;
    Phase phase_ = Phase::Creating;
    std::unordered_map<const aorta_record*, std::unique_ptr<Item>> items_;
    std::unordered_map<const aorta_buffer*, std::unique_ptr<OwnedBuffer>> buffers_;
    std::vector<Outcome> resolved_;
    std::vector<Push> pushed_;
    bool owes_credit_ = false;
    bool is_finished_ = false;
    std::uint64_t tries_ = 0;
    std::int64_t steady_ns_ = 1'000'000'000;
    std::int64_t alarm_ns_ = INT64_MAX;
    std::vector<std::string> counters_;

    // The call in progress: set and read by the thread that makes it, but for the id.
    std::thread::id worker_;
    std::vector<Item*> batch_;
    std::uint8_t* verdicts_ = nullptr;
};

}  // namespace aorta::testing
