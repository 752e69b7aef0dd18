#include "runtime/storage.hpp"

#include "base/crypto.hpp"
#include "graph/plan.hpp"
#include "state/places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace aorta::runtime {
namespace {

using config::Kind;
using pipeline::NodeSpec;
using pipeline::PipelineSpec;
using spool::StreamKind;
using spool::StreamState;

constexpr const char* kKeyCheck = "key_check";

/// Whether a link has an outbox of this name.
bool is_of_link(const PipelineSpec& spec, const std::string& name) {
    const auto edges = graph::make_plan(spec).outgoing;
    return std::ranges::any_of(edges, [&](const graph::PlanEdge& edge) {
        return graph::edge_name(spec, edge) == name &&
               spec.link(spec.part, spec.nodes[edge.to].worker)->has_outbox;
    });
}

bool has_place(const PipelineSpec& spec, const StreamState& stream) {
    const NodeSpec* node = spec.find(stream.name);
    if (node == nullptr) {
        return stream.kind == StreamKind::Outbox && is_of_link(spec, stream.name);
    }
    if (!spec.is_here(*node)) {
        return false;
    }
    return stream.kind == StreamKind::Journal
               ? node->kind == Kind::Source && node->ack.level == pipeline::AckLevel::Durable
               : node->kind == Kind::Sink && node->has_outbox;
}

std::string_view place_of(StreamKind kind) {
    return kind == StreamKind::Journal ? "journal" : "outbox";
}

Result<void> adopt(spool::Spool& spool, const PipelineSpec& spec, const StorageOrders& orders) {
    for (const auto& [from, to] : orders.adopt) {
        bool is_found = state::adopt(spool, from, to);
        for (const StreamState& stream : spool.streams()) {
            if (stream.name != from) {
                continue;
            }
            StreamState renamed = stream;
            renamed.name = to;
            if (!has_place(spec, renamed)) {
                return Error{
                    ErrorCode::InvalidConfig,
                    fmt::format("`{}` has no {} that could take over the {} records of `{}`",
                                to,
                                place_of(stream.kind),
                                stream.held,
                                from)};
            }
            if (Result<void> done = spool.rename(stream.kind, from, to); !done.ok()) {
                return done;
            }
            is_found = true;
        }
        if (!is_found) {
            return Error{ErrorCode::NotFound,
                         fmt::format("the storage knows no node `{}` to be adopted", from)};
        }
    }
    for (const std::string& node : orders.discard_state) {
        if (!state::discard(spool, node)) {
            return Error{ErrorCode::NotFound,
                         fmt::format("the storage holds no state of `{}`", node)};
        }
    }
    return {};
}

void check_places(const std::vector<StreamState>& streams,
                  const PipelineSpec& spec,
                  const StorageOrders& orders,
                  config::Diagnostics& diagnostics) {
    for (const StreamState& stream : streams) {
        const bool is_ordered = is_given_up(orders.to_dead_letters, stream.name);
        if (stream.held != 0 && is_ordered && stream.kind == StreamKind::Journal &&
            has_place(spec, stream)) {
            diagnostics.error({.file = spec.file.string()},
                              fmt::format("`{}` is still there, and takes up by itself the {} "
                                          "records of its journal",
                                          stream.name,
                                          stream.held),
                              fmt::format("run without --to-dead-letters {}", stream.name));
            continue;
        }
        if (stream.held == 0 || has_place(spec, stream) || is_ordered) {
            continue;
        }
        diagnostics.error(
            {.file = spec.file.string()},
            fmt::format("the storage holds {} records in the {} of `{}`, which has none any more",
                        stream.held,
                        place_of(stream.kind),
                        stream.name),
            fmt::format("run with --adopt {0}=NEW to give them to another node, or with "
                        "--to-dead-letters {0}",
                        stream.name));
    }
}

std::string given_up_fact(spool::StreamId outbox) {
    return fmt::format("given_up/{}", outbox);
}

/// Before the new key is noted: a crash must not leave records that were keyed with the former one
/// to be delivered.
void note_given_up(spool::Spool& spool, const StorageOrders& orders) {
    for (const StreamState& stream : spool.streams()) {
        if (stream.kind != StreamKind::Outbox) {
            continue;
        }
        const std::string fact = given_up_fact(stream.id);
        if (stream.held != 0 && is_given_up(orders.to_dead_letters, stream.name)) {
            spool.set_fact(fact, std::to_string(stream.next));
        } else if (stream.held == 0 && !spool.fact(fact).empty()) {
            spool.set_fact(fact, {});
        }
    }
}

/// Keys of records that wait in outboxes were made with the secret of then: with another one, the
/// records of one patient would have two keys, and no order.
void check_key(spool::Spool& spool,
               const PipelineSpec& spec,
               const StorageOrders& orders,
               config::Diagnostics& diagnostics) {
    const std::string now =
        spec.key.empty()
            ? "none"
            : fmt::format("{:016x}", base::KeyedHash{spec.key.reveal()}("aorta key check"));
    const std::string then = spool.fact(kKeyCheck);
    const std::vector<StreamState> streams = spool.streams();
    std::uint64_t held = 0;
    for (const StreamState& stream : streams) {
        const bool is_kept =
            stream.kind == StreamKind::Outbox && !is_given_up(orders.to_dead_letters, stream.name);
        held += is_kept ? stream.held : 0;
    }
    if (!then.empty() && then != now && held != 0 && !orders.adopt_key) {
        diagnostics.error({.file = spec.file.string()},
                          fmt::format("the secret `key` has changed while outboxes hold {} records "
                                      "keyed with the former one",
                                      held),
                          "bring the former secret back until they are delivered, or run with "
                          "--adopt-key (records of a patient may then overtake each other), or "
                          "with --to-dead-letters NODE for each sink");
        return;
    }
    if (then != now) {
        spool.set_fact(kKeyCheck, now);
    }
}

}  // namespace

