#include "app/worker_choice.hpp"

#include "base/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace aorta::app {
namespace {

using config::Value;

/// sun_path, less its end.
constexpr std::size_t kLongestSocket = 107;

void refuse_unset(const Value& value, const std::string& worker, config::Diagnostics& diagnostics) {
    if (value.origin.kind == config::Origin::Kind::Unset) {
        diagnostics.error(
            value.at,
            fmt::format("{} is not set, and the worker `{}` needs it", value.origin.name, worker));
    }
    for (const Value& item : value.items) {
        refuse_unset(item, worker, diagnostics);
    }
}

bool is_needed(const pipeline::PipelineSpec& spec, const std::string& node) {
    const pipeline::NodeSpec* found = spec.find(node);
    return found == nullptr || spec.is_here(*found);
}

void refuse_all_unset(const pipeline::Loaded& loaded, config::Diagnostics& diagnostics) {
    const pipeline::PipelineSpec& spec = *loaded.spec;
    for (std::size_t i = 0; i < loaded.resolved.items.size(); ++i) {
        const Value& value = loaded.resolved.items[i];
        const std::string& name = loaded.resolved.keys[i].name;
        if (name == "nodes") {
            for (std::size_t node = 0; node < value.items.size(); ++node) {
                if (is_needed(spec, value.keys[node].name)) {
                    refuse_unset(value.items[node], spec.part, diagnostics);
                }
            }
        } else if (name != "vars" && name != "tests") {
            refuse_unset(value, spec.part, diagnostics);
        }
    }
}

}  // namespace

void choose_worker(pipeline::Loaded& loaded,
                   const std::string& worker,
                   const std::filesystem::path& links_in,
                   config::Diagnostics& diagnostics) {
    pipeline::PipelineSpec& spec = *loaded.spec;
    std::vector<std::string> names;
    for (const pipeline::WorkerSpec& one : spec.workers) {
        names.push_back(one.name);
    }
    if (std::ranges::find(names, worker) == names.end()) {
        diagnostics.error({.file = spec.file.string()},
                          fmt::format("the pipeline `{}` has no worker `{}`", spec.name, worker),
                          names.empty() ? "it has no `workers`: run it without --worker"
                                        : base::suggestion_hint(worker, names));
        return;
    }
    spec.part = worker;
    refuse_all_unset(loaded, diagnostics);
    if (links_in.empty()) {
        return;
    }
    for (pipeline::LinkSpec& link : spec.links) {
        const std::string socket = (links_in / (link.from + "-" + link.to)).string();
        if (socket.size() > kLongestSocket) {
            diagnostics.error(
                link.at,
                fmt::format(
                    "the path of the socket {} is longer than {} bytes", socket, kLongestSocket),
                "give --links-in a folder with a shorter path");
        }
        link.address = "ipc://" + socket;
        link.listen.clear();
        link.keys.clear();
        link.is_plaintext = false;
        link.plaintext_from.clear();
    }
}

pipeline::PipelineSpec part_of(const pipeline::PipelineSpec& spec) {
    pipeline::PipelineSpec part = spec;
    std::erase_if(part.nodes, [&](const auto& node) { return !spec.is_here(node); });
    return part;
}

}  // namespace aorta::app
