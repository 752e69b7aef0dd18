#include "host/node_host.hpp"

#include "base/check.hpp"

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

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <new>

namespace aorta::host {
namespace {

using message::BufferBlock;
using message::BufferRef;
using message::Record;

std::string_view view_of(aorta_str text) {
    return {text.data, static_cast<std::size_t>(text.size)};
}

BufferBlock* block_of(aorta_buffer* buffer) {
    return static_cast<BufferBlock*>(buffer);
}

constexpr std::uint32_t kMostFields = 32;

ErrorCode code_of(std::uint32_t code) {
    return code <= AORTA_INTERNAL ? static_cast<ErrorCode>(code) : ErrorCode::Internal;
}

}  // namespace

struct NodeHost::Functions {
    static NodeHost& of(const aorta_host* host) { return *static_cast<NodeHost*>(host->data); }

    static std::uint32_t intern(const aorta_host* host, aorta_str name) {
        return of(host).context_.names.intern(view_of(name));
    }

    static aorta_buffer* buffer_new(const aorta_host* host, std::uint64_t capacity) {
        message::Budget& budget = of(host).context_.budget;
        budget.charge(message::block_bytes(capacity));
        BufferBlock* block = message::new_buffer(capacity, &budget);
        // No memory for what a plugin needs now: nothing sensible can go on.
        AORTA_CHECK(block != nullptr);
        return block;
    }

    static aorta_buffer* try_buffer(const aorta_host* host, std::uint64_t capacity) {
        message::Budget& budget = of(host).context_.budget;
        const std::uint64_t bytes = message::block_bytes(capacity);
        if (!budget.try_charge(bytes)) {
            return nullptr;
        }
        BufferBlock* block = message::new_buffer(capacity, &budget);
        if (block == nullptr) {
            budget.release(bytes);
        }
        return block;
    }

    static void buffer_free(const aorta_host*, aorta_buffer* buffer) {
        if (buffer != nullptr) {
            message::release(block_of(buffer));
        }
    }

    static void set_payload(const aorta_host*,
                            aorta_record* record,
                            aorta_buffer* buffer,
                            std::uint32_t content_type) {
        message::seal(*block_of(buffer));
        Record::from_abi(record)->set_payload(BufferRef{block_of(buffer)});
        if (content_type != 0) {
            record->content_type = content_type;
        }
    }

    static void* new_view(const aorta_host* host,
                          aorta_record* record,
                          std::uint32_t type,
                          std::uint64_t length) {
        message::ViewBlock* block = message::new_view(type, length, &of(host).context_.budget);
        AORTA_CHECK(block != nullptr);
        Record::from_abi(record)->set_view(message::ViewRef{block});
        return block->data;
    }

    static void set_content_type(const aorta_host*, aorta_record* record, std::uint32_t type) {
        record->content_type = type;
    }

    static void set_key(const aorta_host* host, aorta_record* record, aorta_str identifier) {
        const auto& hash = of(host).key_hash_;
        record->key = hash && identifier.size != 0 ? (*hash)(view_of(identifier)) : 0;
    }

    static void set_event_time(const aorta_host*, aorta_record* record, std::int64_t time_ns) {
        record->event_time_ns = time_ns;
    }

    static void set_attribute(const aorta_host*,
                              aorta_record* record,
                              std::uint32_t name,
                              aorta_str value) {
        Record::from_abi(record)->set_attribute(name, view_of(value));
    }

    static aorta_str attribute(const aorta_host*, const aorta_record* record, std::uint32_t name) {
        const std::string_view value = Record::from_abi(record)->attribute(name);
        return {value.data(), value.size()};
    }

    static void push(const aorta_host* host,
                     const aorta_draft* const* drafts,
                     std::uint32_t count) {
        of(host).services_.push(drafts, count);
    }

    static void finished(const aorta_host* host) { of(host).services_.finished(); }

