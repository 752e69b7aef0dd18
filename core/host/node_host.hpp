// NodeHost: the host as one node sees it. Implements the C functions of aorta_host over our types.
#pragma once

#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "host/reasons.hpp"
#include "message/interner.hpp"
#include "message/record.hpp"
#include "metrics/registry.hpp"
#include "tables/extension.hpp"

#include <aorta/abi.h>
#include <aorta/ext/ack.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::host {

/// What all nodes of a pipeline share. Outlives them.
struct NodeContext {
    message::Budget& budget;
    message::Interner& names;
    const base::Clock& clock;
    base::Log& log;
    metrics::Registry& metrics;
    std::string pipeline;
    std::optional<base::KeyedHash> key_hash;  ///< of the pipeline's `key` secret
    const tables::Store* maybe_tables = nullptr;

    /// Logs that a node's plugin broke a rule. [any]
    void misbehaved(std::string_view node, std::string_view what) const;
};

/// What became of a record that a sink was given.
struct Completion {
    ErrorCode code = ErrorCode::Ok;
    std::string reason = {};
    std::string where = {};
    base::Nanoseconds retry_after{0};
};

/// What the engine does for a node; each kind overrides its own part. Threads as in abi.h.
class NodeServices {
public:
    NodeServices() = default;
    NodeServices(const NodeServices&) = delete;
    NodeServices& operator=(const NodeServices&) = delete;
    virtual ~NodeServices() = default;

    virtual void push(const aorta_draft* const* drafts, std::uint32_t count);
    virtual void finished();
    /// The draft has no payload.
    virtual void refuse(const aorta_draft& draft, const Completion& why);
    virtual aorta_ack_policy ack_policy() const;
    virtual void complete(aorta_record* record, Completion completion);
    virtual void store_dead_letter(aorta_record* record);
    virtual bool is_reply_wanted() const;
    /// `answer` is within AORTA_REPLY_MAX.
    virtual void reply(aorta_record* record, std::string_view answer);
    virtual std::uint32_t count_attempt(const aorta_record* record);
    virtual void set_timer(base::Nanoseconds at);
    virtual bool is_state_kept() const;
    /// A call that the node's kind does not have, or a broken rule.
    virtual void misbehaved(std::string_view what) = 0;

    /// What the node's plugin may give as reasons. Before the start.
    void declare(Reasons reasons) { reasons_ = std::move(reasons); }

    const Reasons& reasons() const { return reasons_; }

private:
    Reasons reasons_;
};

/// Lives as long as the instance that it was given to.
class NodeHost {
public:
    NodeHost(NodeContext& context, std::string node, NodeServices& services);
    NodeHost(const NodeHost&) = delete;
    NodeHost& operator=(const NodeHost&) = delete;
    ~NodeHost();

    const aorta_host* abi() const { return &abi_; }

    NodeContext& context() const { return context_; }

    const std::string& node() const { return node_; }

private:
    struct Functions;   // the C functions, in node_host.cpp
    struct Extensions;  // those of extensions, in node_extensions.cpp

    static const void* get_extension(const aorta_host* host, const char* id);
    Completion completion(std::uint32_t code, aorta_str reason, aorta_str where) const;

    aorta_host abi_;
    NodeContext& context_;
    const std::string node_;
    NodeServices& services_;
    std::optional<base::KeyedHash> key_hash_;  // [worker]
    tables::Extension tables_;
    std::mutex mutex_;  // guards what follows
    std::deque<metrics::Counter*> counters_;
    std::map<std::string, std::atomic<double>, std::less<>> gauges_;  // the registry reads them
};

/// A record made from a draft: payload sealed and taken, attributes added. `parent` (may be null)
/// gives what the draft leaves open; shares, ids and the source's numbers are the caller's
/// business.
message::RecordPtr make_record(NodeContext& context,
                               const aorta_draft& draft,
                               const message::Record* maybe_parent);

/// Frees the payloads of drafts that nobody takes.
void free_payloads(const aorta_draft* const* drafts, std::uint32_t count);

}  // namespace aorta::host
