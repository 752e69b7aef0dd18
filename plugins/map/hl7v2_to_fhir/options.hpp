// The options of map_hl7v2_to_fhir, read and checked.
#pragma once

#include "map/hl7v2_to_fhir/bundle.hpp"
#include "map/hl7v2_to_fhir/mapper.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::map_hl7v2_to_fhir {

inline constexpr Option kSystemOptions[] = {
    {.name = "name",
     .summary = "of an assigning authority (namespace or universal id) or a coding system",
     .required = true,
     .example = "MPI"},
    {.name = "uri",
     .summary = "what stands for it as a system",
     .required = true,
     .example = "urn:oid:2.16.840.1.113883.19.5"},
};

inline constexpr Option kOptions[] = {
    {.name = "bundle",
     .summary =
         "type of the Bundle: message (MessageHeader first), transaction (created unless the "
         "identifier is known), or collection",
     .default_value = "message",
     .one_of = "message|transaction|collection"},
    {.name = "provenance",
     .type = Type::Bool,
     .summary = "write Provenance resources too, of the message and of what it says of itself",
     .default_value = "false"},
    {.name = "identifier_system",
     .summary = "system of an identifier by its assigning authority: namespace (as the guide has "
                "it; the universal id if there is none) or universal_id (urn:oid:…, urn:uuid:…, a "
                "URI; the namespace if there is none)",
     .default_value = "namespace",
     .one_of = "namespace|universal_id"},
    {.name = "systems",
     .type = Type::List,
     .summary = "URIs of the site's assigning authorities and coding systems",
     .default_value = "[]",
     .fields = kSystemOptions},
    {.name = "local_systems",
     .summary = "what stands before the name of a coding system whose URI is not known; empty "
                "leaves it out",
     .default_value = "urn:id:"},
    {.name = "zone",
     .summary = "zone of times that have none, in a message whose MSH-7 has none: UTC, an offset, "
                "or a name",
     .default_value = "UTC",
     .example = "Europe/Berlin"},
    {.name = "fold",
     .summary = "which of two instants the hour means that a clock shows twice",
     .default_value = "earliest",
     .one_of = "earliest|latest"},
    {.name = "report",
     .summary = "what became of each value, paths and reasons without values: none, attribute (of "
                "the bundle's record, by the name unmapped), or port (a record at unmapped)",
     .default_value = "none",
     .one_of = "none|attribute|port"},
};

enum class Report : std::uint8_t { None, Attribute, Port };

struct PluginConfig {
    MapperConfig mapper;
    BundleType bundle = BundleType::Message;
    Report report = Report::None;
};

/// What is wrong goes to `report`.
PluginConfig read_options(const Options& options, Diagnostics* report = nullptr);

}  // namespace aorta::plugins::map_hl7v2_to_fhir