    static void complete(const aorta_host* host,
                         aorta_record* record,
                         std::uint32_t code,
                         aorta_str reason,
                         aorta_str where,
                         std::int64_t retry_after_ns) {
        of(host).services_.complete(record,
                                    {code_of(code),
                                     std::string{view_of(reason)},
                                     std::string{view_of(where)},
                                     base::Nanoseconds{std::max<std::int64_t>(retry_after_ns, 0)}});
    }

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
                all.emplace_back(view_of(field.name), view_of(field.text));
            } else {
                all.emplace_back(view_of(field.name), field.integer);
            }
        }
        const auto safe = static_cast<base::LogLevel>(std::min(level, AORTA_LOG_ERROR + 0U));
        self.context_.log.write(safe, view_of(event), all);
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
            "aorta_node_" + std::string{view_of(name)} + "_total",
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
        const auto [gauge, is_new] = self.gauges_.try_emplace(std::string{view_of(name)}, value);
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
        of(host).services_.refuse(
            bare, {code_of(code), std::string{view_of(reason)}, std::string{view_of(where)}});
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
        of(host).services_.reply(record, view_of(answer));
        return AORTA_OK;
    }

    static std::uint32_t count_attempt(const aorta_host* host, const aorta_record* record) {
        return of(host).services_.count_attempt(record);
    }

    static std::uint32_t is_state_kept(const aorta_host* host) {
        return of(host).services_.is_state_kept() ? 1 : 0;
    }

    static const void* get_extension(const aorta_host* host, const char* id) {
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

NodeHost::NodeHost(NodeContext& context, std::string node, NodeServices& services)
    : abi_{.size = sizeof(aorta_host),
           .abi_major = AORTA_ABI_MAJOR,
           .abi_minor = AORTA_ABI_MINOR,
           .reserved = 0,
           .data = this,
           .get_extension = Functions::get_extension,
           .intern = Functions::intern,
           .buffer_new = Functions::buffer_new,
           .buffer_free = Functions::buffer_free,
           .set_payload = Functions::set_payload,
           .new_view = Functions::new_view,
           .set_content_type = Functions::set_content_type,
           .set_key = Functions::set_key,
           .set_event_time = Functions::set_event_time,
           .set_attribute = Functions::set_attribute,
           .attribute = Functions::attribute,
           .try_buffer = Functions::try_buffer,
           .push = Functions::push,
           .finished = Functions::finished,
           .complete = Functions::complete},
      context_(context),
      node_(std::move(node)),
      services_(services),
      tables_(context.maybe_tables) {
    if (context.key_hash) {
        key_hash_.emplace(*context.key_hash);
    }
}

NodeHost::~NodeHost() {
    context_.metrics.forget(this);
}

void NodeContext::misbehaved(std::string_view node, std::string_view what) const {
    log.error("plugin_misbehaved", {{"pipeline", pipeline}, {"node", node}, {"what", what}});
}

void free_payloads(const aorta_draft* const* drafts, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
        if (drafts[i]->payload != nullptr) {
            message::release(block_of(drafts[i]->payload));
        }
    }
}

void NodeServices::push(const aorta_draft* const* drafts, std::uint32_t count) {
    free_payloads(drafts, count);
    misbehaved("push: only sources push");
}

void NodeServices::finished() {
    misbehaved("finished: only sources finish");
}

void NodeServices::refuse(const aorta_draft&, const Completion&) {
    misbehaved("refuse: only sources refuse");
}

aorta_ack_policy NodeServices::ack_policy() const {
    return {sizeof(aorta_ack_policy), AORTA_LEVEL_NONE, 0, AORTA_ACK_ERROR, 0};
}

void NodeServices::complete(aorta_record*, Completion) {
    misbehaved("complete: only sinks complete");
}

void NodeServices::store_dead_letter(aorta_record*) {
    misbehaved("store: only sinks store dead letters");
}

bool NodeServices::is_reply_wanted() const {
    return false;
}

void NodeServices::reply(aorta_record*, std::string_view) {
    misbehaved("reply: only sinks reply");
}

std::uint32_t NodeServices::count_attempt(const aorta_record*) {
    misbehaved("count: only sinks count attempts");
    return 0;
}

bool NodeServices::is_state_kept() const {
    return false;
}

void NodeServices::set_timer(base::Nanoseconds) {
    misbehaved("set: only processors have timers");
}

message::RecordPtr make_record(NodeContext& context,
                               const aorta_draft& draft,
                               const Record* maybe_parent) {
    auto record = std::make_unique<Record>(&context.budget);
    if (maybe_parent != nullptr) {
        record->key = maybe_parent->key;
        record->event_time_ns = maybe_parent->event_time_ns;
        record->ingest_time_ns = maybe_parent->ingest_time_ns;
        record->position = maybe_parent->position;
        record->connection = maybe_parent->connection;
        record->content_type = maybe_parent->content_type;
        for (const auto& [name, value] : maybe_parent->attributes()) {
            record->set_attribute(name, value);
        }
    }
    if (draft.payload != nullptr) {
        message::seal(*block_of(draft.payload));
        record->set_payload(BufferRef{block_of(draft.payload)});
    } else if (maybe_parent != nullptr) {
        record->share_payload(*maybe_parent);
    }
    if (draft.content_type != 0) {
        record->content_type = draft.content_type;
    }
    if (draft.event_time_ns != 0) {
        record->event_time_ns = draft.event_time_ns;
    }
    for (std::uint64_t i = 0; i < draft.attribute_count; ++i) {
        record->set_attribute(draft.attributes[i].name, view_of(draft.attributes[i].value));
    }
    return record;
}

}  // namespace aorta::host
