// Any bytes as a pipeline file: no crash, no hang, no spec together with errors.
#include "fake_catalog.hpp"
#include "pipeline/load.hpp"
#include "pipeline/show.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const aorta::config::Catalog catalog = aorta::pipeline::fake_catalog();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    aorta::pipeline::LoadOptions options;
    options.environment.set_text("PORT", "2575", aorta::config::Origin::Kind::Environment);
    options.unset = size % 2 == 0 ? aorta::pipeline::Unset::Error : aorta::pipeline::Unset::Warning;
    // No such folder: fragments and secrets are not found, nothing is opened.
    const auto loaded =
        aorta::pipeline::load_text(text, "/nonexistent/fuzz/p.yaml", catalog, options);
    if (loaded.spec.has_value() == loaded.diagnostics.has_errors()) {
        std::abort();
    }
    (void)loaded.diagnostics.to_json();
    (void)aorta::pipeline::show(loaded.resolved);
    return 0;
}
