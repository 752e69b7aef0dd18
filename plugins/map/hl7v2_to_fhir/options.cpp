#include "map/hl7v2_to_fhir/options.hpp"

namespace aorta::plugins::map_hl7v2_to_fhir {

PluginConfig read_options(const Options& options, Diagnostics* report) {
    PluginConfig config;
    const std::string_view bundle = options["bundle"].text();
    config.bundle = bundle == "transaction"  ? BundleType::Transaction
                    : bundle == "collection" ? BundleType::Collection
                                             : BundleType::Message;
    config.mapper.with_provenance = options["provenance"].flag();
    config.mapper.prefers_universal_id = options["identifier_system"].text() == "universal_id";
    config.mapper.local_systems = options["local_systems"].text();
    const Options systems = options["systems"];
    for (std::size_t i = 0; i < systems.size(); ++i) {
        const Options system = systems.item(i);
        const bool is_new =
            config.mapper.systems
                .emplace(std::string{system["name"].text()}, std::string{system["uri"].text()})
                .second;
        if (!is_new && report != nullptr) {
            report->error(system["name"], "the name has a URI already");
        }
    }
    const Options zone = options["zone"];
    const auto found = hl7_tables::Zone::find(zone.text());
    if (!found && report != nullptr) {
        report->error(zone,
                      "not a zone: UTC, an offset such as +01:00, or a name such as Europe/Berlin "
                      "that the system's tzdata knows");
    }
    config.mapper.zone.configured = found.value_or(hl7_tables::Zone{});
    config.mapper.zone.fold =
        options["fold"].text() == "latest" ? hl7_tables::Fold::Latest : hl7_tables::Fold::Earliest;
    const std::string_view account = options["report"].text();
    config.report = account == "port"        ? Report::Port
                    : account == "attribute" ? Report::Attribute
                                             : Report::None;
    return config;
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
