#include "deidentify/hl7v2/policy.hpp"

#include <algorithm>

namespace aorta::plugins::deidentify {

namespace {

std::string_view name_of(const SegmentPolicy& segment) {
    return {segment.name.data(), segment.name.size()};
}

bool is_before(const SegmentPolicy& segment, std::string_view name) {
    return name_of(segment) < name;
}

Treatment chosen(const FieldRule& rule, const PolicyConfig& config) {
    const Treatment treatment =
        config.profile == Profile::SafeHarbor ? rule.safe_harbor : rule.limited_data_set;
    if (treatment == Treatment::Text) {
        return config.keep_text_codes ? Treatment::CodeOnly : Treatment::Remove;
    }
    return treatment;
}

}  // namespace

Policy::Policy(const PolicyConfig& config) : profile_(config.profile) {
    for (const SegmentRules& rules : segment_rules()) {
        SegmentPolicy& made = segment({rules.name, 3});
        for (const FieldRule& rule : field_rules(rules)) {
            made.fields.resize(rule.field, Treatment::Remove);
            made.fields.push_back(chosen(rule, config));
        }
    }
    for (const std::string& name : config.z_segments) {
        segment(name).keeps_all = true;
    }
    for (const hl7::Path& path : config.keep) {
        set(path, Treatment::Keep);
    }
    for (const hl7::Path& path : config.remove) {
        set(path, Treatment::Remove);
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

void Policy::set(const hl7::Path& path, Treatment treatment) {
    std::vector<Treatment>& fields = segment(path.segment_name()).fields;
    if (fields.size() <= path.field) {
        fields.resize(path.field + 1, Treatment::Remove);
    }
    fields[path.field] = treatment;
}

const SegmentPolicy* Policy::find(std::string_view name) const {
    const auto at = std::lower_bound(segments_.begin(), segments_.end(), name, is_before);
    return at != segments_.end() && name_of(*at) == name ? &*at : nullptr;
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
