#include "app/svg.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

namespace aorta::app {
namespace {

using config::Kind;
using pipeline::NodeSpec;
using pipeline::PipelineSpec;

constexpr double kBoxHeight = 46;
constexpr double kRowGap = 40;
constexpr double kLayerGap = 96;
constexpr double kMargin = 32;
constexpr double kTitle = 40;
constexpr double kCharWidth = 8.2;  // of the name's font, generously
constexpr double kLeastWidth = 96;
constexpr int kSweeps = 8;

constexpr std::string_view kStyle = R"(<style>
text { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2937; }
.title { font-size: 15px; font-weight: 600; }
.name { font-size: 14px; font-weight: 600; text-anchor: middle; }
.plugin, .port, .segment { font-size: 11px; fill: #6b7280; }
.plugin { text-anchor: middle; }
.port { text-anchor: middle; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
.box { stroke-width: 1.5; }
.source { fill: #e0f2fe; stroke: #0284c7; }
.processor { fill: #f8fafc; stroke: #64748b; }
.sink { fill: #dcfce7; stroke: #16a34a; }
.edge { fill: none; stroke: #64748b; stroke-width: 1.5; marker-end: url(#arrow); }
.rejected { stroke: #dc2626; stroke-dasharray: 5 4; marker-end: url(#arrow-rejected); }
.frame { fill: none; stroke: #a78bfa; stroke-dasharray: 3 3; }
.paper { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
text { fill: #e5e7eb; }
.plugin, .port, .segment { fill: #9ca3af; }
.port { stroke: #111827; }
.source { fill: #0c4a6e; } .processor { fill: #1f2937; } .sink { fill: #14532d; }
.paper { fill: #111827; }
}
</style>
)";

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

struct Box {
    double x = 0;
    double y = 0;
    double width = 0;

    double middle() const { return y + kBoxHeight / 2; }
};

/// A way from one layer to a later one; `bends` are its heights in the layers between.
struct Way {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::string port;
};

/// Places nodes in layers: the layer is the longest way from a source, the order within a layer
/// follows the middle of the neighbours.
class Layout {
public:
    explicit Layout(const PipelineSpec& spec) : spec_(spec) {
        find_ways();
        assign_layers();
        order_layers();
        place();
    }

    const std::vector<Box>& boxes() const { return boxes_; }

    const std::vector<Way>& ways() const { return ways_; }

    std::size_t layer(std::uint32_t node) const { return layer_of_[node]; }

    double width() const { return width_; }

    double height() const { return height_; }

private:
    void find_ways() {
        for (std::uint32_t to = 0; to < spec_.nodes.size(); ++to) {
            for (const pipeline::Edge& edge : spec_.nodes[to].from) {
                ways_.push_back({graph::index_of(spec_, edge.node), to, edge.port});
            }
        }
    }

    void assign_layers() {
        layer_of_.assign(spec_.nodes.size(), 0);
        // A checked pipeline has no cycle: as many rounds as there are nodes are enough.
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
        std::size_t last = 0;
        for (const std::size_t layer : layer_of_) {
            last = std::max(last, layer);
        }
        layers_.resize(last + 1);
        for (std::uint32_t node = 0; node < spec_.nodes.size(); ++node) {
            layers_[layer_of_[node]].push_back(node);
        }
    }

    double rank(std::uint32_t node) const { return rank_[node]; }

    /// The mean rank of the neighbours on one side; its own when it has none there.
    double pull(std::uint32_t node, bool upstream) const {
        double sum = 0;
        int count = 0;
        for (const Way& way : ways_) {
            if ((upstream ? way.to : way.from) == node) {
                sum += rank(upstream ? way.from : way.to);
                ++count;
            }
        }
        return count == 0 ? rank(node) : sum / count;
    }

    void note_ranks(const std::vector<std::uint32_t>& layer) {
        for (std::size_t i = 0; i < layer.size(); ++i) {
            // Centred, so that layers of different sizes compare.
            rank_[layer[i]] = static_cast<double>(i) - static_cast<double>(layer.size() - 1) / 2;
        }
    }

    void order_layers() {
        rank_.assign(spec_.nodes.size(), 0);
        for (const auto& layer : layers_) {
            note_ranks(layer);
        }
        for (int sweep = 0; sweep < kSweeps; ++sweep) {
            const bool upstream = sweep % 2 == 0;
            for (std::size_t i = 0; i < layers_.size(); ++i) {
                auto& layer = layers_[upstream ? i : layers_.size() - 1 - i];
                std::vector<std::pair<double, std::uint32_t>> pulled;
                for (const std::uint32_t node : layer) {
                    pulled.emplace_back(pull(node, upstream), node);
                }
                std::stable_sort(pulled.begin(), pulled.end(), [](const auto& a, const auto& b) {
                    return a.first < b.first;
                });
                std::transform(pulled.begin(), pulled.end(), layer.begin(), [](const auto& each) {
                    return each.second;
                });
                note_ranks(layer);
            }
        }
    }

    void place() {
        std::size_t most = 1;
        for (const auto& layer : layers_) {
            most = std::max(most, layer.size());
        }
        const double step = kBoxHeight + kRowGap;
        height_ = kTitle + 2 * kMargin + static_cast<double>(most) * step - kRowGap;
        const double centre = kTitle + kMargin + (static_cast<double>(most) * step - kRowGap) / 2;
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
                boxes_[node] = {x, centre + rank(node) * step - kBoxHeight / 2, widest};
            }
            x += widest + kLayerGap;
        }
        width_ = x - kLayerGap + kMargin;
    }

    const PipelineSpec& spec_;
    std::vector<Way> ways_;
    std::vector<std::size_t> layer_of_;
    std::vector<std::vector<std::uint32_t>> layers_;
    std::vector<double> rank_;
    std::vector<Box> boxes_;
    double width_ = 0;
    double height_ = 0;
};

class Drawing {
public:
    Drawing(const PipelineSpec& spec, const graph::Plan* plan)
        : spec_(spec), plan_(plan), layout_(spec) {}

    std::string draw() {
        open();
        if (plan_ != nullptr) {
            for (std::size_t i = 0; i < plan_->segments.size(); ++i) {
                frame(i);
            }
        }
        for (const Way& way : layout_.ways()) {
            edge(way);
        }
        for (std::uint32_t node = 0; node < spec_.nodes.size(); ++node) {
            box(node);
        }
        return out_ + "</svg>\n";
    }

private:
    template <class... Values>
    void add(fmt::format_string<Values...> format, Values&&... values) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(values)...);
    }

    void open() {
        add("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
            "width=\"{0:.0f}\" height=\"{1:.0f}\" role=\"img\">\n<title>{2}</title>\n",
            layout_.width(),
            layout_.height(),
            escaped(spec_.name));
        out_ += kStyle;
        for (const auto& [id, color] :
             {std::pair{"arrow", "#64748b"}, std::pair{"arrow-rejected", "#dc2626"}}) {
            add("<marker id=\"{}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
                "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"{}\"/>"
                "</marker>\n",
                id,
                color);
        }
        add("<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n"
            "<text class=\"title\" x=\"{}\" y=\"30\">{}</text>\n",
            kMargin,
            escaped(spec_.name));
    }

    void frame(std::size_t number) {
        const graph::PlanSegment& segment = plan_->segments[number];
        double left = 1e9;
        double top = 1e9;
        double right = 0;
        double bottom = 0;
        for (const std::uint32_t node : segment.nodes) {
            const Box& at = layout_.boxes()[node];
            left = std::min(left, at.x);
            top = std::min(top, at.y);
            right = std::max(right, at.x + at.width);
            bottom = std::max(bottom, at.y + kBoxHeight);
        }
        add("<rect class=\"frame\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
            "rx=\"10\"/>\n<text class=\"segment\" x=\"{:.1f}\" y=\"{:.1f}\">segment {}, {} "
            "lane{}{}</text>\n",
            left - 10,
            top - 10,
            right - left + 20,
            bottom - top + 20,
            left - 6,
            top - 14,
            number + 1,
            segment.lanes,
            segment.lanes == 1 ? "" : "s",
            segment.may_block ? ", own thread" : "");
    }

    /// The height at which a way passes a layer in between: in the gap that is nearest to the
    /// straight line.
    double passage(std::size_t layer, double wanted) const {
        double best = wanted;
        double nearest = 1e9;
        std::vector<double> gaps;
        for (std::uint32_t node = 0; node < spec_.nodes.size(); ++node) {
            if (layout_.layer(node) == layer) {
                gaps.push_back(layout_.boxes()[node].y - kRowGap / 2);
                gaps.push_back(layout_.boxes()[node].y + kBoxHeight + kRowGap / 2);
            }
        }
        const bool is_free = std::all_of(gaps.begin(), gaps.end(), [&](double gap) {
            return std::abs(gap - wanted) >= (kBoxHeight + kRowGap) / 2;
        });
        if (is_free && !gaps.empty()) {
            const auto [low, high] = std::minmax_element(gaps.begin(), gaps.end());
            if (wanted < *low || wanted > *high) {
                return wanted;
            }
        }
        for (const double gap : gaps) {
            if (std::abs(gap - wanted) < nearest) {
                nearest = std::abs(gap - wanted);
                best = gap;
            }
        }
        return best;
    }

    void edge(const Way& way) {
        const Box& from = layout_.boxes()[way.from];
        const Box& to = layout_.boxes()[way.to];
        const bool is_rejected = way.port == pipeline::kRejectedPort;
        // Leave apart from the main way, so that the lines of two ports do not lie on each other.
        double y = from.middle() + (is_rejected ? 12 : 0);
        double x = from.x + from.width;
        add("<path class=\"edge{}\" d=\"M{:.1f} {:.1f}", is_rejected ? " rejected" : "", x, y);
        const double total = to.x - x;
        for (std::size_t layer = layout_.layer(way.from) + 1; layer < layout_.layer(way.to);
             ++layer) {
            const Box* passed = any_box(layer);
            if (passed == nullptr) {
                continue;
            }
            const double along = (passed->x + passed->width / 2 - (from.x + from.width)) / total;
            const double wanted = from.middle() + along * (to.middle() - from.middle());
            const double height = passage(layer, wanted);
            curve(x, y, passed->x - 8, height);
            add(" H{:.1f}", passed->x + passed->width + 8);
            x = passed->x + passed->width + 8;
            y = height;
        }
        curve(x, y, to.x - 1, to.middle());
        out_ += "\"/>\n";
        if (way.port != "out") {
            label(way, from);
        }
    }

    const Box* any_box(std::size_t layer) const {
        for (std::uint32_t node = 0; node < spec_.nodes.size(); ++node) {
            if (layout_.layer(node) == layer) {
                return &layout_.boxes()[node];
            }
        }
        return nullptr;
    }

    void curve(double x, double y, double to_x, double to_y) {
        const double half = (x + to_x) / 2;
        add(" C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", half, y, half, to_y, to_x, to_y);
    }

    /// Near the node that it belongs to, a third of the way down the curve.
    void label(const Way& way, const Box& from) {
        const Box& to = layout_.boxes()[way.to];
        const bool is_rejected = way.port == pipeline::kRejectedPort;
        const double begin = from.middle() + (is_rejected ? 12 : 0);
        const bool is_near = layout_.layer(way.to) == layout_.layer(way.from) + 1;
        const double y = is_near ? begin + (to.middle() - begin) * 0.5 : begin;
        add("<text class=\"port\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
            from.x + from.width + kLayerGap / 2,
            y - 5,
            escaped(way.port));
    }

    void box(std::uint32_t node) {
        const NodeSpec& spec = spec_.nodes[node];
        const Box& at = layout_.boxes()[node];
        // Ends of the way are round.
        const double radius = spec.kind == Kind::Processor ? 6 : kBoxHeight / 2;
        add("<rect class=\"box {}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" "
            "rx=\"{}\"><title>{}</title></rect>\n",
            config::to_string(spec.kind),
            at.x,
            at.y,
            at.width,
            kBoxHeight,
            radius,
            escaped(spec.descriptor.summary));
        const double middle = at.x + at.width / 2;
        add("<text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n"
            "<text class=\"plugin\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
            middle,
            at.y + 20,
            escaped(spec.name),
            middle,
            at.y + 36,
            escaped(spec.descriptor.id));
    }

    const PipelineSpec& spec_;
    const graph::Plan* plan_;
    Layout layout_;
    std::string out_;
};

}  // namespace

std::string draw_svg(const PipelineSpec& spec, const graph::Plan* maybe_plan) {
    return Drawing{spec, maybe_plan}.draw();
}

}  // namespace aorta::app
