// The plugins behind the nodes of a pipeline: their libraries, and an instance for each lane, here
// or in a process of its own.
#include "runtime/build.hpp"
#include "runtime/isolated.hpp"

namespace aorta::runtime {

using pipeline::NodeSpec;

Result<void> Pipeline::Builder::load_libraries() {
    for (std::uint32_t i = 0; i < pipeline_.spec_.nodes.size(); ++i) {
        const NodeSpec& node = spec(i);
        const bool is_stubbed =
            (node.kind == config::Kind::Source && pipeline_.surroundings_.source_stub) ||
            (node.kind == config::Kind::Sink && pipeline_.surroundings_.sink_stub);
        if (is_stubbed || node.isolation || !pipeline_.spec_.is_here(node)) {
            continue;
        }
        watchdog_.watch(node, "load");
        auto library = host::load(node.plugin_path);
        if (!library.ok()) {
            diagnostics_.error(node.at,
                               library.error().message + " (" + node.plugin_path.native() + ")");
            return library.error();
        }
        libraries_[i] = std::move(*library);
    }
    return {};
}

Result<void> Pipeline::Builder::make_instance(Node& node, host::NodeServices& services) {
    const NodeSpec& node_spec = spec(node.index);
    services.declare(reasons_of(node_spec));
    node.host = std::make_unique<host::NodeHost>(pipeline_.context_, node_spec.name, services);
    watchdog_.watch(node_spec, "create");
    if (node_spec.isolation) {
        return make_isolated(node);
    }
    auto made = host::Instance::create(
        libraries_.at(node.index), node.host->abi(), node_spec.with, node_spec.at, diagnostics_);
    if (!made.ok()) {
        return made.error();
    }
    node.instance = std::move(*made);
    return {};
}

/// None of its code runs here.
Result<void> Pipeline::Builder::make_isolated(Node& node) {
    const NodeSpec& node_spec = spec(node.index);
    isolation::Settings settings = isolation_settings(node_spec);
    settings.is_clock_frozen = pipeline_.surroundings_.flow == nullptr;
    node.isolated = std::make_unique<isolation::Plugin>(
        std::move(settings), pipeline_.context_, node.host->abi());
    node.instance = host::Instance::adopt(node.isolated->abi());
    if (Result<void> opened = node.isolated->open(diagnostics_); !opened.ok()) {
        return opened;
    }
    if (node.isolated->has_state() && keeps_states() && why_not_kept(node.index).empty()) {
        diagnostics_.error(
            node_spec.isolation->at,
            "the state of this plugin is kept (`storage: { snapshot }`), and would be lost with "
            "its process",
            "leave out `isolation` here, or `snapshot`: then it is in memory only, and begins anew "
            "when the process does");
        return Error{ErrorCode::InvalidConfig, "a kept state cannot be isolated"};
    }
    return {};
}

}  // namespace aorta::runtime
