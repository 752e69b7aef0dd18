#include "validate/fhir/profile_check.hpp"

#include "validate/fhir/fhirpath_value.hpp"
#include "validate/fhir/reference.hpp"

#include <algorithm>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir::Element;
using fhir_definitions::Type;

constexpr int kMaxDepth = 8;  // profiles within profiles

std::string counted(std::uint32_t number) {
    return number == 1 ? "1 value" : std::to_string(number) + " values";
}

}  // namespace

void ProfileCheck::run(const Profile& profile,
                       const TypedElement& value,
                       const FhirPathContext& context) {
    if (!fhir_definitions::is_a(value.type, profile.type) || depth_ >= kMaxDepth) {
        return;
    }
    const FhirPathContext outer = std::exchange(context_, context);
    ++depth_;
    if (const Profile* const base = profile.base.empty() ? nullptr : profiles_.find(profile.base)) {
        run(*base, value, context);
    }
    element(profile.root, value);
    --depth_;
    context_ = outer;
}

ProfileCheck::Instances ProfileCheck::instances_of(const TypedElement& value,
                                                   std::string_view name) {
    Instances found;
    const bool is_primitive = fhir_definitions::is_primitive(value.type);
    const TypedElement from = is_primitive ? TypedElement{value.sibling, {}, Type::Element} : value;
    const auto add = [&](const fhir_definitions::Element& row) {
        std::vector<TypedElement> values;
        values_of(from, row, values);
        std::uint32_t index = 0;
        for (const TypedElement& each : values) {
            found.push_back({each, &row, index++});
        }
    };
    if (const auto* const row = fhir_definitions::find_element(from.type, name)) {
        add(*row);
    } else {
        for (const auto& choice : fhir_definitions::choices_of(from.type, name)) {
            add(choice);
        }
    }
    return found;
}

void ProfileCheck::enter(const Instance& instance) {
    report_.place.enter(*instance.row);
    if (fhir_definitions::is_array(*instance.row)) {
        report_.place.at(instance.index);
    }
}

void ProfileCheck::children(const ProfileNode& node, const TypedElement& value) {
    for (const ProfileNode& child : node.children) {
        const Instances found = instances_of(value, child.name);
        count(child, found.size(), value);
        for (const Instance& each : found) {
            enter(each);
            element(child, each.value);
            report_.place.leave();
        }
        if (!child.slices.empty()) {
            slices(child, found);
        }
    }
}

void ProfileCheck::count(const ProfileNode& node, std::size_t found, const TypedElement& parent) {
    if (found >= node.min && found <= node.max) {
        return;
    }
    const auto* const row = fhir_definitions::find_element(parent.type, node.name);
    if (found == 0 && row != nullptr && row->min > 0) {
        return;  // R4 requires it itself
    }
    report_.place.enter(node.name);
    report_.add(Problem::ProfileCardinality, [&] {
        return found < node.min ? "the profile requires " + counted(node.min)
               : node.max == 0  ? std::string{"the profile has no value here"}
                                : "the profile allows " + counted(node.max);
    });
    report_.place.leave();
}

void ProfileCheck::element(const ProfileNode& node, const TypedElement& value) {
    type(node, value);
    constant(node, value);
    range(node, value);
    binding(node, value);
    for (const ProfileRule& rule : node.rules) {
        if (rule.path.holds(value, context_) == false) {
            report_.rule(rule.is_error ? Problem::InvariantFailed : Problem::BestPractice,
                         rule.key,
                         rule.human);
        }
    }
    if (node.profiles.size() == 1 && depth_ < kMaxDepth) {
        if (const Profile* const profile = profiles_.find(node.profiles[0])) {
            run(*profile, value, context_);
        }
    }
    children(node, value);
}

void ProfileCheck::type(const ProfileNode& node, const TypedElement& value) {
    const bool is_allowed =
        node.types.empty() ||
        std::any_of(node.types.begin(), node.types.end(), [&](const std::string& name) {
            const auto allowed = fhir_definitions::find_type(name);
            return !allowed || fhir_definitions::is_a(value.type, *allowed);
        });
    if (!is_allowed) {
        report_.add(Problem::ProfileType, [&] {
            std::string text = "the profile allows only";
            for (const std::string& name : node.types) {
                text.append(" ").append(name);
            }
            return text;
        });
    }
    if (value.type == Type::Reference && !node.targets.empty()) {
        std::string scratch;
        const auto parts = parse_reference(value.element["reference"].text(scratch));
        if (parts.type && !node.targets.contains(*parts.type)) {
            report_.add(Problem::ProfileType, [&] {
                std::string text = "the profile allows references only to";
                for (const Type each : node.targets) {
                    text.append(" ").append(fhir_definitions::name_of(each));
                }
                return text;
            });
        }
    }
}

void ProfileCheck::constant(const ProfileNode& node, const TypedElement& value) {
    if (node.fixed && !is_same(node.fixed, value.element)) {
        report_.add(Problem::ProfileValue, [&] {
            return node.fixed.is(fhir::Kind::Object)
                       ? std::string{"the profile fixes this value"}
                       : std::string{"the profile fixes this value to "}.append(node.fixed.raw());
        });
    }
    if (node.pattern && !has_pattern(node.pattern, value.element)) {
        report_.add(Problem::ProfileValue, [] {
            return std::string{
                "the profile has a pattern for this value, of which something is missing"};
        });
    }
}

void ProfileCheck::range(const ProfileNode& node, const TypedElement& value) {
    const auto order = [&](Element bound) {
        return bound ? compare(item_of(value), item_of(TypedElement{bound, {}, value.type}))
                     : std::nullopt;
    };
    const auto above_least = order(node.least);
    const auto below_most = order(node.most);
    if ((above_least && *above_least < 0) || (below_most && *below_most > 0)) {
        report_.add(Problem::ProfileValue,
                    [] { return std::string{"the profile states a range, and this is beyond"}; });
    }
    if (node.max_length != UINT32_MAX && value.element.raw().size() > node.max_length) {
        std::string scratch;
        const std::string_view text = value.element.text(scratch);
        const auto length = std::count_if(text.begin(), text.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        });
        if (static_cast<std::size_t>(length) > node.max_length) {
            report_.add(Problem::ProfileValue, [&] {
                return "the profile allows " + std::to_string(node.max_length) + " characters";
            });
        }
    }
}

bool ProfileCheck::is_bound(const ProfileNode& node,
                            const TypedElement& value,
                            bool& is_known) const {
    const CodeSet* const codes = profiles_.find_codes(node.value_set);
    is_known = codes != nullptr;
    if (!is_known) {
        return true;
    }
    std::string code;
    std::string system;
    const auto has = [&](Element coding) {
        return codes->has(coding["code"].text(code), coding["system"].text(system));
    };
    if (fhir_definitions::is_primitive(value.type)) {
        return !value.element || codes->has(value.element.text(code));
    }
    if (value.type != Type::CodeableConcept) {
        return has(value.element);
    }
    return any_child(value.element["coding"], has);
}

void ProfileCheck::binding(const ProfileNode& node, const TypedElement& value) {
    bool is_known = false;
    if (!node.value_set.empty() && !is_bound(node, value, is_known)) {
        report_.add(Problem::ProfileCode, [&] { return "a code of " + node.value_set; });
    }
}

}  // namespace aorta::plugins::validate_fhir
