// Fields against their definition: there at all, how often, of which form, how long, which codes.
#pragma once

#include "common/hl7_definitions/definitions.hpp"
#include "validate/hl7v2/findings.hpp"

#include <optional>

namespace aorta::plugins::validate_hl7v2 {

/// One thread at a time.
class FieldCheck {
public:
    /// `observation_type` is the type of an OBX-5 whose OBX-2 is empty or unknown; without one such
    /// an OBX-2 is itself wrong.
    explicit FieldCheck(std::optional<hl7_definitions::Type> observation_type)
        : observation_type_(observation_type) {}

    void begin(const hl7::Message& message, hl7_definitions::Version version) {
        message_ = &message;
        version_ = version;
    }

    /// A segment that HL7 does not know is not checked.
    void check(std::size_t segment, Reporter& report);

private:
    /// A field, or a component of it, and where it is.
    struct Place {
        std::size_t segment;
        hl7::Path path;
        const hl7_definitions::Field* definition;
        hl7_definitions::Type type;
        std::uint16_t table;
    };

    void check_field(std::size_t segment,
                     const hl7_definitions::Field& field,
                     std::string_view value,
                     Reporter& report);
    void check_missing(std::size_t segment, const hl7_definitions::Field& field, Reporter& report);
    void check_observation(std::size_t segment, std::string_view value, Reporter& report);
    void check_repetition(const Place& place, std::string_view value, Reporter& report);
    void check_components(const Place& place, std::string_view value, Reporter& report);
    void check_single(const Place& place, std::string_view value, Reporter& report);
    void check_beyond(const Place& place,
                      const hl7::Split& parts,
                      std::uint32_t number,
                      Reporter& report) const;
    void check_simple(const Place& place, std::string_view value, Reporter& report);
    void check_code(const Place& place, std::string_view value, Reporter& report);
    void check_coded(const Place& place, std::string_view value, Reporter& report);
    void check_structured_number(const Place& place, std::string_view value, Reporter& report);
    void check_encapsulated(const Place& place, std::string_view value, Reporter& report);
    void wrong_form(const Place& place, Reporter& report) const;

    std::optional<hl7_definitions::Type> observation_type_;
    const hl7::Message* message_ = nullptr;
    hl7_definitions::Version version_{};
};

}  // namespace aorta::plugins::validate_hl7v2
