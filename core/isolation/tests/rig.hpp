// A stage whose plugin runs in a process of its own: this test program, started once more.
#pragma once

#include "graph/instance_body.hpp"
#include "graph/tests/stage_rig.hpp"
#include "host/instance.hpp"
#include "isolation/plugin.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aorta::isolation::test {

inline config::Value options(std::string_view word = {}) {
    config::Value all = config::Value::of_map();
    for (const char* name : {"refuse", "ends"}) {
        config::Value& value = all.add(name, config::Value::of_bool(word == name));
        value.at = {"p.yaml", 7, 3};
    }
    return all;
}

inline Settings settings(std::string_view word = {}) {
    Settings given;
    given.node = "stage";
    given.plugin = AORTA_TROUBLEMAKER;
    given.options = options(word);
    given.at = {"p.yaml", 5, 1};
    given.memory_bytes = std::uint64_t{256} << 20U;
    given.deadline = std::chrono::seconds(60);
    given.is_clock_frozen = true;
    return given;
}

/// Node 0 is the stage; `side` has its port 1.
struct IsolatedRig : graph::test::StageRig {
    explicit IsolatedRig(Settings given = test::settings()) {
        context.key_hash.emplace("a secret of the worker");
        node_host = std::make_unique<host::NodeHost>(context, "stage", *stage);
        plugin = std::make_unique<Plugin>(std::move(given), context, node_host->abi());
        instance = host::Instance::adopt(plugin->abi());
        opened = plugin->open(diagnostics);
        if (opened.ok()) {
            opened = instance->start({"p.yaml", 5, 1}, diagnostics);
        }
        body.emplace(*instance);
        stage->attach(*body);
    }

    ~IsolatedRig() { deliver_all(); }

    std::vector<std::string> stop() {
        message::Batch batch;
        stage->stop(batch, runner);
        return take(batch);
    }

    config::Diagnostics diagnostics;
    std::unique_ptr<host::NodeHost> node_host;
    std::unique_ptr<Plugin> plugin;
    std::unique_ptr<host::Instance> instance;
    std::optional<graph::InstanceBody> body;
    Result<void> opened;
};

}  // namespace aorta::isolation::test
