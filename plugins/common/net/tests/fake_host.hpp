// A host for tests of sources and sinks: records what a plugin does, and lets the test decide on
// credit, time and outcomes. Any thread may call anything; `host()` outlives the plugin.
#pragma once

#include <aorta/ext/ack.h>
#include <aorta/ext/attempts.h>
#include <aorta/ext/gauges.h>
#include <aorta/sdk.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aorta::testing {

class FakeHost {
public:
    struct Pushed {
        std::string payload;
        std::string content_type;
        std::map<std::string, std::string> attributes;
        std::uint64_t position = 0;
        std::uint64_t connection = 0;
        std::uint64_t cookie = 0;
    };

    struct Completion {
        std::size_t record = 0;  // as numbered by delivery()
        ErrorCode code = ErrorCode::Ok;
        std::string reason;
        std::string where;

        bool operator==(const Completion&) const = default;
    };

    FakeHost() {
        abi_.size = sizeof abi_;
        abi_.abi_major = AORTA_ABI_MAJOR;
        abi_.abi_minor = AORTA_ABI_MINOR;
        abi_.data = this;
        abi_.get_extension = [](const aorta_host* host, const char* id) -> const void* {
            return self(host).extension(id);
        };
        abi_.intern = [](const aorta_host* host, aorta_str name) {
            return self(host).intern(from_abi(name));
        };
        abi_.buffer_new = [](const aorta_host*, std::uint64_t capacity) { return make(capacity); };
        abi_.buffer_free = [](const aorta_host*, aorta_buffer* buffer) { release(buffer); };
        abi_.try_buffer = [](const aorta_host* host, std::uint64_t capacity) {
            return self(host).try_buffer(capacity);
        };
        abi_.push = [](const aorta_host* host, const aorta_draft* const* drafts, std::uint32_t n) {
            self(host).push(drafts, n);
        };
        abi_.finished = [](const aorta_host*) {};
        abi_.attribute = [](const aorta_host* host,
                            const aorta_record* record,
                            std::uint32_t name) { return self(host).attribute(record, name); };
        abi_.complete = [](const aorta_host* host,
                           aorta_record* record,
                           std::uint32_t code,
                           aorta_str reason,
                           aorta_str where,
                           std::int64_t retry_after_ns) {
            self(host).complete(
                record, code, from_abi(reason), from_abi(where), Nanoseconds{retry_after_ns});
        };
    }

    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;
    ~FakeHost() = default;

    Host host() const { return Host{&abi_}; }

    /// Bytes that try_buffer may still hand out. Unlimited at first.
    void set_credit(std::uint64_t bytes) {
        locked([&] { credit_ = bytes; });
    }

    /// What the pipeline says of acknowledgements; before the plugin is made.
    void set_ack_policy(std::uint32_t level, std::uint32_t on_invalid = AORTA_ACK_ERROR) {
        policy_.level = level;
        policy_.on_invalid = on_invalid;
    }

    std::uint64_t denied() {
        const std::lock_guard lock(mutex_);
        return denied_;
    }

    /// Called within push for each record, on the pushing thread.
    void on_push(std::function<void(const Pushed&)> call) { on_push_ = std::move(call); }

    void advance(Nanoseconds time) {
        locked([&] { now_ += time; });
    }

    std::vector<Pushed> pushed() {
        const std::lock_guard lock(mutex_);
        return pushed_;
    }

    /// Waits for that many records, and returns all there are.
    std::vector<Pushed> wait_pushed(std::size_t count) {
        wait([&] { return pushed_.size() >= count; });
        return pushed();
    }

    bool wait_denied(std::uint64_t count) {
        return wait([&] { return denied_ >= count; });
    }

    /// Waits for an event of this name, for the `count`-th time.
    bool wait_logged(const std::string& event, std::size_t count = 1) {
        return wait([&] { return logged_[event] >= count; });
    }

    std::size_t logged(const std::string& event) {
        const std::lock_guard lock(mutex_);
        return logged_[event];
    }

    bool wait_counter(const std::string& name, std::uint64_t value) {
        return wait([&] { return counters_[name] >= value; });
    }

    std::uint64_t counter(const std::string& name) {
        const std::lock_guard lock(mutex_);
        return counters_[name];
    }

    double gauge(const std::string& name) {
        const std::lock_guard lock(mutex_);
        return gauges_[name];
    }

