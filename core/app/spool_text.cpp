#include "app/spool_text.hpp"

#include "app/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace aorta::app {
namespace {

using config::Value;
using spool::Damage;
using spool::StreamState;

std::string_view trouble_of(Damage::Kind kind) {
    constexpr std::string_view kNames[] = {"damaged", "doubtful tail", "missing"};
    return kNames[static_cast<std::size_t>(kind)];
}

Value number(std::uint64_t value) {
    return Value::of_int(static_cast<std::int64_t>(value));
}

std::string name_of(const std::vector<StreamState>& streams, spool::StreamId id) {
    const auto found = std::find_if(
        streams.begin(), streams.end(), [&](const StreamState& one) { return one.id == id; });
    return found == streams.end() ? std::string{}
                                  : fmt::format("{} {}", app::to_string(found->kind), found->name);
}

std::string key_text(const spool::KeyId& key) {
    const bool is_none =
        std::all_of(key.begin(), key.end(), [](std::uint8_t byte) { return byte == 0; });
    return is_none ? "-" : fmt::format("{:02x}", fmt::join(key, ""));
}

}  // namespace

std::string_view to_string(spool::StreamKind kind) {
    return kind == spool::StreamKind::Journal ? "journal" : "outbox";
}

bool has_damage(const spool::Loaded& loaded) {
    return std::any_of(loaded.damage.begin(), loaded.damage.end(), [](const Damage& one) {
        return one.kind != Damage::Kind::DoubtfulTail;
    });
}

std::string spool_text(const std::filesystem::path& folder, const spool::Inspection& seen) {
    const spool::Loaded& loaded = seen.loaded;
    std::string text = fmt::format("{}: {} bytes in {} segments; {}\n",
                                   folder.native(),
                                   loaded.bytes,
                                   seen.segments.size(),
                                   loaded.was_closed ? "the last worker ended by itself"
                                                     : "in use, or the last worker was killed");
    if (seen.segments.empty()) {
        text = fmt::format("{}: {} bytes\n", folder.native(), loaded.bytes);
    }
    std::vector<std::vector<std::string>> rows{{"node", "kept in", "held", "next"}};
    for (const StreamState& stream : loaded.streams) {
        rows.push_back({stream.name,
                        std::string{to_string(stream.kind)},
                        std::to_string(stream.held),
                        std::to_string(stream.next)});
    }
    text += table(rows, "  ", {2, 3});
    if (!seen.segments.empty()) {
        rows = {{"segment", "bytes", "items", "entries", "needed", "sealed with"}};
        for (const auto& segment : seen.segments) {
            rows.push_back({std::to_string(segment.number),
                            std::to_string(segment.bytes),
                            std::to_string(segment.items),
                            std::to_string(segment.entries),
                            std::to_string(segment.needed),
                            key_text(segment.key)});
        }
        text += table(rows, "  ", {0, 1, 2, 3, 4});
    }
    if (!loaded.damage.empty()) {
        rows = {{"trouble", "position", "bytes", "of", "sequence"}};
        for (const Damage& one : loaded.damage) {
            rows.push_back({std::string{trouble_of(one.kind)},
                            std::to_string(one.position),
                            std::to_string(one.bytes),
                            name_of(loaded.streams, one.stream),
                            one.stream == 0 ? "" : std::to_string(one.sequence)});
        }
        text += table(rows, "  ", {1, 2, 4});
    }
    return text;
}

Value json_of(const std::filesystem::path& folder, const spool::Inspection& seen) {
    const spool::Loaded& loaded = seen.loaded;
    Value whole = Value::of_map();
    whole.add("folder", Value::of_text(folder.native()));
    whole.add("bytes", number(loaded.bytes));
    whole.add("was_closed", Value::of_bool(loaded.was_closed));
    Value& streams = whole.add("streams", Value::of_list({}));
    for (const StreamState& stream : loaded.streams) {
        Value& one = streams.items.emplace_back(Value::of_map());
        one.add("node", Value::of_text(stream.name));
        one.add("kept_in", Value::of_text(std::string{to_string(stream.kind)}));
        one.add("held", number(stream.held));
        one.add("next", number(stream.next));
    }
    Value& all = whole.add("segments", Value::of_list({}));
    for (const auto& segment : seen.segments) {
        Value& one = all.items.emplace_back(Value::of_map());
        one.add("number", number(segment.number));
        one.add("bytes", number(segment.bytes));
        one.add("items", number(segment.items));
        one.add("entries", number(segment.entries));
        one.add("needed", number(segment.needed));
        one.add("key", Value::of_text(key_text(segment.key)));
    }
    Value& damage = whole.add("damage", Value::of_list({}));
    for (const Damage& each : loaded.damage) {
        Value& one = damage.items.emplace_back(Value::of_map());
        one.add("kind", Value::of_text(std::string{trouble_of(each.kind)}));
        one.add("position", number(each.position));
        one.add("bytes", number(each.bytes));
        one.add("of", Value::of_text(name_of(loaded.streams, each.stream)));
        one.add("sequence", number(each.sequence));
    }
    return whole;
}

}  // namespace aorta::app
