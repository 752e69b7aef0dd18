// The functions of the host's extensions.
#include "host.hpp"

#include <aorta/ext/attempts.h>

#include <utility>

namespace aorta::testing {
namespace {

bool is_event_name(std::string_view name) {
    return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
                                std::string_view::npos;
}

}  // namespace

/// Static functions with access to the host behind `data`.
struct ExtensionCalls {
    static TestHost& of(const aorta_host* self) { return *static_cast<TestHost*>(self->data); }

    static const void* find(const aorta_host* self, const char* id);

    static std::int64_t steady_ns(const aorta_host* self) {
        TestHost& host = of(self);
        if (host.has_real_clock_) {
            return std::chrono::steady_clock::now().time_since_epoch() /
                   std::chrono::nanoseconds{1};
        }
        const std::lock_guard lock(host.mutex_);
        return host.steady_ns_;
    }

    static std::int64_t now_ns(const aorta_host* self) { return kStartOfTests + steady_ns(self); }

    static void log(const aorta_host* self,
                    std::uint32_t level,
                    aorta_str event,
                    const aorta_log_field* fields,
                    std::uint32_t count) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (level > AORTA_LOG_ERROR || !is_event_name(text_of(event))) {
            host.add_finding("log.event", "a log event has no known level or no snake_case name");
        }
        if (text_of(event) == "plugin_exception") {
            host.add_finding("exception.thrown", "the plugin threw out of a call");
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            host.check_text("a log field", text_of(fields[i].text));
        }
    }

    static std::uint32_t counter(const aorta_host* self, aorta_str name) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (!is_event_name(text_of(name))) {
            host.add_finding("metric.name", "a counter has no snake_case name");
        }
        host.counters_.emplace_back(text_of(name));
        return static_cast<std::uint32_t>(host.counters_.size()) - 1;
    }

    static void add(const aorta_host* self, std::uint32_t counter, std::uint64_t /*n*/) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (counter >= host.counters_.size()) {
            host.add_finding("metric.unknown", "a counter was added to that does not exist");
        }
    }

    static void set_gauge(const aorta_host* self, aorta_str name, double /*value*/) {
        if (!is_event_name(text_of(name))) {
            of(self).find("metric.name", "a gauge has no snake_case name");
        }
    }

    static void set_timer(const aorta_host* self, std::int64_t at_ns) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (host.about_.kind != About::Kind::Processor) {
            host.add_finding("kind.call", "timers are for processors only");
        }
        if (host.phase_ != Phase::Creating) {
            host.check_worker("timer set");
        }
        host.alarm_ns_ = at_ns;
    }

    static aorta_ack_policy policy(const aorta_host* /*self*/) {
        return {
            sizeof(aorta_ack_policy), AORTA_LEVEL_DELIVERED, 30'000'000'000, AORTA_ACK_ERROR, 0};
    }

    static void store(const aorta_host* self, aorta_record* record) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        host.check_worker("dead letter store");
        host.complete(record, {.dead_lettered = true}, "dead letter store");
    }

    static std::uint32_t is_reply_wanted(const aorta_host* /*self*/) { return 1; }

    static std::uint32_t set_reply(const aorta_host* self, aorta_record* record, aorta_str answer) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (!host.about_.replies) {
            host.add_finding("reply.undeclared",
                             "a reply was given, but the descriptor does not say `replies`");
        }
        if (answer.size > AORTA_REPLY_MAX) {
            return AORTA_RESOURCE_EXHAUSTED;
        }
        Item* item = host.known(record, "reply");
        if (item != nullptr && item->is_completed) {
            host.add_finding("reply.late", "a reply was given to a record that is completed");
        } else if (item != nullptr) {
            item->reply = text_of(answer);
        }
        return AORTA_OK;
    }

    static std::uint32_t count_attempt(const aorta_host* self, const aorta_record* record) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        Item* item = host.known(record, "count");
        if (item != nullptr && item->is_completed) {
            host.add_finding("count.late", "an attempt was counted of a record that is completed");
        }
        return item == nullptr || item->is_completed ? 0 : item->attempts = 1;
    }
};

const void* ExtensionCalls::find(const aorta_host* self, const char* id) {
    static constexpr aorta_log kLog{sizeof(aorta_log), log};
    static constexpr aorta_clock kClock{sizeof(aorta_clock), now_ns, steady_ns};
    static constexpr aorta_metrics kMetrics{sizeof(aorta_metrics), counter, add};
    static constexpr aorta_gauges kGauges{sizeof(aorta_gauges), set_gauge};
    static constexpr aorta_timer kTimer{sizeof(aorta_timer), set_timer};
    static constexpr aorta_ack kAck{sizeof(aorta_ack), policy};
    static constexpr aorta_dead_letters kDeadLetters{sizeof(aorta_dead_letters), store};
    static constexpr aorta_reply kReply{sizeof(aorta_reply), is_reply_wanted, set_reply};
    static constexpr aorta_attempts kAttempts{sizeof(aorta_attempts), count_attempt};
    static constexpr std::pair<std::string_view, const void*> kAll[] = {
        {AORTA_EXT_LOG, &kLog},
        {AORTA_EXT_CLOCK, &kClock},
        {AORTA_EXT_METRICS, &kMetrics},
        {AORTA_EXT_GAUGES, &kGauges},
        {AORTA_EXT_TIMER, &kTimer},
        {AORTA_EXT_ACK, &kAck},
        {AORTA_EXT_DEAD_LETTERS, &kDeadLetters},
        {AORTA_EXT_REPLY, &kReply},
        {AORTA_EXT_ATTEMPTS, &kAttempts},
    };
    if (id == nullptr) {
        of(self).find("extension.null", "get_extension was given no name");
        return nullptr;
    }
    if (std::string_view{id} == AORTA_EXT_TABLES) {
        return of(self).tables_.abi();
    }
    for (const auto& [name, extension] : kAll) {
        if (name == id) {
            return extension;
        }
    }
    return nullptr;
}

const void* get_extension(const aorta_host* self, const char* id) {
    return ExtensionCalls::find(self, id);
}

}  // namespace aorta::testing
