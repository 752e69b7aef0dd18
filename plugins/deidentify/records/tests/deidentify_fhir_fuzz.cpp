// Any resource with canaries in its texts where nothing may stay: what comes out is JSON, a
// resource, without canary, and the same when it is de-identified once more.
#include "common/fhir/tree_builder.hpp"
#include "deidentify/records/fhir/deidentifier.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace aorta::plugins::deidentify;  // NOLINT(google-build-using-namespace): one subject
namespace fhir = aorta::fhir;
namespace privacy = aorta::privacy;

constexpr std::string_view kCanary = "C4N4RY of 77 Oak";

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Members that no profile keeps, in front of those that the resource has.
std::string planted(const fhir::Tree& tree) {
    const fhir::Element root = tree.root();
    const std::string_view type = root["resourceType"].raw();
    std::string out = R"({"resourceType":")";
    out += type;
    out += '"';
    for (const fhir::Element member : root.children()) {
        if (member.name() != "resourceType") {
            const bool is_text = member.is(fhir::Kind::String);
            out.append(",\"").append(member.name()).append("\":");
            out.append(is_text ? "\"" : "").append(member.raw()).append(is_text ? "\"" : "");
        }
    }
    for (const char* name : {"xylem", "_xylem", "fhir_comments"}) {
        out.append(",\"").append(name).append("\":\"").append(kCanary).append("\"");
    }
    return out + "}";
}

ResourceDeidentifier deidentifier(std::uint8_t flavour) {
    // Compiling its patterns takes longer than any input.
    static const auto kScrubber =
        std::make_shared<const privacy::Scrubber>(std::move(*privacy::Scrubber::make({})));
    const auto profile = static_cast<privacy::Profile>(flavour % 3);
    return {{.profile = profile, .dates = static_cast<DateMode>(flavour / 3 % 3)},
            std::make_shared<privacy::Protector>(
                privacy::ProtectorConfig{.secret = "secret"}, privacy::Tokens{8}, kScrubber)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 20000) {
        return 0;
    }
    const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
    fhir::TreeBuilder builder;
    if (payload.find("C4N4RY") != std::string_view::npos || !builder.build(payload).ok() ||
        !builder.tree().root().is(fhir::Kind::Object)) {
        return 0;
    }
    const std::string text = planted(builder.tree());
    if (!builder.build(text).ok()) {
        return 0;  // a name that was planted was there
    }
    ResourceDeidentifier made = deidentifier(data[0]);
    std::string once;
    if (!made.run(builder.tree(), {1, 2}, 20240615, once).ok()) {
        return 0;  // no resource
    }
    require(once.find("C4N4RY") == std::string::npos);
    require(builder.build(once).ok());
    require(builder.tree().root()["resourceType"].is(fhir::Kind::String));
    std::string twice;
    require(made.run(builder.tree(), {1, 2}, 20240615, twice).ok());
    require(builder.build(twice).ok());
    return 0;
}
