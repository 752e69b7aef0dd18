#include "app/svg.hpp"

#include "app/svg_layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

pipeline::NodeSpec node(const std::string& name,
                        config::Kind kind,
                        std::vector<pipeline::Edge> from = {}) {
    pipeline::NodeSpec spec{.name = name, .kind = kind, .from = std::move(from)};
    spec.descriptor.id = "plugin_of_" + name;
    spec.ports = {{"out"}};
    return spec;
}

pipeline::PipelineSpec diamond() {
    using config::Kind;
    pipeline::PipelineSpec spec{.name = "a<b"};
    spec.nodes = {node("intake", Kind::Source),
                  node("left", Kind::Processor, {{"intake", "out"}}),
                  node("right", Kind::Processor, {{"intake", "out"}}),
                  node("late", Kind::Processor, {{"right", "out"}}),
                  node("store", Kind::Sink, {{"left", "out"}, {"late", "out"}}),
                  node("bad", Kind::Sink, {{"left", "rejected"}})};
    return spec;
}

TEST(SvgLayout, EveryWayLeadsToTheRight) {
    const pipeline::PipelineSpec spec = diamond();
    const Layout layout{spec};
    for (const Way& way : layout.ways()) {
        const Box& from = layout.boxes()[way.from];
        EXPECT_GT(layout.boxes()[way.to].x, from.x + from.width);
    }
}

TEST(SvgLayout, NoTwoNodesOverlapAndAllAreInside) {
    const pipeline::PipelineSpec spec = diamond();
    const Layout layout{spec};
    for (std::size_t i = 0; i < layout.boxes().size(); ++i) {
        const Box& box = layout.boxes()[i];
        EXPECT_GE(box.y, 0);
        EXPECT_LE(box.y + kBoxHeight, layout.height());
        EXPECT_LE(box.x + box.width, layout.width());
        for (std::size_t j = 0; j < i; ++j) {
            const Box& other = layout.boxes()[j];
            const bool is_apart = box.x + box.width <= other.x || other.x + other.width <= box.x ||
                                  box.y + kBoxHeight <= other.y || other.y + kBoxHeight <= box.y;
            EXPECT_TRUE(is_apart) << i << " and " << j;
        }
    }
}

TEST(Svg, EscapesNamesAndLabelsPorts) {
    const std::string svg = draw_svg(diamond(), nullptr);
    EXPECT_THAT(svg, HasSubstr("a&lt;b"));
    EXPECT_THAT(svg, Not(HasSubstr("a<b")));
    EXPECT_THAT(svg, HasSubstr(">rejected</text>"));
    EXPECT_THAT(svg, HasSubstr("edge rejected"));
    EXPECT_THAT(svg, Not(HasSubstr("class=\"frame\"")));
}

TEST(Svg, FramesTheSegmentsOfAPlan) {
    const pipeline::PipelineSpec spec = diamond();
    const graph::Plan plan = graph::make_plan(spec);
    const std::string svg = draw_svg(spec, &plan);
    std::size_t frames = 0;
    for (std::size_t at = svg.find("class=\"frame\""); at != std::string::npos;
         at = svg.find("class=\"frame\"", at + 1)) {
        ++frames;
    }
    EXPECT_EQ(frames, plan.segments.size());
}

}  // namespace
}  // namespace aorta::app
