// Segments against the structure of their message: what is missing, out of order, too many.
#pragma once

#include "common/hl7_definitions/definitions.hpp"
#include "common/hl7_definitions/grouping.hpp"
#include "validate/hl7v2/findings.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace aorta::plugins::validate_hl7v2 {

/// One thread at a time.
class StructureCheck {
public:
    /// `known` are segments of the site: they stand anywhere, as Z segments do.
    explicit StructureCheck(std::set<std::string, std::less<>> known) : known_(std::move(known)) {}

    /// Chooses the structure by MSH-9 and groups the message. Reports an unknown type.
    void begin(const hl7::Message& message, hl7_definitions::Version version, Reporter& report);
    /// How a segment stands.
    void check(std::size_t segment, Reporter& report) const;
    /// What the message lacks.
    void finish(Reporter& report) const;

private:
    static void check_type(std::string_view code, std::string_view event, Reporter& report);
    void choose(const hl7::Message& message, Reporter& report);
    std::string place_of(std::string_view name) const;
    std::string whole() const;

    std::set<std::string, std::less<>> known_;
    const hl7::Message* message_ = nullptr;
    hl7_definitions::Version version_{};
    /// By name and syntax, which are never freed: a few kilobytes each, as many as HL7 has.
    std::map<std::pair<const char*, const char*>, hl7_definitions::Structure> structures_;
    const hl7_definitions::Structure* structure_ = nullptr;  // null: unknown
    hl7_definitions::Grouper grouper_;
    const hl7_definitions::Grouping* grouping_ = nullptr;
};

}  // namespace aorta::plugins::validate_hl7v2
