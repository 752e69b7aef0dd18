#include "graph/source_node.hpp"

#include <aorta/text.hpp>

#include <ctime>
#include <vector>

namespace aorta::graph {
namespace {

/// Work of less than this is done where it is pushed. Waking the graph costs more CPU than that:
/// its workers look for more before they sleep (64 MLLP senders: 24 us a message over it, 12 us
/// here).
constexpr std::int64_t kHopNs = 500'000;

aorta_outcome outcome_of(std::uint32_t kind,
                         const message::Fate& fate,
                         std::string_view reply = {}) {
    return {.size = sizeof(aorta_outcome),
            .kind = kind,
            .code = static_cast<std::uint32_t>(fate.code),
            .reserved = 0,
            .reason = to_abi(fate.reason),
            .where = to_abi(fate.where),
            .reply = to_abi(reply)};
}

/// Of a source's record ids: the same in every build, so that sinks know a record again.
std::array<std::uint64_t, 2> root_of(std::string_view name, std::uint64_t epoch) {
    std::array<std::uint64_t, 2> root{0, epoch};
    for (const char c : name) {
        root = base::mix_id(root, static_cast<unsigned char>(c));
    }
    return root;
}

}  // namespace

std::int64_t thread_cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

SourceNode::SourceNode(std::uint32_t node,
                       std::string name,
                       std::uint64_t epoch,
                       const delivery::AckPolicy& policy,
                       Services services,
                       delivery::Roots roots)
    : node_(node),
      name_(std::move(name)),
      root_(root_of(name_, epoch)),
      services_(std::move(services)),
      delivery_(services_.ledger, policy, *this, services_.context.clock, std::move(roots)),
      in_(services_.context.metrics.counter(
          "aorta_source_records_total",
          {{"pipeline", services_.context.pipeline}, {"node", name_}},
          "Records that a source brought in.")) {}

SourceNode::~SourceNode() = default;

message::RecordPtr SourceNode::admit(const aorta_draft& draft,
                                     std::int64_t now_ns,
                                     message::Receipt& receipt) {
    message::RecordPtr record = host::make_record(services_.context, draft, nullptr);
    record->share = message::Share{&receipt};
    record->position = draft.position;
    record->connection = draft.connection;
    record->ingest_time_ns = now_ns;
    const auto id = base::mix_id(root_, receipt.sequence);
    record->id[0] = id[0];
    record->id[1] = id[1];
    return record;
}

void SourceNode::push(const aorta_draft* const* drafts, std::uint32_t count) {
    if (is_closed_.load()) {
        host::free_payloads(drafts, count);
        misbehaved("push after stop");
        return;
    }
    std::vector<message::Receipt*> receipts;
    receipts.reserve(count);
    message::Batch batch;
    bool goes_on = true;
    if (maybe_journal_ == nullptr) {
        batch = admit(drafts, count, receipts);
    } else {
        const std::unique_lock order = maybe_journal_->order();
        batch = admit(drafts, count, receipts);
        goes_on = maybe_journal_->append(batch);
    }
    in_.add(count);
    if (!goes_on) {
        batch.clear();
    } else if (runs_here(count)) {
        run_here(batch);
    } else {
        send_on(batch);
    }
    if (goes_on && maybe_journal_ != nullptr) {
        maybe_journal_->sent();
    }
    for (message::Receipt* receipt : receipts) {
        delivery_.received(*receipt);
        receipt->drop_reference();
    }
}

message::Batch SourceNode::admit(const aorta_draft* const* drafts,
                                 std::uint32_t count,
                                 std::vector<message::Receipt*>& receipts) {
    message::Batch batch;
    batch.reserve(count);
    const std::int64_t now_ns = services_.context.clock.now().count();
    services_.context.budget.charge(count * sizeof(message::Receipt));
    for (std::uint32_t i = 0; i < count; ++i) {
        receipts.push_back(delivery_.open(drafts[i]->cookie));
        batch.push_back(admit(*drafts[i], now_ns, *receipts.back()));
    }
    return batch;
}

void SourceNode::send_on(message::Batch& batch) {
    services_.router.deliver(node_, 0, batch, services_.gate.runner);
}

void SourceNode::refuse(const aorta_draft& draft, const host::Completion& why) {
    if (is_closed_.load()) {
        misbehaved("refuse after stop");
        return;
    }
    services_.context.budget.charge(sizeof(message::Receipt));
    message::Receipt* receipt = delivery_.open_refused(draft.cookie);
    const message::RecordPtr record = admit(draft, services_.context.clock.now().count(), *receipt);
    in_.add(1);
    record->settle({message::FateKind::Failed, why.code, why.reason, why.where, node_});
    delivery_.received(*receipt);
    receipt->drop_reference();
}

bool SourceNode::runs_here(std::uint32_t count) {
    if (!services_.gate.is_idle || !services_.gate.is_idle()) {
        return false;
    }
    const std::int64_t cost_ns = record_cost_ns_.load(std::memory_order_relaxed);
    if (count == 1 || cost_ns * count <= kHopNs) {
        return true;
    }
    // Forgotten little by little, so that it is measured again.
    record_cost_ns_.store(cost_ns - cost_ns / 64, std::memory_order_relaxed);
    return false;
}

void SourceNode::run_here(message::Batch& batch) {
    const auto count = static_cast<std::int64_t>(batch.size());
    const std::int64_t before_ns = count > 1 ? services_.gate.cpu_ns() : 0;
    InlineRunner here{services_.gate.runner};
    services_.router.deliver(node_, 0, batch, here);
    here.run();
    if (count > 1) {
        record_cost_ns_.store((services_.gate.cpu_ns() - before_ns) / count,
                              std::memory_order_relaxed);
    }
}

void SourceNode::on_credit() {
    if (maybe_journal_ != nullptr) {
        maybe_journal_->on_credit();
    }
    if (body_ != nullptr && !is_closed_.load()) {
        body_->on_credit();
    }
}

void SourceNode::finished() {
    if (!is_finished_.exchange(true)) {
        services_.on_finished();
    }
}

aorta_ack_policy SourceNode::ack_policy() const {
    constexpr std::uint32_t kLevels[] = {
        AORTA_LEVEL_NONE, AORTA_LEVEL_RECEIVED, AORTA_LEVEL_DURABLE, AORTA_LEVEL_DELIVERED};
    const delivery::AckPolicy& policy = delivery_.policy();
    return {sizeof(aorta_ack_policy),
            kLevels[static_cast<std::size_t>(policy.level)],
            policy.timeout.count(),
            static_cast<std::uint32_t>(policy.on_invalid),
            0};
}

void SourceNode::answer(std::uint64_t cookie,
                        delivery::Answer answer,
                        const message::Fate& why,
                        std::string_view reply) {
    static_assert(static_cast<int>(delivery::Answer::Accept) == AORTA_ACK_ACCEPT &&
                  static_cast<int>(delivery::Answer::None) == AORTA_ACK_NONE);
    body_->on_ack(cookie, outcome_of(static_cast<std::uint32_t>(answer), why, reply));
}

void SourceNode::settled(std::uint64_t cookie, const message::Fate& fate) {
    static_assert(static_cast<int>(message::FateKind::Filtered) == AORTA_FATE_FILTERED &&
                  static_cast<int>(message::FateKind::Failed) == AORTA_FATE_FAILED);
    body_->on_settled(cookie, outcome_of(static_cast<std::uint32_t>(fate.kind), fate));
    services_.context.budget.release(sizeof(message::Receipt));
}

void SourceNode::misbehaved(std::string_view what) {
    services_.context.misbehaved(name_, what);
}

}  // namespace aorta::graph
