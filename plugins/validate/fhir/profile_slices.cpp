// Which slice of a profile a value belongs to.
#include "validate/fhir/fhirpath_value.hpp"
#include "validate/fhir/profile_check.hpp"

#include <algorithm>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir::Element;
using fhir_definitions::Type;

/// The url of extension('url').
std::string_view argument_of(std::string_view step) {
    const std::size_t begin = step.find_first_of("'\"");
    const std::size_t end = step.find_last_of("'\"");
    return begin == std::string_view::npos || end <= begin
               ? std::string_view{}
               : step.substr(begin + 1, end - begin - 1);
}

}  // namespace

const ProfileNode* ProfileCheck::child_of(const ProfileNode& node, std::string_view name) const {
    const auto find = [&](const ProfileNode& in) -> const ProfileNode* {
        const auto found = std::find_if(in.children.begin(),
                                        in.children.end(),
                                        [&](const auto& each) { return each.name == name; });
        return found == in.children.end() ? nullptr : &*found;
    };
    if (const ProfileNode* const own = find(node)) {
        return own;
    }
    const Profile* const profile =
        node.profiles.size() == 1 ? profiles_.find(node.profiles[0]) : nullptr;
    return profile != nullptr ? find(profile->root) : nullptr;
}

void ProfileCheck::slices(const ProfileNode& node, const Instances& instances) {
    std::vector<std::size_t> counts(node.slices.size());
    for (const Instance& each : instances) {
        bool is_found = false;
        for (std::size_t i = 0; i < node.slices.size() && !is_found; ++i) {
            const Match match = matches(node, node.slices[i], each.value);
            if (match == Match::Unknown) {
                return;  // what the slices are cannot be told here
            }
            is_found = match == Match::Yes;
            counts[i] += is_found ? 1 : 0;
            if (is_found) {
                enter(each);
                element(node.slices[i], each.value);
                report_.place.leave();
            }
        }
        if (!is_found && node.is_closed) {
            enter(each);
            report_.add(Problem::ProfileSlice,
                        [] { return std::string{"the profile has no slice for this value"}; });
            report_.place.leave();
        }
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const ProfileNode& slice = node.slices[i];
        if (counts[i] < slice.min || counts[i] > slice.max) {
            report_.place.enter(node.name);
            report_.add(Problem::ProfileSlice, [&] {
                return "slice " + slice.name + " has " + std::to_string(slice.min) + " to " +
                       (slice.max == UINT32_MAX ? "any number" : std::to_string(slice.max));
            });
            report_.place.leave();
        }
    }
}

ProfileCheck::Match ProfileCheck::matches(const ProfileNode& node,
                                          const ProfileNode& slice,
                                          const TypedElement& value) const {
    if (node.discriminators.empty()) {
        // Slices of a choice are told apart by type, stated or not; extensions by url.
        if (value.type == Type::Extension) {
            return matches({DiscriminatorKind::Value, {"url"}}, slice, value);
        }
        return slice.types.size() == 1 ? at_end({DiscriminatorKind::Type, {}}, slice, value)
                                       : Match::Unknown;
    }
    for (const Discriminator& by : node.discriminators) {
        if (const Match match = matches(by, slice, value); match != Match::Yes) {
            return match;
        }
    }
    return Match::Yes;
}

ProfileCheck::Match ProfileCheck::matches(const Discriminator& by,
                                          const ProfileNode& slice,
                                          const TypedElement& value) const {
    if (by.kind == DiscriminatorKind::Profile) {
        return Match::Unknown;
    }
    return along(by, 0, slice, value);
}

