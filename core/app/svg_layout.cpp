#include "app/svg_layout.hpp"

#include <algorithm>
#include <utility>

namespace aorta::app {

using pipeline::NodeSpec;

namespace {

constexpr double kTitle = 40;
constexpr double kCharWidth = 8.2;  // of the name's font, generously
constexpr double kLeastWidth = 96;
constexpr int kSweeps = 8;

}  // namespace

Layout::Layout(const pipeline::PipelineSpec& spec) : spec_(spec) {
    find_ways();
    assign_layers();
    order_layers();
    place();
}

void Layout::find_ways() {
    for (std::uint32_t to = 0; to < spec_.nodes.size(); ++to) {
        for (const pipeline::Edge& edge : spec_.nodes[to].from) {
            ways_.push_back({graph::index_of(spec_, edge.node), to, edge.port});
        }
    }
}

void Layout::assign_layers() {
    layer_of_.assign(spec_.nodes.size(), 0);
    // Ends, since a checked pipeline has no cycle.
    bool is_moving = true;
    while (is_moving) {
        is_moving = false;
        for (const Way& way : ways_) {
            if (layer_of_[way.to] <= layer_of_[way.from]) {
                layer_of_[way.to] = layer_of_[way.from] + 1;
                is_moving = true;
            }
        }
    }
    layers_.resize(*std::max_element(layer_of_.begin(), layer_of_.end()) + 1);
    for (std::uint32_t node = 0; node < spec_.nodes.size(); ++node) {
        layers_[layer_of_[node]].push_back(node);
    }
}

/// The mean rank of the neighbours on one side; its own when it has none there.
double Layout::pull(std::uint32_t node, bool upstream) const {
    double sum = 0;
    int count = 0;
    for (const Way& way : ways_) {
        if ((upstream ? way.to : way.from) == node) {
            sum += rank_[upstream ? way.from : way.to];
            ++count;
        }
    }
    return count == 0 ? rank_[node] : sum / count;
}

void Layout::note_ranks(const std::vector<std::uint32_t>& layer) {
    for (std::size_t i = 0; i < layer.size(); ++i) {
        // Centred, so that layers of different sizes compare.
        rank_[layer[i]] = static_cast<double>(i) - static_cast<double>(layer.size() - 1) / 2;
    }
}

void Layout::order_layer(std::vector<std::uint32_t>& layer, bool upstream) {
    std::vector<std::pair<double, std::uint32_t>> pulled;
    for (const std::uint32_t node : layer) {
        pulled.emplace_back(pull(node, upstream), node);
    }
    std::stable_sort(pulled.begin(), pulled.end(), [](const auto& left, const auto& right) {
        return left.first < right.first;
    });
    for (std::size_t i = 0; i < layer.size(); ++i) {
        layer[i] = pulled[i].second;
    }
    note_ranks(layer);
}

void Layout::order_layers() {
    rank_.assign(spec_.nodes.size(), 0);
    for (const auto& layer : layers_) {
        note_ranks(layer);
    }
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
        const bool upstream = sweep % 2 == 0;
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            order_layer(layers_[upstream ? i : layers_.size() - 1 - i], upstream);
        }
    }
}

void Layout::place() {
    std::size_t most = 1;
    for (const auto& layer : layers_) {
        most = std::max(most, layer.size());
    }
    const double step = kBoxHeight + kRowGap;
    const double rows = static_cast<double>(most) * step - kRowGap;
    height_ = kTitle + 2 * kMargin + rows;
    const double centre = kTitle + kMargin + rows / 2;
    boxes_.resize(spec_.nodes.size());
    double x = kMargin;
    for (const auto& layer : layers_) {
        double widest = kLeastWidth;
        for (const std::uint32_t node : layer) {
            const NodeSpec& spec = spec_.nodes[node];
            const auto letters =
                static_cast<double>(std::max(spec.name.size(), spec.descriptor.id.size()));
            widest = std::max(widest, letters * kCharWidth + 24);
        }
        for (const std::uint32_t node : layer) {
            boxes_[node] = {x, centre + rank_[node] * step - kBoxHeight / 2, widest};
        }
        x += widest + kLayerGap;
    }
    width_ = x - kLayerGap + kMargin;
}

}  // namespace aorta::app
