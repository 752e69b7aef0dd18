// The JSON Schema of pipeline files, for editors.
#pragma once

#include "config/descriptor.hpp"
#include "config/value.hpp"

namespace aorta::config {

/// JSON Schema draft 7 of a pipeline file with the plugins of a catalog: the plugin that a node
/// names decides (if/then) which keys `with` has. Print it with to_json_pretty.
Value pipeline_schema(const Catalog& catalog);

/// The schema of one option, as it stands in pipeline_schema.
Value option_schema(const Option& option);

}  // namespace aorta::config