ProfileCheck::Match ProfileCheck::along(const Discriminator& by,
                                        std::size_t step,
                                        const ProfileNode& node,
                                        const TypedElement& value) const {
    if (by.kind == DiscriminatorKind::Value) {
        if (node.fixed) {
            return is_same(node.fixed, value.element) ? Match::Yes : Match::No;
        }
        if (node.pattern) {
            return has_pattern(node.pattern, value.element) ? Match::Yes : Match::No;
        }
    }
    if (step == by.path.size()) {
        return at_end(by, node, value);
    }
    const std::string_view part = by.path[step];
    if (part == "resolve()") {
        return Match::Unknown;
    }
    if (part.starts_with("ofType(")) {
        return along(by, step + 1, node, value);
    }
    const bool is_extension = part.starts_with("extension(");
    const std::string_view name = is_extension ? "extension" : part;
    if (name == "url" && value.type == Type::Extension && node.profiles.size() == 1) {
        std::string scratch;
        return value.element["url"].text(scratch) == node.profiles[0] ? Match::Yes : Match::No;
    }
    const ProfileNode* child = child_of(node, name);
    if (child == nullptr) {
        return Match::Unknown;
    }
    std::vector<TypedElement> values;
    values_of(value, name, values);
    if (is_extension) {
        const std::string_view url = argument_of(part);
        std::erase_if(values,
                      [&](const TypedElement& each) { return each.element["url"].raw() != url; });
        const auto slice =
            std::find_if(child->slices.begin(), child->slices.end(), [&](const ProfileNode& each) {
                return each.profiles.size() == 1 && each.profiles[0] == url;
            });
        if (slice == child->slices.end()) {
            return Match::Unknown;
        }
        child = &*slice;
    }
    if (by.kind == DiscriminatorKind::Exists && step + 1 == by.path.size()) {
        return values.empty() ? (child->min == 0 ? Match::Yes : Match::No)
                              : (child->max > 0 ? Match::Yes : Match::No);
    }
    Match best = Match::No;
    for (const TypedElement& each : values) {
        const Match match = along(by, step + 1, *child, each);
        if (match == Match::Yes) {
            return match;
        }
        best = match == Match::Unknown ? match : best;
    }
    return best;
}

ProfileCheck::Match ProfileCheck::at_end(const Discriminator& by,
                                         const ProfileNode& node,
                                         const TypedElement& value) const {
    if (by.kind != DiscriminatorKind::Type) {
        return satisfies(node, value);
    }
    if (node.types.empty()) {
        return Match::Unknown;
    }
    const bool is_one =
        std::any_of(node.types.begin(), node.types.end(), [&](const std::string& name) {
            const auto type = fhir_definitions::find_type(name);
            return type && fhir_definitions::is_a(value.type, *type);
        });
    return is_one ? Match::Yes : Match::No;
}

/// Whether a value has what the profile fixes at a node and below; Unknown if it fixes nothing.
ProfileCheck::Match ProfileCheck::satisfies(const ProfileNode& node,
                                            const TypedElement& value) const {
    if (node.fixed) {
        return is_same(node.fixed, value.element) ? Match::Yes : Match::No;
    }
    if (node.pattern) {
        return has_pattern(node.pattern, value.element) ? Match::Yes : Match::No;
    }
    Match all = Match::Unknown;
    if (!node.value_set.empty()) {
        bool is_known = false;
        if (!is_bound(node, value, is_known)) {
            return Match::No;
        }
        all = is_known ? Match::Yes : Match::Unknown;
    }
    const auto check = [&](const ProfileNode& child, std::string_view name, bool must_be_there) {
        std::vector<TypedElement> values;
        values_of(value, name, values);
        Match best = values.empty() && must_be_there ? Match::No : Match::Unknown;
        for (const TypedElement& each : values) {
            const Match match = satisfies(child, each);
            if (match == Match::Yes) {
                return match;
            }
            best = match == Match::No ? match : best;
        }
        return best;
    };
    for (const ProfileNode& child : node.children) {
        Match match = check(child, child.name, false);
        for (const ProfileNode& slice : child.slices) {
            if (slice.min > 0 && match != Match::No) {
                const Match own = check(slice, child.name, true);
                match = own == Match::Unknown ? match : own;
            }
        }
        if (match == Match::No) {
            return Match::No;
        }
        all = match == Match::Yes ? match : all;
    }
    return all;
}

}  // namespace aorta::plugins::validate_fhir
