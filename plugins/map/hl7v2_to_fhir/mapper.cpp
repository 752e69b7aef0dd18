#include "map/hl7v2_to_fhir/mapper.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7_tables/date_time.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace aorta::plugins::map_hl7v2_to_fhir {

using guide::Action;
using guide::Kind;
using guide::MessageMap;
using guide::MessageRow;

bool Mapper::run(const hl7::Message& message) {
    drafts_.clear();
    if (!account_.open(message)) {
        return false;
    }
    view_.open(message);
    for (std::vector<Instance>& of_variable : instances_) {
        of_variable.clear();
    }
    late_.clear();
    patient_ = kNone;
    first_patient_ = kNone;
    const auto sent = hl7_tables::parse_date_time(message.get(0, {.field = 7, .component = 1}).raw);
    zones_ = {sent ? sent->zone_minutes : std::nullopt, config_.zone};
    const MessageMap* map = guide::find_message(view_.structure());
    for (std::size_t segment = 0; segment < message.segment_count(); ++segment) {
        map_segment(segment, map);
    }
    link_late();
    add_subjects();
    for (const std::string_view piece : drafts_.finish()) {
        account_.take_back(piece, Outcome::Unfit);
    }
    return true;
}

namespace {

std::vector<const MessageRow*> of_segment(const MessageMap& map, std::string_view name) {
    std::vector<const MessageRow*> found;
    for (const MessageRow& row : guide::rows(map)) {
        if (guide::text(row.segment) == name) {
            found.push_back(&row);
        }
    }
    return found;
}

std::vector<const MessageRow*> of_group(const std::vector<const MessageRow*>& rows,
                                        std::string_view group) {
    std::vector<const MessageRow*> found;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(found), [&](const MessageRow* row) {
        return guide::text(row->group) == group;
    });
    return found;
}

}  // namespace

std::vector<const MessageRow*> Mapper::rows_for(std::size_t segment, const MessageMap& map) const {
    const std::vector<const MessageRow*> all = of_segment(map, view_.message().name(segment));
    std::vector<const MessageRow*> found;
    for (std::uint32_t group = view_.group_of(segment); found.empty() && group != 0;
         group = view_.parent_of(group)) {
        found = of_group(all, view_.group_name(group));
    }
    if (found.empty()) {
        found = of_group(all, ":" + std::string{view_.anchor_of(segment)});
    }
    if (found.empty()) {
        found = of_group(all, "");
    }
    const bool has_one_place = std::all_of(all.begin(), all.end(), [&](const MessageRow* row) {
        return row->group == all.front()->group;
    });
    if (found.empty() && has_one_place) {
        found = all;
    }
    const std::size_t last_block = std::accumulate(
        found.begin(), found.end(), std::size_t{0}, [](std::size_t most, const MessageRow* row) {
            return std::max<std::size_t>(most, row->block);
        });
    if (last_block > 0) {
        const std::size_t block = std::min(view_.block_of(segment), last_block);
        std::erase_if(found, [&](const MessageRow* row) { return row->block != block; });
    }
    return found;
}

void Mapper::map_segment(std::size_t segment, const MessageMap* map) {
    std::vector<const MessageRow*> rows;
    const bool is_known =
        map != nullptr && !of_segment(*map, view_.message().name(segment)).empty();
    if (is_known) {
        rows = rows_for(segment, *map);
    } else {
        rows = of_segment(guide::any_message(), view_.message().name(segment));
    }
    if (!rows.empty()) {
        account_.mark_segment(view_.message(), segment, Outcome::NoElement);
    }
    for (const MessageRow* row : rows) {
        map_row(segment, *row, map == nullptr ? guide::any_message() : *map);
    }
}

void Mapper::map_row(std::size_t segment, const MessageRow& row, const MessageMap& map) {
    const guide::Map& table = guide::kMaps[row.map];
    const auto condition = guide::condition(row.condition, row.condition_count);
    if (!holds(condition, view_, {.segment = segment}, account_)) {
        return;
    }
    if (!config_.with_provenance && guide::type_name(row.type) == "Provenance") {
        note_policy(segment, table);
        return;
    }
    const std::uint32_t resource = instance_for(segment, row, map);
    fields(segment, table, {drafts_.resources()[resource].root, resource});
    link(segment, row);
}

