#include "validate/hl7v2/structure_check.hpp"

#include <algorithm>

namespace aorta::plugins::validate_hl7v2 {

namespace {

using hl7_definitions::Standing;

/// Continuations may stand at the end of any message.
bool is_continuation(std::string_view name) {
    return name == "DSC" || name == "ADD";
}

std::string_view text_of(std::string_view part) {
    return part == "\"\"" ? std::string_view{} : part;
}

}  // namespace

void StructureCheck::begin(const hl7::Message& message,
                           hl7_definitions::Version version,
                           Reporter& report) {
    message_ = &message;
    version_ = version;
    structure_ = nullptr;
    grouping_ = nullptr;
    choose(message, report);
    if (structure_ != nullptr) {
        grouping_ = &grouper_.run(message, *structure_);
    }
}

/// MSH-9.3 names the structure, unless it is one of another code.
void StructureCheck::choose(const hl7::Message& message, Reporter& report) {
    const hl7::Split type = message.components(message.field(0, 9));
    const std::string_view code = text_of(type.at(1));
    const std::string_view event = text_of(type.at(2));
    const std::string_view name = text_of(type.at(3));
    const auto by_event = hl7_definitions::find_structure(version_, code, event, {});
    const auto by_name = hl7_definitions::find_structure(version_, {}, {}, name);
    const bool is_site_type = code.starts_with('Z') || event.starts_with('Z');
    if (!by_event && !(is_site_type && by_name)) {
        check_type(code, event, report);
    }
    // Versions name the structures of a code differently; that of another code is none of them.
    const bool is_other =
        by_name && by_event && by_name->name != by_event->name && !by_name->name.starts_with(code);
    if (is_other || (!by_name && !name.empty() && !name.starts_with('Z'))) {
        report.at(Problem::UnsupportedStructure, 0, {.field = 9, .component = 3}, [&] {
            return by_event ? "HL7 has " + std::string{by_event->name} + " for this type and event"
                            : std::string{"HL7 has no structure of this name"};
        });
    }
    const auto& match = by_name && !is_other ? by_name : by_event;
    if (match) {
        const std::pair key{match->name.data(), match->syntax.data()};
        const auto known = structures_.find(key);
        structure_ = known != structures_.end()
                         ? &known->second
                         : &structures_.try_emplace(key, match->name, match->syntax).first->second;
    }
}

/// Of a type for which HL7 has no structure.
void StructureCheck::check_type(std::string_view code, std::string_view event, Reporter& report) {
    if (code.empty()) {
        return;  // a required field that is missing
    }
    const auto* const codes = hl7_definitions::find_table(76);
    const bool is_code = codes != nullptr && hl7_definitions::has_code(*codes, code);
    if (is_code && event.empty()) {
        report.at(Problem::UnsupportedEvent, 0, {.field = 9, .component = 2}, [] {
            return std::string{"a message of this type needs an event here"};
        });
        return;
    }
    report.at(is_code ? Problem::UnsupportedEvent : Problem::UnsupportedMessageType,
              0,
              {.field = 9, .component = is_code ? 2U : 1U},
              [&] {
                  return std::string{is_code ? "HL7 has no such event of this type"
                                             : "HL7 has no message of this type"} +
                         ": look at MSH-9, or name the structure of a message of your own "
                         "(Z…) in MSH-9.3";
              });
}

void StructureCheck::check(std::size_t segment, Reporter& report) const {
    const std::string_view name = message_->name(segment);
    if (message_->is_header(segment) && segment > 0) {
        report.at(Problem::SegmentSequenceError, segment, {}, [&] {
            return std::string{
                "a message begins with its header: send what follows as a message "
                "of its own"};
        });
        return;
    }
    if (grouping_ == nullptr) {
        return;
    }
    switch (grouping_->places[segment].standing) {
        case Standing::OutOfOrder:
            report.at(Problem::SegmentSequenceError, segment, {}, [&] { return place_of(name); });
            return;
        case Standing::TooMany:
            report.at(Problem::SegmentRepeated, segment, {}, [&] {
                return whole() + " has one " + std::string{name} + " here, this is one more";
            });
            return;
        case Standing::Unexpected:
            if (!is_continuation(name) && !known_.contains(name)) {
                report.at(Problem::UnexpectedSegment, segment, {}, [&] {
                    return whole() + " has no " + std::string{name} + " segment: leave it out";
                });
            }
            return;
        default:
            return;
    }
}

void StructureCheck::finish(Reporter& report) const {
    if (grouping_ == nullptr) {
        return;
    }
    for (const auto& missing : grouping_->missing) {
        const auto node = hl7_definitions::first_segment(*structure_, missing.node);
        const std::string_view name = structure_->node(node).name;
        if (!report.wants(Problem::RequiredSegmentMissing)) {
            return;
        }
        hl7::Path path;
        std::copy_n(name.begin(), 3, path.segment);
        std::uint32_t before = 0;
        for (auto at = message_->find(path.segment_name());
             at && *at <= grouping_->groups[missing.group].last;
             at = message_->find_from(path.segment_name(), *at + 1)) {
            ++before;
        }
        path.occurrence = before > 0 ? before + 1 : 0;
        report.missing(Problem::RequiredSegmentMissing, path, [&] {
            const std::string group =
                hl7_definitions::path_of(*structure_, *grouping_, missing.group);
            return "add " + std::string{name} + ", which " + whole() + " requires" +
                   (group.empty() ? "" : " in " + group);
        });
    }
}

/// Where the structure has a segment: behind which of those that the message has.
std::string StructureCheck::place_of(std::string_view name) const {
    const auto leaves = structure_->leaves(name);
    const std::uint16_t leaf = leaves.empty() ? std::uint16_t{0} : leaves.front();
    std::uint16_t before = leaf;
    while (before > 1 && (before == leaf || structure_->node(before).is_group ||
                          !message_->find(structure_->node(before).name.substr(0, 3)))) {
        --before;
    }
    return "in " + whole() + ", " + std::string{name} + " comes behind " +
           std::string{structure_->node(before).name} + ": move it there";
}

std::string StructureCheck::whole() const {
    return std::string{structure_->node(0).name} + " of HL7 " +
           std::string{hl7_definitions::name_of(version_)};
}

}  // namespace aorta::plugins::validate_hl7v2