    std::string log_text() {
        const std::lock_guard lock(mutex_);
        return log_text_;
    }

    /// A record for a sink; the host keeps it.
    Delivery delivery(std::string_view payload,
                      std::map<std::string, std::string> attributes = {},
                      std::string_view content_type = "bytes") {
        const std::uint32_t type = intern(content_type);
        const std::lock_guard lock(mutex_);
        attributes_.push_back(std::move(attributes));
        auto& record = records_.emplace_back(std::make_unique<Record>());
        record->payload = std::string{payload} + std::string(AORTA_PADDING, '\0');
        record->abi = {.size = sizeof(aorta_record),
                       .content_type = type,
                       .data = reinterpret_cast<const std::uint8_t*>(record->payload.data()),
                       .length = payload.size(),
                       .position = records_.size() - 1,
                       .id = {records_.size(), 0}};
        return {&abi_, &record->abi};
    }

    /// In the order in which the records ended.
    std::vector<Completion> completions() {
        const std::lock_guard lock(mutex_);
        return completions_;
    }

    /// What was said of a delivery the last time.
    ErrorCode last_code(const Delivery& delivery) {
        const std::lock_guard lock(mutex_);
        return codes_.at(delivery.record().position());
    }

    /// When a record is to be tried again, as its sink asked the last time.
    Nanoseconds retry_after(std::size_t record) {
        const std::lock_guard lock(mutex_);
        return pauses_[record];
    }

    /// What was replied to a record; empty when nothing was.
    std::string reply(std::size_t record) {
        const std::lock_guard lock(mutex_);
        return replies_.contains(record) ? replies_[record] : std::string{};
    }

private:
    struct Record {
        std::string payload;
        aorta_record abi;
    };

    static FakeHost& self(const aorta_host* host) { return *static_cast<FakeHost*>(host->data); }

    template <class Body>
    void locked(Body body) {
        {
            const std::lock_guard lock(mutex_);
            body();
        }
        changed_.notify_all();
    }

