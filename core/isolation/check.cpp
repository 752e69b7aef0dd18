// An isolated plugin's look at its options.
#include "isolation/plugin.hpp"
#include "transport/wire.hpp"

#include <aorta/text.hpp>

namespace aorta::isolation {
namespace {

constexpr std::uint64_t kMostFindings = std::uint64_t{4} << 20U;
constexpr std::size_t kMostActs = 10'000;

std::vector<std::string> texts(const aorta_str* all, std::uint32_t count) {
    std::vector<std::string> out;
    for (std::uint32_t i = 0; i < count; ++i) {
        out.emplace_back(from_abi(all[i]));
    }
    return out;
}

std::vector<TableShape> shapes_of(const aorta_tables* maybe_tables) {
    std::vector<TableShape> shapes;
    for (std::uint32_t i = 0; maybe_tables != nullptr; ++i) {
        const aorta_str name = maybe_tables->name(maybe_tables, i);
        if (name.size == 0) {
            break;
        }
        const aorta_table* table = maybe_tables->open(maybe_tables, name);
        TableShape& shape = shapes.emplace_back();
        shape.name = from_abi(name);
        shape.columns = texts(table->columns, table->column_count);
        shape.keys.assign(table->keys, table->keys + table->key_count);
        shape.on_missing = table->on_missing;
        shape.has_defaults = table->defaults != nullptr;
        if (shape.has_defaults) {
            shape.defaults = texts(table->defaults, table->column_count);
        }
    }
    return shapes;
}

}  // namespace

std::string opening_of(const Settings& settings,
                       const aorta_tables* maybe_tables,
                       bool only_checks) {
    return encode({.plugin = settings.plugin,
                   .options = settings.options,
                   .at = settings.at,
                   .tables = shapes_of(maybe_tables),
                   .permissions = settings.permissions,
                   .memory_bytes = settings.memory_bytes,
                   .only_checks = only_checks,
                   .is_clock_frozen = settings.is_clock_frozen});
}

void check_options(const Settings& settings,
                   const aorta_tables* maybe_tables,
                   config::Diagnostics& diagnostics) {
    const auto checked = [&]() -> Result<void> {
        auto process = GuestProcess::start();
        if (!process.ok()) {
            return process.error();
        }
        Channel& channel = (*process)->channel();
        const Patience patience{std::chrono::steady_clock::now() + settings.deadline};
        transport::WireWriter body;
        body.fixed(0);
        body.fixed(0);
        const config::Secret opening{opening_of(settings, maybe_tables, true)};
        body.bytes(opening.reveal());
        const config::Secret whole{body.take()};
        if (Result<void> sent = channel.send(FrameKind::Open, whole.reveal(), patience);
            !sent.ok()) {
            return sent;
        }
        const auto frame = channel.receive(kMostFindings, patience);
        if (!frame.ok()) {
            return frame.error();
        }
        const auto acts = read_answer(frame->body, kMostActs);
        return acts.ok() ? read_report(*acts, diagnostics) : Result<void>{acts.error()};
    }();
    if (!checked.ok()) {
        diagnostics.error(settings.at,
                          "the plugin could not look at its options in its own process: " +
                              checked.error().message);
    }
}

}  // namespace aorta::isolation