std::uint32_t Mapper::instance_for(std::size_t segment,
                                   const MessageRow& row,
                                   const MessageMap& map) {
    const auto own = [&](const MessageRow& each) { return each.variable == row.variable; };
    const auto first_of = [&](const MessageMap& of) {
        const auto rows = guide::rows(of);
        const auto first = std::find_if(rows.begin(), rows.end(), own);
        return first == rows.end() ? std::string_view{} : guide::text(first->segment);
    };
    const std::string_view in_map = first_of(map);
    const std::string_view creator = in_map.empty() ? first_of(guide::any_message()) : in_map;
    const Instance* known = find_instance(row.variable, segment);
    const bool continues = view_.message().name(segment) != creator ||
                           guide::type_name(row.type) == "Bundle";  // one, even with two MSH
    if (known != nullptr && (known->segment == segment || continues)) {
        return known->resource;
    }
    const std::uint32_t made = drafts_.add(row.type, kNone, patient_);
    if (guide::type_name(row.type) == "Patient") {
        drafts_.resources()[made].is_kept = true;
        patient_ = made;
        first_patient_ = first_patient_ == kNone ? made : first_patient_;
    }
    instances_[row.variable].push_back({row.type,
                                        made,
                                        view_.repeating(view_.group_of(segment)),
                                        static_cast<std::uint32_t>(segment)});
    return made;
}

const Mapper::Instance* Mapper::find_instance(std::uint8_t variable, std::size_t segment) const {
    // Groups come one after the other, so only the last ones can be around a segment.
    constexpr std::size_t kMaxLookedAt = 16;
    const std::uint32_t group = view_.group_of(segment);
    const std::vector<Instance>& all = instances_[variable];
    for (std::size_t i = 0; i < std::min(all.size(), kMaxLookedAt); ++i) {
        const Instance& each = all[all.size() - 1 - i];
        if (view_.is_within(group, each.group)) {
            return &each;
        }
    }
    return nullptr;
}

void Mapper::link(std::size_t segment, const MessageRow& row) {
    for (std::size_t i = 0; i < row.link_count; ++i) {
        const guide::Link& link = guide::kLinks[row.links + i];
        const Instance* owner = find_instance(link.owner, segment);
        const Instance* target = find_instance(link.target, segment);
        if (owner == nullptr || target == nullptr) {
            late_.push_back({link,
                             owner == nullptr ? kNone : owner->resource,
                             static_cast<std::uint32_t>(segment)});
            continue;
        }
        const Cursor at = drafts_.walk({drafts_.resources()[owner->resource].root, owner->resource},
                                       guide::steps(link.steps, link.step_count),
                                       {static_cast<std::uint32_t>(segment)});
        if (at.node != kNone) {
            drafts_.refer(at.node, target->resource);
        }
    }
}

// References to what comes later in the message, such as the patient of an appointment.
void Mapper::link_late() {
    const auto first_of = [&](std::uint8_t variable) {
        return instances_[variable].empty() ? kNone : instances_[variable].front().resource;
    };
    for (const LateLink& late : late_) {
        const std::uint32_t owner = late.owner == kNone ? first_of(late.link.owner) : late.owner;
        const std::uint32_t target = first_of(late.link.target);
        if (owner != kNone && target != kNone) {
            const Cursor at = drafts_.walk({drafts_.resources()[owner].root, owner},
                                           guide::steps(late.link.steps, late.link.step_count),
                                           {late.segment});
            if (at.node != kNone) {
                drafts_.refer(at.node, target);
            }
        }
    }
}

void Mapper::add_subjects() {
    if (first_patient_ == kNone) {
        return;
    }
    for (std::uint32_t i = 0; i < drafts_.resources().size(); ++i) {
        const Resource resource = drafts_.resources()[i];
        const auto* const end = guide::kSubjects + guide::kSubjectCount;
        const auto* const subject =
            std::find_if(guide::kSubjects, end, [&](const guide::Subject& each) {
                return each.type == resource.type;
            });
        if (subject == end) {
            continue;
        }
        const auto steps = guide::steps(subject->steps, subject->step_count);
        if (drafts_.find(resource.root, steps.front().name) == kNone) {
            const Cursor at = drafts_.walk({resource.root, i}, steps, {});
            drafts_.refer(at.node, resource.patient == kNone ? first_patient_ : resource.patient);
        }
    }
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
