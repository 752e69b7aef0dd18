// Where the nodes of a picture stand. Used by svg.cpp.
#pragma once

#include "graph/plan.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aorta::app {

inline constexpr double kBoxHeight = 46;
inline constexpr double kRowGap = 40;
inline constexpr double kLayerGap = 96;
inline constexpr double kMargin = 32;

struct Box {
    double x = 0;
    double y = 0;
    double width = 0;

    double middle() const { return y + kBoxHeight / 2; }
};

/// A way of records from a node's port to another node.
struct Way {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::string port;
};

/// Places nodes in layers: the layer is the longest way from a source, the order within a layer
/// follows the middle of the neighbours.
class Layout {
public:
    explicit Layout(const pipeline::PipelineSpec& spec);

    const std::vector<Box>& boxes() const { return boxes_; }

    const std::vector<Way>& ways() const { return ways_; }

    std::size_t layer(std::uint32_t node) const { return layer_of_[node]; }

    double width() const { return width_; }

    double height() const { return height_; }

private:
    void find_ways();
    void assign_layers();
    double pull(std::uint32_t node, bool upstream) const;
    void note_ranks(const std::vector<std::uint32_t>& layer);
    void order_layer(std::vector<std::uint32_t>& layer, bool upstream);
    void order_layers();
    void place();

    const pipeline::PipelineSpec& spec_;
    std::vector<Way> ways_;
    std::vector<std::size_t> layer_of_;
    std::vector<std::vector<std::uint32_t>> layers_;
    std::vector<double> rank_;  // within the layer, centred
    std::vector<Box> boxes_;
    double width_ = 0;
    double height_ = 0;
};

}  // namespace aorta::app
