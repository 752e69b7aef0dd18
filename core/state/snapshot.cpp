#include "state/snapshot.hpp"

#include <algorithm>
#include <bit>

namespace aorta::state {
namespace {

static_assert(std::endian::native == std::endian::little, "snapshots are little-endian");

constexpr std::uint32_t kFormat = 1;

template <class Number>
void put(std::string& out, Number value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put(std::string& out, std::string_view text) {
    put(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

/// Takes from the front; behind the end everything is zero and `is_good` false.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    template <class Number>
    Number number() {
        Number value{};
        const std::string_view part = take(sizeof value);
        part.copy(reinterpret_cast<char*>(&value), part.size());
        return value;
    }

    std::string text() { return std::string{take(number<std::uint32_t>())}; }

    bool is_good() const { return is_good_; }

    bool is_at_end() const { return bytes_.empty(); }

private:
    std::string_view take(std::size_t size) {
        if (size > bytes_.size()) {
            is_good_ = false;
            bytes_ = {};
            return bytes_;
        }
        const std::string_view part = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return part;
    }

    std::string_view bytes_;
    bool is_good_ = true;
};

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
    std::string out;
    put(out, kFormat);
    put(out, static_cast<std::uint32_t>(snapshot.cuts.size()));
    for (const Cut& cut : snapshot.cuts) {
        put(out, cut.stream);
        put(out, cut.next);
    }
    put(out, static_cast<std::uint32_t>(snapshot.nodes.size()));
    for (const NodeState& state : snapshot.nodes) {
        put(out, std::string_view{state.node});
        put(out, state.lane);
        put(out, state.version);
        put(out, std::string_view{state.bytes});
    }
    return out;
}

Result<Snapshot> decode(std::string_view bytes) {
    Reader in{bytes};
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
