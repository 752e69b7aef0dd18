// From an HL7 v2 message to the resources of FHIR R4 that HL7's v2-to-FHIR guide says.
#pragma once

#include "common/hl7/escape.hpp"
#include "map/hl7v2_to_fhir/condition.hpp"
#include "map/hl7v2_to_fhir/draft.hpp"
#include "map/hl7v2_to_fhir/message_view.hpp"
#include "map/hl7v2_to_fhir/source.hpp"
#include "map/hl7v2_to_fhir/values.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::map_hl7v2_to_fhir {

struct MapperConfig {
    bool with_provenance = false;
    /// Identifier systems: the universal id of an authority (OID, UUID) before its namespace.
    bool prefers_universal_id = false;
    std::map<std::string, std::string, std::less<>>
        systems;  ///< URI by name of authority or coding system
    /// What stands before the name of a coding system that has no known URI; empty: it is left out.
    std::string local_systems = "urn:id:";
    hl7_tables::ZoneRule zone;
};

/// Maps one message after the other, reusing its memory. One thread at a time.
class Mapper {
public:
    explicit Mapper(MapperConfig config) : config_(std::move(config)) {}

    /// Fills drafts() and account(), both valid until the next call, which borrow the message.
    /// False if it has too many values; then there are none.
    bool run(const hl7::Message& message);

    Drafts& drafts() { return drafts_; }

    Account& account() { return account_; }

    const Account& account() const { return account_; }

private:
    struct Instance {
        std::uint16_t type;
        std::uint32_t resource;
        std::uint32_t group;
        std::uint32_t segment;
    };

    struct LateLink {
        guide::Link link;
        std::uint32_t owner;
        std::uint32_t segment;
    };

    /// What a map of a data type takes over from the row that led to it.
    struct Inherited {
        guide::Kind kind = guide::Kind::Complex;
        std::uint16_t codes = 0;
        std::uint16_t concepts = 0;
    };

    void map_segment(std::size_t segment, const guide::MessageMap* map);
    std::vector<const guide::MessageRow*> rows_for(std::size_t segment,
                                                   const guide::MessageMap& map) const;
    void map_row(std::size_t segment, const guide::MessageRow& row, const guide::MessageMap& map);
    std::uint32_t instance_for(std::size_t segment,
                               const guide::MessageRow& row,
                               const guide::MessageMap& map);
    const Instance* find_instance(std::uint8_t variable, std::size_t segment) const;
    void link(std::size_t segment, const guide::MessageRow& row);
    void link_late();
    void add_subjects();
    void fields(std::size_t segment, const guide::Map& map, Cursor at);
    void each_component(std::size_t segment,
                        const guide::Row& row,
                        std::string_view whole,
                        Cursor at);
    void note_policy(std::size_t segment, const guide::Map& map);
    void components(const guide::Map& map,
                    const Situation& situation,
                    Cursor at,
                    const Inherited& from,
                    int depth);
    void apply(const guide::Row& row,
               const Situation& situation,
               const Source& value,
               Cursor at,
               const Inherited& from,
               int depth);
    void chain(const guide::Map& map, const Situation& situation, Cursor at, int depth);
    void copy(const guide::Row& row,
              const Situation& situation,
              const Source& value,
              Cursor at,
              const Inherited& from);
    void join(const guide::Row& row, const Situation& situation, const Source& value, Cursor at);
    void put(Cursor at, guide::Kind kind, std::string_view text, std::string_view raw);
    bool put_concept(Cursor at,
                     guide::Kind kind,
                     const guide::Concept& found,
                     const Situation& situation,
                     const guide::Row& row,
                     std::string_view raw);
    void put_member(Cursor at, std::uint16_t name, guide::Kind kind, std::string_view text);
    std::string system_of(std::string_view name) const;
    std::string authority_of(const Source& hd) const;
    std::string decoded(std::string_view raw, hl7::TextKind kind) const;

    MapperConfig config_;
    MessageView view_;
    Drafts drafts_;
    Account account_;
    Zones zones_;
    std::array<std::vector<Instance>, 256> instances_;  // by variable
    std::vector<LateLink> late_;
    std::uint32_t patient_ = kNone;  // the last one
    std::uint32_t first_patient_ = kNone;
};

}  // namespace aorta::plugins::map_hl7v2_to_fhir
