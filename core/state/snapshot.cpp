#include "state/snapshot.hpp"

#include "base/byte_stream.hpp"

#include <algorithm>

namespace aorta::state {
namespace {

constexpr std::uint32_t kFormat = 1;

}  // namespace

const NodeState* Snapshot::find(std::string_view node, std::uint32_t lane) const {
    const auto found = std::ranges::find_if(
        nodes, [&](const NodeState& state) { return state.node == node && state.lane == lane; });
    return found == nodes.end() ? nullptr : &*found;
}

std::uint64_t Snapshot::next(spool::StreamId stream) const {
    const auto found = std::ranges::find(cuts, stream, &Cut::stream);
    return found == cuts.end() ? 0 : found->next;
}

std::string encode(const Snapshot& snapshot) {
    base::ByteWriter out;
    out.number(kFormat);
    out.number(static_cast<std::uint32_t>(snapshot.cuts.size()));
    for (const Cut& cut : snapshot.cuts) {
        out.number(cut.stream);
        out.number(cut.next);
    }
    out.number(static_cast<std::uint32_t>(snapshot.nodes.size()));
    for (const NodeState& state : snapshot.nodes) {
        out.text(state.node);
        out.number(state.lane);
        out.number(state.version);
        out.text(state.bytes);
    }
    return out.take();
}

Result<Snapshot> decode(std::string_view bytes) {
    base::ByteReader in{bytes};
    const auto format = in.number<std::uint32_t>();
    if (in.is_good() && format > kFormat) {
        return Error{ErrorCode::InvalidConfig, "the snapshot of the state is of a newer version"};
    }
    Snapshot snapshot;
    for (auto left = in.number<std::uint32_t>(); left > 0 && in.is_good(); --left) {
        const auto stream = in.number<spool::StreamId>();
        snapshot.cuts.push_back({stream, in.number<std::uint64_t>()});
    }
    for (auto left = in.number<std::uint32_t>(); left > 0 && in.is_good(); --left) {
        NodeState state;
        state.node = in.text();
        state.lane = in.number<std::uint32_t>();
        state.version = in.number<std::uint32_t>();
        state.bytes = in.text();
        snapshot.nodes.push_back(std::move(state));
    }
    if (format != kFormat || !in.is_good() || !in.is_at_end()) {
        return Error{ErrorCode::Corrupt, "the snapshot of the state cannot be read"};
    }
    return snapshot;
}

}  // namespace aorta::state
