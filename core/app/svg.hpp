// A pipeline as a picture.
#pragma once

#include "graph/plan.hpp"

#include <string>

namespace aorta::app {

/// An SVG that stands alone: layers from left to right, sources first, ports on the arrows,
/// `rejected` ways dashed. With a plan, a frame around the nodes of each segment. Follows the
/// viewer's light or dark scheme.
std::string draw_svg(const pipeline::PipelineSpec& spec, const graph::Plan* maybe_plan);

}  // namespace aorta::app
