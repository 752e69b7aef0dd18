// The extensions of the host, as one node sees them.
#include "host/node_host.hpp"

#include <aorta/ext/attempts.h>
#include <aorta/ext/clock.h>
#include <aorta/ext/dead_letters.h>
#include <aorta/ext/gauges.h>
#include <aorta/ext/log.h>
#include <aorta/ext/metrics.h>
#include <aorta/ext/refuse.h>
#include <aorta/ext/reply.h>
#include <aorta/ext/state.h>
#include <aorta/ext/timer.h>
#include <aorta/text.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace aorta::host {
namespace {

constexpr std::uint32_t kMostFields = 32;

}  // namespace

struct NodeHost::Extensions {
    static NodeHost& of(const aorta_host* host) { return *static_cast<NodeHost*>(host->data); }

    static void log(const aorta_host* host,
                    std::uint32_t level,
                    aorta_str event,
                    const aorta_log_field* fields,
                    std::uint32_t count) {
        NodeHost& self = of(host);
        std::vector<base::LogField> all{{"pipeline", self.context_.pipeline}, {"node", self.node_}};
        for (std::uint32_t i = 0; i < std::min(count, kMostFields); ++i) {
            const aorta_log_field& field = fields[i];
            if (field.text.data != nullptr) {
                all.emplace_back(from_abi(field.name), from_abi(field.text));
            } else {
                all.emplace_back(from_abi(field.name), field.integer);
            }
        }
        const auto safe = static_cast<base::LogLevel>(std::min(level, AORTA_LOG_ERROR + 0U));
        self.context_.log.write(safe, from_abi(event), all);
    }

    static std::int64_t now_ns(const aorta_host* host) {
        return of(host).context_.clock.now().count();
    }

    static std::int64_t steady_ns(const aorta_host* host) {
        return of(host).context_.clock.steady().count();
    }

    static void set_timer(const aorta_host* host, std::int64_t at_ns) {
        of(host).services_.set_timer(base::Nanoseconds{at_ns});
    }

    static std::uint32_t counter(const aorta_host* host, aorta_str name) {
        NodeHost& self = of(host);
        metrics::Counter& made = self.context_.metrics.counter(
            "aorta_node_" + std::string{from_abi(name)} + "_total",
            {{"pipeline", self.context_.pipeline}, {"node", self.node_}},
            "Counted by the node's plugin.");
        const std::scoped_lock lock(self.mutex_);
        self.counters_.push_back(&made);
        return static_cast<std::uint32_t>(self.counters_.size() - 1);
    }

    static void add(const aorta_host* host, std::uint32_t counter_id, std::uint64_t n) {
        NodeHost& self = of(host);
        metrics::Counter* found = nullptr;
        {
            const std::scoped_lock lock(self.mutex_);
            if (counter_id < self.counters_.size()) {
                found = self.counters_[counter_id];
            }
        }
        if (found != nullptr) {
            found->add(n);
        }
    }

    static void set_gauge(const aorta_host* host, aorta_str name, double value) {
        NodeHost& self = of(host);
        const std::scoped_lock lock(self.mutex_);
        const auto [gauge, is_new] = self.gauges_.try_emplace(std::string{from_abi(name)}, value);
        gauge->second = value;
        if (is_new) {
            self.context_.metrics.gauge(
                "aorta_node_" + gauge->first,
                {{"pipeline", self.context_.pipeline}, {"node", self.node_}},
                "Set by the node's plugin.",
                [shown = &gauge->second] { return shown->load(); },
                &self);
        }
    }

    static aorta_ack_policy policy(const aorta_host* host) {
        return of(host).services_.ack_policy();
    }

    static void refuse(const aorta_host* host,
                       const aorta_draft* draft,
                       std::uint32_t code,
                       aorta_str reason,
                       aorta_str where) {
        aorta_draft bare = *draft;
        free_payloads(&draft, 1);
        bare.payload = nullptr;
        of(host).services_.refuse(bare, of(host).completion(code, reason, where));
    }

    static void store(const aorta_host* host, aorta_record* record) {
        of(host).services_.store_dead_letter(record);
    }

    static std::uint32_t is_reply_wanted(const aorta_host* host) {
        return of(host).services_.is_reply_wanted() ? 1 : 0;
    }

    static std::uint32_t set_reply(const aorta_host* host, aorta_record* record, aorta_str answer) {
        if (answer.size > AORTA_REPLY_MAX) {
            return AORTA_RESOURCE_EXHAUSTED;
        }
        of(host).services_.reply(record, from_abi(answer));
        return AORTA_OK;
    }

    static std::uint32_t count_attempt(const aorta_host* host, const aorta_record* record) {
        return of(host).services_.count_attempt(record);
    }

    static std::uint32_t is_state_kept(const aorta_host* host) {
        return of(host).services_.is_state_kept() ? 1 : 0;
    }

    static const void* get(const aorta_host* host, const char* id) {
        if (std::strcmp(AORTA_EXT_TABLES, id) == 0) {
            return of(host).tables_.abi();
        }
        static constexpr aorta_log kLog{sizeof(aorta_log), log};
        static constexpr aorta_clock kClock{sizeof(aorta_clock), now_ns, steady_ns};
        static constexpr aorta_timer kTimer{sizeof(aorta_timer), set_timer};
        static constexpr aorta_metrics kMetrics{sizeof(aorta_metrics), counter, add};
        static constexpr aorta_gauges kGauges{sizeof(aorta_gauges), set_gauge};
        static constexpr aorta_ack kAck{sizeof(aorta_ack), policy};
        static constexpr aorta_dead_letters kDeadLetters{sizeof(aorta_dead_letters), store};
        static constexpr aorta_refuse kRefuse{sizeof(aorta_refuse), refuse};
        static constexpr aorta_reply kReply{sizeof(aorta_reply), is_reply_wanted, set_reply};
        static constexpr aorta_state_host kState{sizeof(aorta_state_host), is_state_kept};
        static constexpr aorta_attempts kAttempts{sizeof(aorta_attempts), count_attempt};
        static constexpr std::array<std::pair<const char*, const void*>, 11> kAll{{
            {AORTA_EXT_LOG, &kLog},
            {AORTA_EXT_CLOCK, &kClock},
            {AORTA_EXT_TIMER, &kTimer},
            {AORTA_EXT_METRICS, &kMetrics},
            {AORTA_EXT_GAUGES, &kGauges},
            {AORTA_EXT_ACK, &kAck},
            {AORTA_EXT_DEAD_LETTERS, &kDeadLetters},
            {AORTA_EXT_REFUSE, &kRefuse},
            {AORTA_EXT_REPLY, &kReply},
            {AORTA_EXT_STATE, &kState},
            {AORTA_EXT_ATTEMPTS, &kAttempts},
        }};
        for (const auto& [name, table] : kAll) {
            if (std::strcmp(name, id) == 0) {
                return table;
            }
        }
        return nullptr;
    }
};

const void* NodeHost::get_extension(const aorta_host* host, const char* id) {
    return Extensions::get(host, id);
}

}  // namespace aorta::host
