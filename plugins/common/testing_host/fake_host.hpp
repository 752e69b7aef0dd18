// A host in memory, for tests of sources and sinks without the engine.
#pragma once

#include <aorta/sdk.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::testing_host {

/// What a source pushed.
struct Pushed {
    std::string payload;
    std::string content_type;
    std::map<std::string, std::string> attributes;
    std::uint64_t position = 0;
    std::uint64_t connection = 0;
    std::uint64_t cookie = 0;
    std::int64_t event_time_ns = 0;
};

/// What a sink said of a record.
struct Completed {
    std::uint32_t code = 0;
    std::string reason;
    std::string where;
    std::uint64_t id = 0;  // of the record, as in its RecordSpec
};

/// What to put into a record for a sink.
struct RecordSpec {
    std::string payload;
    std::map<std::string, std::string> attributes = {};
    std::int64_t event_time_ns = 0;
    std::int64_t ingest_time_ns = 0;
    std::uint64_t id = 0;
};

/// Any thread may call anything; one mutex guards the state. Clocks stand still until moved. Byte
/// credit is without bound until `set_budget`.
class FakeHost {
public:
    FakeHost();
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;
    ~FakeHost();

    Host host() const { return Host{&abi_}; }

    // Sources.
    /// Bytes that try_buffer may still give.
    void set_budget(std::uint64_t bytes);
    /// How often try_buffer gave nothing.
    std::size_t refusals() const;
    std::vector<Pushed> pushed() const;
    bool is_finished() const;
    /// What it refused (aorta.refuse/1): code, reason and place.
    std::vector<Completed> refused() const;
    /// Waits until `claim` holds or ten seconds have passed; looked at when anything happens.
    bool wait_until(const std::function<bool()>& claim) const;
    bool wait_for_pushed(std::size_t count) const;

    // Sinks.
    /// A record that lives as long as this host.
    aorta_record* make_record(const RecordSpec& spec);
    /// Hands records to a sink's consume.
    std::vector<Delivery> deliveries(const std::vector<RecordSpec>& specs);
    /// Verdicts in order of completion.
    std::vector<Completed> completed() const;
    std::size_t dead_letters() const;

    // Clocks, log and counters.
    void set_now(Nanoseconds now);
    void advance(Nanoseconds step);
    std::size_t logged(std::string_view event) const;
    std::uint64_t counted(std::string_view counter) const;
    void hide_extension(std::string id);

private:
    struct FakeRecord;
    struct Abi;

    Pushed taken(const aorta_draft& draft) const;

    template <class Body>
    auto locked(Body body) const;

    aorta_host abi_ = {};
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::uint64_t budget_ = UINT64_MAX;
    std::size_t refusals_ = 0;
    std::vector<Pushed> pushed_;
    bool finished_ = false;
    std::vector<Completed> refused_;
    std::deque<std::unique_ptr<FakeRecord>> records_;
    std::vector<Completed> completed_;
    std::size_t dead_letters_ = 0;
    std::int64_t now_ns_ = 0;
    std::int64_t steady_ns_ = 0;
    std::vector<std::string> names_;
    std::map<std::string, std::size_t, std::less<>> events_;
    std::vector<std::pair<std::string, std::uint64_t>> counters_;
    std::string hidden_;
};

}  // namespace aorta::testing_host
