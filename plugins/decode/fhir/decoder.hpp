// Turning JSON into resources and the facts that the engine wants of each.
#pragma once

#include "common/fhir/tree_builder.hpp"
#include "decode/fhir/patient.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::decode_fhir {

inline constexpr std::string_view kNoResource = "fhir.no_resource";
inline constexpr std::string_view kTooManyParts = "fhir.too_many_parts";

struct DecoderConfig {
    bool splits_bundles = false;
    bool splits_lines = false;
    bool reads_event_time = true;
    KeyConfig key;
    std::size_t max_parts = 10000;
    fhir::TreeLimits limits;
};

struct Resource {
    std::string_view json;
    std::string_view type;  ///< resourceType
    std::string key;        ///< empty: none
    std::optional<std::int64_t> event_time_ns;
};

/// Reads one payload after the other, reusing its memory. One thread at a time.
class Decoder {
public:
    explicit Decoder(DecoderConfig config)
        : config_(std::move(config)), builder_(config_.limits), patients_(config_.key) {}

    /// What the other methods give is valid until the next call, as long as the payload is. Fails
    /// as fhir::TreeBuilder::build does, and with fhir.no_resource and fhir.too_many_parts; of
    /// several lines, all have to be good.
    Result<void> decode(std::string_view payload);

    /// True if the payload was a Bundle or lines that are to become records of their own.
    bool is_split() const { return is_split_; }

    /// The parts, perhaps none; or the payload's one resource.
    std::span<const Resource> resources() const { return resources_; }

    /// Entries of Bundles that were split and hold no resource.
    std::size_t empty_entries() const { return empty_entries_; }

    /// Of the payload, unless it was lines.
    const fhir::TreeBuilder& tree() const { return builder_; }

private:
    Result<void> decode_lines(std::string_view payload);
    Result<void> decode_text(std::string_view json);
    Result<void> add(const fhir::Element& resource, std::optional<std::int64_t> else_time_ns);
    Result<void> add_entries(const fhir::Element& bundle);

    DecoderConfig config_;
    fhir::TreeBuilder builder_;
    Patients patients_;
    std::vector<Resource> resources_;
    std::size_t empty_entries_ = 0;
    bool is_split_ = false;
};

}  // namespace aorta::plugins::decode_fhir
