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

void StructureCheck::choose(const hl7::Message& message, Reporter& report) {
    const hl7::Split type = message.components(message.field(0, 9));
    const std::string_view code = text_of(type.at(1));
    const std::string_view event = text_of(type.at(2));
    const auto match = hl7_definitions::find_structure(version_, code, event, text_of(type.at(3)));
    if (match) {
        const std::pair key{match->name.data(), match->syntax.data()};
        const auto known = structures_.find(key);
        structure_ = known != structures_.end()
                         ? &known->second
                         : &structures_.try_emplace(key, match->name, match->syntax).first->second;
        return;
    }
    if (code.empty()) {
        return;  // a required field that is missing
    }
    const auto* const codes = hl7_definitions::find_table(76);
    const bool is_code = codes != nullptr && hl7_definitions::has_code(*codes, code);
    report.at(is_code ? Problem::UnsupportedEvent : Problem::UnsupportedMessageType,
              0,
              {.field = 9, .component = is_code ? 2U : 1U},
              [] {
                  return std::string{
                      "HL7 has no structure for this type and event: look at MSH-9, or name the "
                      "structure in MSH-9.3"};
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
