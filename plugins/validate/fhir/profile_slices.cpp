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

/// The values that an object has for a node of a profile.
template <class Visit>
void each_own(const TypedElement& value,
              const ProfileNode& node,
              std::string_view name,
              Visit&& visit) {
    if (node.row != nullptr && node.parent == value.type) {
        each_value(value, *node.row, [&](const TypedElement& own, std::uint32_t) { visit(own); });
    } else {
        each_value(
            value, name, [&](const TypedElement& own, const auto&, std::uint32_t) { visit(own); });
    }
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

void ProfileCheck::slices(const ProfileNode& node, std::size_t first, std::size_t behind) {
    const std::size_t base = counts_.size();
    counts_.resize(base + node.slices.size());
    bool is_known = true;  // else what the slices are cannot be told here
    for (std::size_t i = first; i < behind && is_known; ++i) {
        const Instance each = instances_[i];
        is_known = slice(node, each, base);
    }
    for (std::size_t i = 0; i < node.slices.size() && is_known; ++i) {
        const ProfileNode& slice = node.slices[i];
        const std::uint32_t count = counts_[base + i];
        if (count < slice.min || count > slice.max) {
            report_.place.enter(node.name);
            report_.add(Problem::ProfileSlice, [&] {
                return "slice " + slice.name + " has " + std::to_string(slice.min) + " to " +
                       (slice.max == UINT32_MAX ? "any number" : std::to_string(slice.max));
            });
            report_.place.leave();
        }
    }
    counts_.resize(base);
}

/// Finds and checks the slice of a value; false if that cannot be told.
bool ProfileCheck::slice(const ProfileNode& node, const Instance& instance, std::size_t counts) {
    for (std::size_t i = 0; i < node.slices.size(); ++i) {
        const Match match = matches(node, node.slices[i], instance.value);
        if (match == Match::Unknown) {
            return false;
        }
        if (match == Match::Yes) {
            ++counts_[counts + i];
            enter(instance);
            element(node.slices[i], instance.value);
            report_.place.leave();
            return true;
        }
    }
    if (node.is_closed) {
        enter(instance);
        report_.add(Problem::ProfileSlice,
                    [] { return std::string{"the profile has no slice for this value"}; });
        report_.place.leave();
    }
    return true;
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
    Match all = Match::Open;
    for (const Discriminator& by : node.discriminators) {
        const Match match = matches(by, slice, value);
        if (match == Match::No || match == Match::Unknown) {
            return match;
        }
        all = match == Match::Yes ? match : all;
    }
    return all == Match::Open ? Match::Unknown : all;
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
        return Match::Open;
    }
    std::string_view url;
    if (is_extension) {
        url = argument_of(part);
        const auto slice =
            std::find_if(child->slices.begin(), child->slices.end(), [&](const ProfileNode& each) {
                return each.profiles.size() == 1 && each.profiles[0] == url;
            });
        if (slice == child->slices.end()) {
            return Match::Unknown;
        }
        child = &*slice;
    }
    std::size_t count = 0;
    const bool is_last = step + 1 == by.path.size();
    const auto any_along = [&](const ProfileNode& next) {
        Match best = Match::No;
        each_own(value, *child, name, [&](const TypedElement& each) {
            if (best == Match::Yes || (is_extension && each.element["url"].raw() != url)) {
                return;
            }
            ++count;
            const bool is_asked = by.kind != DiscriminatorKind::Exists || !is_last;
            const Match match = is_asked ? along(by, step + 1, next, each) : Match::Open;
            best = match == Match::No ? best : match;
        });
        return best;
    };
    Match best = any_along(*child);
    if (by.kind == DiscriminatorKind::Exists && is_last) {
        return count == 0 ? (child->min == 0 ? Match::Yes : Match::No)
                          : (child->max > 0 ? Match::Yes : Match::No);
    }
    for (const ProfileNode& inner : child->slices) {
        if (best != Match::Yes && inner.min > 0) {
            best = any_along(inner);
        }
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
    const bool is_one = std::any_of(node.types.begin(), node.types.end(), [&](Type type) {
        return fhir_definitions::is_a(value.type, type);
    });
    return is_one ? Match::Yes : Match::No;
}

/// Whether a value has what the profile fixes at a node and below; Open if it fixes nothing.
ProfileCheck::Match ProfileCheck::satisfies(const ProfileNode& node,
                                            const TypedElement& value) const {
    if (node.fixed) {
        return is_same(node.fixed, value.element) ? Match::Yes : Match::No;
    }
    if (node.pattern) {
        return has_pattern(node.pattern, value.element) ? Match::Yes : Match::No;
    }
    Match all = Match::Open;
    if (!node.value_set.empty()) {
        bool is_known = false;
        if (!is_bound(node, value, is_known)) {
            return Match::No;
        }
        all = is_known ? Match::Yes : Match::Unknown;
    }
    const auto check = [&](const ProfileNode& child, std::string_view name, bool must_be_there) {
        bool is_there = false;
        Match best = Match::Open;
        each_own(value, child, name, [&](const TypedElement& each) {
            is_there = true;
            if (best != Match::Yes) {
                const Match match = satisfies(child, each);
                best = match == Match::Open || match == Match::Unknown ? best : match;
            }
        });
        return !is_there && must_be_there ? Match::No : best;
    };
    for (const ProfileNode& child : node.children) {
        Match match = check(child, child.name, false);
        for (const ProfileNode& slice : child.slices) {
            if (slice.min > 0 && match != Match::No) {
                const Match own = check(slice, child.name, true);
                match = own == Match::Open ? match : own;
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
