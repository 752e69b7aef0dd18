#include "deidentify/records/hl7v2/policy.hpp"

#include "common/hl7_definitions/definitions.hpp"

#include <algorithm>

namespace aorta::plugins::deidentify {

namespace {

std::string_view name_of(const SegmentPolicy& segment) {
    return {segment.name.data(), segment.name.size()};
}

bool is_before(const SegmentPolicy& segment, std::string_view name) {
    return name_of(segment) < name;
}

bool is_date(Treatment treatment) {
    return treatment == Treatment::Date || treatment == Treatment::Occurrence ||
           treatment == Treatment::Timing;
}

Treatment chosen(const FieldRule& rule, const PolicyConfig& config) {
    const Treatment treatment = rule.treatments[static_cast<std::size_t>(config.profile)];
    const Treatment strict = rule.treatments[0];
    if (is_date(strict)) {
        return strict;  // also when dates stay: whatever is none goes
    }
    switch (treatment) {
        case Treatment::Text:
            return config.text == TextMode::Drop        ? Treatment::Remove
                   : config.text == TextMode::KeepCodes ? Treatment::CodeOnly
                                                        : Treatment::ScrubbedCoded;
        case Treatment::FreeText:
            return config.text == TextMode::Scrub ? Treatment::Scrub : Treatment::Remove;
        default:
            return treatment;
    }
}

}  // namespace

Policy::Policy(const PolicyConfig& config) {
    for (const SegmentRules& rules : segment_rules()) {
        for (const FieldRule& rule : field_rules(rules)) {
            field({rules.name, 3}, rule.field).treatment = chosen(rule, config);
        }
    }
    for (const std::string& name : config.z_segments) {
        SegmentPolicy& whole = segment(name);
        whole.keeps_all = true;
        whole.other.treatment = Treatment::Keep;
    }
    for (const hl7::Path& path : config.keep) {
        field(path.segment_name(), path.field).treatment = Treatment::Keep;
    }
    for (const hl7::Path& path : config.remove) {
        field(path.segment_name(), path.field).treatment = Treatment::Remove;
    }
    // The first wins: it comes last.
    for (auto rule = config.rules.rbegin(); rule != config.rules.rend(); ++rule) {
        add(*rule);
    }
}

void Policy::add(const privacy::Rule& rule) {
    const OwnTreatment own{rule.treatment, rule.index};
    if (rule.selector == privacy::Rule::Selector::Type) {
        set_type(rule.selected, own);
        return;
    }
    if (rule.selector == privacy::Rule::Selector::Name) {
        SegmentPolicy& named = segment(rule.selected);
        named.fields.clear();
        named.keeps_all = own.treatment.action == privacy::Action::Keep;
        named.other = {.own = own};
        return;
    }
    const auto path = hl7::parse_path(rule.selected);
    if (!path.ok()) {
        return;  // of another format
    }
    FieldPolicy& at = field(path->segment_name(), path->field);
    if (path->component == 0) {
        at = {.treatment = at.treatment, .own = own};
    } else {
        at.parts.insert(at.parts.begin(), {path->component, own});
    }
}

void Policy::set_type(std::string_view type, const OwnTreatment& own) {
    value_types_.insert(value_types_.begin(), {std::string{type}, own});
    const auto wanted = hl7_definitions::find_type(type);
    if (!wanted) {
        return;
    }
    std::vector<std::string> names;
    for (const SegmentRules& rules : segment_rules()) {
        names.emplace_back(rules.name, 3);
    }
    for (const SegmentPolicy& named : segments_) {
        names.emplace_back(name_of(named));  // also those that only later rules name
    }
    for (const std::string& name : names) {
        for (const hl7_definitions::Field& row : hl7_definitions::fields_of(name)) {
            const bool is_delimiter = name == "MSH" && row.number <= 2;
            if (row.type == *wanted && !is_delimiter) {
                FieldPolicy& at = field(name, row.number);
                at = {.treatment = at.treatment, .own = own};
            }
        }
    }
}

SegmentPolicy& Policy::segment(std::string_view name) {
    auto at = std::lower_bound(segments_.begin(), segments_.end(), name, is_before);
    if (at == segments_.end() || name_of(*at) != name) {
        at = segments_.insert(at, SegmentPolicy{});
        std::copy_n(name.begin(), at->name.size(), at->name.begin());
    }
    return *at;
}

FieldPolicy& Policy::field(std::string_view name, std::size_t number) {
    SegmentPolicy& owner = segment(name);
    owner.keeps_all = false;
    if (owner.fields.size() <= number) {
        owner.fields.resize(number + 1, owner.other);
    }
    return owner.fields[number];
}

const SegmentPolicy* Policy::find(std::string_view name) const {
    const auto at = std::lower_bound(segments_.begin(), segments_.end(), name, is_before);
    return at != segments_.end() && name_of(*at) == name ? &*at : nullptr;
}

const OwnTreatment* Policy::find_value_type(std::string_view type) const {
    const auto found = std::find_if(value_types_.begin(),
                                    value_types_.end(),
                                    [&](const auto& each) { return each.first == type; });
    return found == value_types_.end() ? nullptr : &found->second;
}

char hipaa_class(const hl7::Path& path) {
    for (const SegmentRules& rules : segment_rules()) {
        if (std::string_view{rules.name, 3} != path.segment_name()) {
            continue;
        }
        for (const FieldRule& rule : field_rules(rules)) {
            if (rule.field == path.field) {
                return rule.hipaa_class;
            }
        }
    }
    return 'R';
}

}  // namespace aorta::plugins::deidentify
