// What runs in a node: a plugin's instance.
#pragma once

#include "graph/stage.hpp"
#include "host/instance.hpp"

#include <string>
#include <string_view>

namespace aorta::graph {

/// A processor or sink instance as the graph calls it.
class InstanceBody final : public Body {
public:
    explicit InstanceBody(host::Instance& instance) : instance_(instance) {}

    Result<void> process(const aorta_batch& batch) override { return instance_.process(batch); }

    Result<void> on_timer(const aorta_out& out, std::int64_t now_ns) override {
        return instance_.on_timer(out, now_ns);
    }

    Result<void> stop(const aorta_out* out) override { return instance_.stop(out); }

    Result<void> consume(const aorta_batch& batch) override { return instance_.consume(batch); }

    Result<std::string> save() override { return instance_.save(); }

    Result<void> load(std::uint32_t version, std::string_view bytes) override {
        return instance_.load(version, bytes);
    }

private:
    host::Instance& instance_;
};

}  // namespace aorta::graph
