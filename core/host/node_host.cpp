#include "host/node_host.hpp"

#include <aorta/text.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace aorta::host {
namespace {

using message::BufferBlock;
using message::BufferRef;
using message::Record;

BufferBlock* block_of(aorta_buffer* buffer) {
    return static_cast<BufferBlock*>(buffer);
}

}  // namespace

struct NodeHost::Functions {
    static NodeHost& of(const aorta_host* host) { return *static_cast<NodeHost*>(host->data); }

    static std::uint32_t intern(const aorta_host* host, aorta_str name) {
        return of(host).context_.names.intern(from_abi(name));
    }

    /// The block, or null and the budget as before: there is no memory for it.
    static BufferBlock* charged(message::Budget& budget,
                                BufferBlock* block,
                                std::uint64_t capacity) {
        if (block == nullptr) {
            budget.release(message::block_bytes(capacity));
        }
        return block;
    }

    static aorta_buffer* buffer_new(const aorta_host* host, std::uint64_t capacity) {
        message::Budget& budget = of(host).context_.budget;
        budget.charge(message::block_bytes(capacity));
        return charged(budget, message::new_buffer(capacity, &budget), capacity);
    }

    static aorta_buffer* try_buffer(const aorta_host* host, std::uint64_t capacity) {
        message::Budget& budget = of(host).context_.budget;
        if (!budget.try_charge(message::block_bytes(capacity))) {
            return nullptr;
        }
        return charged(budget, message::new_buffer(capacity, &budget), capacity);
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
        if (block == nullptr) {
            return nullptr;
        }
        Record::from_abi(record)->set_view(message::ViewRef{block});
        return block->data;
    }

    static void set_content_type(const aorta_host*, aorta_record* record, std::uint32_t type) {
        record->content_type = type;
    }

    static void set_key(const aorta_host* host, aorta_record* record, aorta_str identifier) {
        const auto& hash = of(host).key_hash_;
        record->key = hash && identifier.size != 0 ? (*hash)(from_abi(identifier)) : 0;
    }

    static void set_event_time(const aorta_host*, aorta_record* record, std::int64_t time_ns) {
        record->event_time_ns = time_ns;
    }

    static void set_attribute(const aorta_host*,
                              aorta_record* record,
                              std::uint32_t name,
                              aorta_str value) {
        Record::from_abi(record)->set_attribute(name, from_abi(value));
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
        Completion done = of(host).completion(code, reason, where);
        done.retry_after = base::Nanoseconds{std::max<std::int64_t>(retry_after_ns, 0)};
        of(host).services_.complete(record, std::move(done));
    }
};

NodeHost::NodeHost(NodeContext& context, std::string node, NodeServices& services)
    : abi_{.size = sizeof(aorta_host),
           .abi_major = AORTA_ABI_MAJOR,
           .abi_minor = AORTA_ABI_MINOR,
           .reserved = 0,
           .data = this,
           .get_extension = get_extension,
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

Completion NodeHost::completion(std::uint32_t code, aorta_str reason, aorta_str where) const {
    return {code_of(code),
            std::string{services_.reasons().checked(from_abi(reason))},
            std::string{from_abi(where)}};
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
        record->set_attribute(draft.attributes[i].name, from_abi(draft.attributes[i].value));
    }
    return record;
}

}  // namespace aorta::host