Result<spool::Keys> keys_of(const pipeline::StorageSpec& spec) {
    spool::Keys keys;
    if (!spec.key.empty()) {
        auto key = spool::storage_key(spec.key.reveal());
        if (!key.ok()) {
            return key.error();
        }
        keys.present = *key;
    }
    for (const config::Secret& former : spec.former_keys) {
        auto key = spool::storage_key(former.reveal());
        if (!key.ok()) {
            return key.error();
        }
        keys.former.push_back(*key);
    }
    return keys;
}

std::uint64_t given_up_below(const spool::Spool& spool, spool::StreamId outbox) {
    const std::string value = spool.fact(given_up_fact(outbox));
    std::uint64_t below = 0;
    std::from_chars(value.data(), value.data() + value.size(), below);
    return below;
}

bool is_given_up(const std::vector<std::string>& to_dead_letters, const std::string& node) {
    return std::ranges::find(to_dead_letters, node) != to_dead_letters.end();
}

bool needs_storage(const PipelineSpec& spec) {
    const bool has_link_outbox = std::ranges::any_of(
        spec.links, [&](const auto& link) { return link.has_outbox && link.from == spec.part; });
    return has_link_outbox || std::ranges::any_of(spec.nodes, [&](const NodeSpec& node) {
               const bool is_durable =
                   node.kind == Kind::Source && node.ack.level == pipeline::AckLevel::Durable;
               return spec.is_here(node) && (node.has_outbox || is_durable);
           });
}

Result<std::unique_ptr<delivery::Storage>> open_storage(const PipelineSpec& spec,
                                                        const std::filesystem::path& folder,
                                                        const StorageOrders& orders,
                                                        delivery::Storage::Services services,
                                                        config::Diagnostics& diagnostics) {
    if (!needs_storage(spec)) {
        return std::unique_ptr<delivery::Storage>{};
    }
    auto keys = keys_of(spec.storage);
    if (!keys.ok()) {
        return keys.error();
    }
    spool::Spool::Settings settings;
    settings.folder = folder;
    settings.max_bytes = static_cast<std::uint64_t>(spec.storage.max_bytes);
    auto storage = delivery::Storage::open(std::move(settings), std::move(*keys), services);
    if (!storage.ok()) {
        return storage.error();
    }
    spool::Spool& spool = (*storage)->spool();
    if (Result<void> adopted = adopt(spool, spec, orders); !adopted.ok()) {
        return adopted.error();
    }
    check_places(spool.streams(), spec, orders, diagnostics);
    if (!diagnostics.has_errors()) {
        note_given_up(spool, orders);
    }
    check_key(spool, spec, orders, diagnostics);
    if (diagnostics.has_errors()) {
        return Error{ErrorCode::InvalidConfig, "the storage holds records without a place"};
    }
    return std::move(*storage);
}

void inspect_storage(const PipelineSpec& spec,
                     const std::filesystem::path& folder,
                     config::Diagnostics& diagnostics) {
    const config::Position at{.file = spec.file.string()};
    std::error_code none;
    const bool is_key_unknown = spec.storage.is_sealed && spec.storage.key.empty();
    if (is_key_unknown || !std::filesystem::exists(folder / "spool", none)) {
        return;
    }
    const auto keys = keys_of(spec.storage);
    if (!keys.ok()) {
        return;  // reported where the key stands
    }
    const auto inspection = spool::inspect(folder, *keys, spool::posix_file_system());
    if (!inspection.ok()) {
        diagnostics.error(at, "the storage cannot be read: " + inspection.error().message);
        return;
    }
    const std::vector<spool::Damage>& damage = inspection->loaded.damage;
    const auto damaged = std::count_if(damage.begin(), damage.end(), [](const spool::Damage& one) {
        return one.kind != spool::Damage::Kind::DoubtfulTail;
    });
    if (damaged != 0) {
        diagnostics.warning(
            at,
            fmt::format("the storage is damaged in {} places", damaged),
            fmt::format("`aorta spool verify {}` names them; a start quarantines them and goes on",
                        spec.file.string()));
    }
    check_places(inspection->loaded.streams, spec, {}, diagnostics);
}

std::filesystem::path storage_folder(const PipelineSpec& spec,
                                     const std::filesystem::path& state_folder) {
    const std::filesystem::path folder = spec.storage.path.empty()
                                             ? state_folder / spec.name
                                             : spec.file.parent_path() / spec.storage.path;
    return spec.part.empty() ? folder : folder / spec.part;
}

}  // namespace aorta::runtime
