#include "app/svg.hpp"

#include "app/svg_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <vector>

namespace aorta::app {
namespace {

using config::Kind;
using pipeline::NodeSpec;
using pipeline::PipelineSpec;

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
        const double begin = from.middle() + (is_rejected ? 12 : 0);
        double y = begin;
        double x = from.x + from.width;
        add("<path class=\"edge{}\" d=\"M{:.1f} {:.1f}", is_rejected ? " rejected" : "", x, y);
        const double total = to.x - x;
        std::optional<double> first_bend;
        for (std::size_t layer = layout_.layer(way.from) + 1; layer < layout_.layer(way.to);
             ++layer) {
            const Box& passed = box_of(layer);
            const double along = (passed.x + passed.width / 2 - (from.x + from.width)) / total;
            const double wanted = from.middle() + along * (to.middle() - from.middle());
            const double height = passage(layer, wanted);
            first_bend = first_bend.value_or(height);
            curve(x, y, passed.x - 8, height);
            add(" H{:.1f}", passed.x + passed.width + 8);
            x = passed.x + passed.width + 8;
            y = height;
        }
        curve(x, y, to.x - 1, to.middle());
        out_ += "\"/>\n";
        if (way.port != "out") {
            // On the first curve, half way.
            add("<text class=\"port\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                from.x + from.width + kLayerGap / 2,
                (begin + first_bend.value_or(to.middle())) / 2 + (is_rejected ? 4 : -4),
                escaped(way.port));
        }
    }

    /// One of a layer; all of them are as wide, and no layer is empty.
    const Box& box_of(std::size_t layer) const {
        std::uint32_t node = 0;
        while (layout_.layer(node) != layer) {
            ++node;
        }
        return layout_.boxes()[node];
    }

    void curve(double x, double y, double to_x, double to_y) {
        const double half = (x + to_x) / 2;
        add(" C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", half, y, half, to_y, to_x, to_y);
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
