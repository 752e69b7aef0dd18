// Bundles of FHIR R4 as JSON text.
#pragma once

#include "map/hl7v2_to_fhir/draft.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::map_hl7v2_to_fhir {

/// What an element holds that FHIR demands and the message does not say.
inline constexpr std::string_view kAbsent =
    "{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\","
    "\"valueCode\":\"unknown\"}]}";

enum class BundleType : std::uint8_t { Message, Transaction, Collection };

/// Appends the name of a member and what parts it from the one before.
void append_name(std::string_view name, bool& is_first, std::string& out);

/// Writes one bundle after the other, reusing its memory. One thread at a time.
class BundleWriter {
public:
    explicit BundleWriter(BundleType type) : type_(type) {}

    /// One line of JSON, valid until the next call. Ids are made from `payload`: the same message
    /// has the same ids. Resources of one meaning are merged.
    std::string_view write(Drafts& drafts, std::string_view payload);

    /// How many resources the last bundle has.
    std::size_t size() const { return order_.size(); }

private:
    void order(const Drafts& drafts);
    void merge(Drafts& drafts);
    void write_request(const Drafts& drafts, const Resource& resource, std::string& out) const;
    void write_resource(const Drafts& drafts,
                        std::uint32_t resource,
                        bool with_id,
                        std::string& out);
    void write_members(
        const Drafts& drafts, std::uint32_t node, bool is_first, std::string& out, int depth);
    void write_element(const Drafts& drafts, std::uint32_t node, std::string& out, int depth);
    void write_primitives(const Drafts& drafts,
                          const std::vector<std::uint32_t>& nodes,
                          bool is_list,
                          std::string_view name,
                          std::string& out,
                          int depth);
    void write_required(const Drafts& drafts, std::uint32_t node, bool is_first, std::string& out);
    void make_ids(const Drafts& drafts);
    const std::string& id_of(const Drafts& drafts, std::uint32_t resource) const;

    BundleType type_;
    std::array<std::uint64_t, 2> seed_{};
    std::vector<std::string> ids_;  // by resource
    std::vector<std::uint32_t> order_;
    std::string text_;
};

}  // namespace aorta::plugins::map_hl7v2_to_fhir