    template <class Condition>
    bool wait(Condition condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds{20}, condition);
    }

    static aorta_buffer* make(std::uint64_t capacity) {
        auto* bytes = new std::uint8_t[capacity + AORTA_PADDING]();
        return new aorta_buffer{bytes, 0, capacity};
    }

    static void release(aorta_buffer* buffer) {
        delete[] buffer->data;
        delete buffer;
    }

    const void* extension(std::string_view id) {
        if (id == AORTA_EXT_LOG) {
            return &log_;
        }
        if (id == AORTA_EXT_CLOCK) {
            return &clock_;
        }
        if (id == AORTA_EXT_REPLY) {
            return &reply_;
        }
        if (id == AORTA_EXT_GAUGES) {
            return &gauges_api_;
        }
        if (id == AORTA_EXT_ACK) {
            return &ack_;
        }
        if (id == AORTA_EXT_ATTEMPTS) {
            return &attempts_api_;
        }
        return id == AORTA_EXT_METRICS ? &metrics_ : nullptr;
    }

    std::uint32_t intern(std::string_view name) {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (names_[i] == name) {
                return static_cast<std::uint32_t>(i + 1);
            }
        }
        names_.emplace_back(name);
        return static_cast<std::uint32_t>(names_.size());
    }

    aorta_buffer* try_buffer(std::uint64_t capacity) {
        bool is_granted = false;
        locked([&] {
            is_granted = capacity <= credit_;
            credit_ -= is_granted ? capacity : 0;
            denied_ += is_granted ? 0 : 1;
        });
        return is_granted ? make(capacity) : nullptr;
    }

    void push(const aorta_draft* const* drafts, std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            const aorta_draft& draft = *drafts[i];
            Pushed record;
            record.payload.assign(reinterpret_cast<const char*>(draft.payload->data),
                                  draft.payload->length);
            release(draft.payload);
            locked([&] {
                record.content_type = names_.at(draft.content_type - 1);
                for (std::uint64_t a = 0; a < draft.attribute_count; ++a) {
                    record.attributes[names_.at(draft.attributes[a].name - 1)] =
                        from_abi(draft.attributes[a].value);
                }
                record.position = draft.position;
                record.connection = draft.connection;
                record.cookie = draft.cookie;
                pushed_.push_back(record);
            });
            if (on_push_) {
                on_push_(record);
            }
        }
    }

    aorta_str attribute(const aorta_record* record, std::uint32_t name) {
        const std::lock_guard lock(mutex_);
        const auto& all = attributes_.at(record->position);
        const auto found = all.find(names_.at(name - 1));
        return found == all.end() ? aorta_str{} : to_abi(found->second);
    }

    void complete(const aorta_record* record,
                  std::uint32_t code,
                  std::string_view reason,
                  std::string_view where,
                  Nanoseconds retry_after) {
        locked([&] {
            pauses_[record->position] = retry_after;
            codes_[record->position] = static_cast<ErrorCode>(code);
            completions_.push_back({static_cast<std::size_t>(record->position),
                                    static_cast<ErrorCode>(code),
                                    std::string{reason},
                                    std::string{where}});
        });
    }

    void write_log(std::string_view event, const aorta_log_field* fields, std::uint32_t count) {
        locked([&] {
            ++logged_[std::string{event}];
            log_text_ += event;
            for (std::uint32_t i = 0; i < count; ++i) {
                const std::string_view text = from_abi(fields[i].text);
                log_text_ += " " + std::string{from_abi(fields[i].name)} + "=";
                log_text_ +=
                    text.data() != nullptr ? std::string{text} : std::to_string(fields[i].integer);
            }
            log_text_ += '\n';
        });
    }

    aorta_host abi_{};
    aorta_log log_{
        sizeof(aorta_log),
        [](const aorta_host* host,
           std::uint32_t,
           aorta_str event,
           const aorta_log_field* fields,
           std::uint32_t count) { self(host).write_log(from_abi(event), fields, count); }};
    aorta_clock clock_{sizeof(aorta_clock),
                       [](const aorta_host* host) { return self(host).time(); },
                       [](const aorta_host* host) { return self(host).time(); }};
    aorta_reply reply_{
        sizeof(aorta_reply),
        [](const aorta_host*) -> std::uint32_t { return 1; },
        [](const aorta_host* host, aorta_record* record, aorta_str answer) -> std::uint32_t {
            self(host).locked([&] { self(host).replies_[record->position] = from_abi(answer); });
            return AORTA_OK;
        }};
    aorta_metrics metrics_{
        sizeof(aorta_metrics),
        [](const aorta_host* host, aorta_str name) { return self(host).intern(from_abi(name)); },
        [](const aorta_host* host, std::uint32_t id, std::uint64_t n) {
            self(host).locked([&] { self(host).counters_[self(host).names_.at(id - 1)] += n; });
        }};

    aorta_gauges gauges_api_{
        sizeof(aorta_gauges), [](const aorta_host* host, aorta_str name, double value) {
            self(host).locked([&] { self(host).gauges_[std::string{from_abi(name)}] = value; });
        }};
    aorta_ack_policy policy_{
        sizeof(aorta_ack_policy), AORTA_LEVEL_DELIVERED, 0, AORTA_ACK_ERROR, 0};
    aorta_ack ack_{sizeof(aorta_ack), [](const aorta_host* host) { return self(host).policy_; }};

    aorta_attempts attempts_api_{sizeof(aorta_attempts),
                                 [](const aorta_host* host, const aorta_record* record) {
                                     const std::lock_guard lock(self(host).mutex_);
                                     return ++self(host).attempts_[record->position];
                                 }};

    std::int64_t time() {
        const std::lock_guard lock(mutex_);
        return now_.count();
    }

    std::mutex mutex_;  // guards what follows, but for on_push_
    std::condition_variable changed_;
    Nanoseconds now_{std::chrono::seconds{1'700'000'000}};
    std::uint64_t credit_ = ~std::uint64_t{0};
    std::uint64_t denied_ = 0;
    std::vector<std::string> names_;
    std::vector<Pushed> pushed_;
    std::vector<std::unique_ptr<Record>> records_;
    std::deque<std::map<std::string, std::string>> attributes_;  // of records_
    std::map<std::uint64_t, Nanoseconds> pauses_;
    std::vector<Completion> completions_;
    std::map<std::uint64_t, ErrorCode> codes_;
    std::map<std::uint64_t, std::string> replies_;
    std::map<std::uint64_t, std::uint32_t> attempts_;
    std::map<std::string, std::size_t> logged_;
    std::map<std::string, std::uint64_t> counters_;
    std::map<std::string, double> gauges_;
    std::string log_text_;
    std::function<void(const Pushed&)> on_push_;
};

}  // namespace aorta::testing
