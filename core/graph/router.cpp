#include "graph/router.hpp"

#include "base/crypto.hpp"

#include <algorithm>

namespace aorta::graph {

using message::Batch;
using message::FateKind;
using message::RecordPtr;

namespace {

/// Numbers of a fan-out's branches, apart from those of the children that a node emits.
constexpr std::uint64_t kBranches = 0x8000'0000;

template <class Claim>
bool holds_of_all(const message::Record& record, Claim claim) {
    return claim(record.share) &&
           std::all_of(record.more_shares.begin(), record.more_shares.end(), claim);
}

/// All that it came of was settled in an earlier run, and so what comes of it has left already.
bool is_past(const message::Record& record) {
    return holds_of_all(
        record, [](const message::Share& share) { return share && share.receipt()->is_past; });
}

bool is_needed(const message::Share& share, const PastNeed& need) {
    const auto from = need.find(share.settler()->stream());
    return from != need.end() && share.receipt()->sequence >= from->second;
}

}  // namespace

bool end_past(const PastNeed& need, Batch& batch) {
    const std::size_t ended = std::erase_if(batch, [&](const RecordPtr& record) {
        const bool is_over =
            is_past(*record) && holds_of_all(*record, [&](const message::Share& share) {
                return !is_needed(share, need);
            });
        if (is_over) {
            record->dissolve();
        }
        return is_over;
    });
    return ended != 0;
}

void set_child_id(message::Record& child,
                  const message::Record& parent,
                  std::uint32_t node,
                  std::uint32_t port,
                  std::uint64_t index) {
    const std::uint64_t salt = (std::uint64_t{node} << 48U) ^ (std::uint64_t{port} << 32U) ^ index;
    const auto id = base::mix_id({parent.id[0], parent.id[1]}, salt);
    child.id[0] = id[0];
    child.id[1] = id[1];
}

void Router::connect(std::uint32_t node, std::uint32_t port, Target target) {
    if (nodes_.size() <= node) {
        nodes_.resize(node + 1);
    }
    if (port == kRejected) {
        nodes_[node].rejected.push_back(std::move(target));
        return;
    }
    auto& ports = nodes_[node].ports;
    if (ports.size() <= port) {
        ports.resize(port + 1);
    }
    ports[port].push_back(std::move(target));
}

void Router::name(std::uint32_t node, std::string name) {
    if (nodes_.size() <= node) {
        nodes_.resize(node + 1);
    }
    nodes_[node].name = std::move(name);
}

const std::vector<Target>* Router::targets(std::uint32_t node, std::uint32_t port) const {
    const Node& from = nodes_[node];
    if (port == kRejected) {
        return &from.rejected;
    }
    return port < from.ports.size() ? &from.ports[port] : nullptr;
}

void Router::send(const Target& target, Batch& batch, Runner& runner) {
    if (target.past && end_past(*target.past, batch) && batch.empty()) {
        return;
    }
    if (!target.is_required) {
        for (const RecordPtr& record : batch) {
            record->share.make_optional();
            for (message::Share& share : record->more_shares) {
                share.make_optional();
            }
        }
    }
    if (target.lanes.size() == 1) {
        target.lanes.front()->offer(batch, runner);
        return;
    }
    for (RecordPtr& record : batch) {
        const std::uint64_t key = record->key != 0 ? record->key : record->connection;
        target.lanes[key % target.lanes.size()]->offer(std::move(record), runner);
    }
    batch.clear();
}

void Router::deliver(std::uint32_t node, std::uint32_t port, Batch& batch, Runner& runner) const {
    note(node, port, batch);
    const std::vector<Target>* to = targets(node, port);
    if (to == nullptr || to->empty()) {
        for (const RecordPtr& record : batch) {
            record->settle({FateKind::Filtered, ErrorCode::Ok, "unrouted", {}, node});
        }
        batch.clear();
        return;
    }
    for (std::size_t branch = 0; branch + 1 < to->size(); ++branch) {
        Batch copies;
        copies.reserve(batch.size());
        for (const RecordPtr& record : batch) {
            copies.push_back(record->copy());
            set_child_id(*copies.back(), *record, node, port, kBranches + branch);
        }
        send((*to)[branch], copies, runner);
    }
    send(to->back(), batch, runner);
}

void Router::reject(RecordPtr record, Runner& runner) const {
    const message::Rejection& why = *record->rejection;
    const std::uint32_t node = why.node;
    Batch one;
    one.push_back(std::move(record));
    if (nodes_[node].rejected.empty()) {
        note(node, kRejected, one);
        dead_letter(std::move(one.front()), node, why.code, why.reason, why.where);
        return;
    }
    deliver(node, kRejected, one, runner);
}

void Router::dead_letter(RecordPtr record,
                         std::uint32_t node,
                         ErrorCode code,
                         std::string reason,
                         std::string where) const {
    if (is_past(*record)) {
        record->dissolve();
        return;
    }
    dead_letters_.store(
        {std::move(record), nodes_[node].name, node, code, std::move(reason), std::move(where)});
}

void Router::fail(RecordPtr record, pipeline::OnError action, message::Fate failed) const {
    if (is_past(*record)) {
        record->dissolve();
    } else if (action == pipeline::OnError::Drop) {
        failed.kind = FateKind::Filtered;
        record->settle(failed);
    } else if (action == pipeline::OnError::Stop) {
        record->settle(failed);
        stop_(failed.reason);
    } else if (record->senders_keep_failures()) {
        record->settle(failed);
    } else {
        dead_letter(std::move(record), failed.node, failed.code, failed.reason, failed.where);
    }
}

}  // namespace aorta::graph
