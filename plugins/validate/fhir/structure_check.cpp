#include "validate/fhir/structure_check.hpp"

#include "validate/fhir/narrative.hpp"
#include "validate/fhir/primitives.hpp"
#include "validate/fhir/reference.hpp"

#include <algorithm>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir::Element;
using fhir_definitions::has;
using fhir_definitions::is_array;
using fhir_definitions::is_primitive;
using fhir_definitions::Type;
namespace data = fhir_definitions::data;

std::string_view kind_name(Type type) {
    return !is_primitive(type)     ? "an object"
           : type == Type::boolean ? "true or false"
           : is_number(type)       ? "a number"
                                   : "a string";
}

bool is_kind_of(Element element, Type type) {
    if (!is_primitive(type)) {
        return element.is(fhir::Kind::Object);
    }
    if (type == Type::boolean) {
        return element.is(fhir::Kind::True) || element.is(fhir::Kind::False);
    }
    return element.is(is_number(type) ? fhir::Kind::Number : fhir::Kind::String);
}

std::string with_name(std::string_view before, Type type) {
    return std::string{before}.append(fhir_definitions::name_of(type));
}

bool is_text(Type type) {
    return type == Type::string || type == Type::markdown;
}

}  // namespace

void StructureCheck::run(const fhir::Tree& tree) {
    const Element root = tree.root();
    const Element name = root["resourceType"];
    const bool is_known = name.is(fhir::Kind::String) && fhir_definitions::is_resource(name.raw());
    report_.begin(is_known ? name.raw() : "Resource");
    context_ = {};
    is_contained_ = false;
    is_in_transaction_ = false;
    resource(root);
}

void StructureCheck::resource(Element element) {
    if (!element.is(fhir::Kind::Object)) {
        report_.add(Problem::WrongKind, [] { return std::string{"a resource is an object"}; });
        return;
    }
    const auto type = type_of(element, Type::Resource);
    if (!type) {
        report_.add(Problem::UnknownResource,
                    [] { return std::string{"resourceType must be a resource of FHIR R4"}; });
        return;
    }
    const FhirPathContext outer = context_;
    const bool was_in_transaction = is_in_transaction_;
    const TypedElement value{element, {}, *type};
    context_.resource = value;
    context_.root = is_contained_ ? outer.root : value;
    ContainedIds ids;
    ContainedIds* const outer_ids = contained_ids_;
    contained_ids_ = is_contained_ ? outer_ids : &ids;
    if (*type == Type::Bundle) {
        const std::string_view kind = element["type"].raw();
        is_in_transaction_ = kind == "transaction" || kind == "batch";
    }
    object(value, nullptr);
    on_resource_(value, context_);
    context_ = outer;
    contained_ids_ = outer_ids;
    is_in_transaction_ = was_in_transaction;
}

void StructureCheck::object(const TypedElement& value, const Row* row) {
    std::uint64_t seen = 0;
    const std::size_t content = members(value, seen);
    const bool is_resource =
        fhir_definitions::kind_of(value.type) == fhir_definitions::Kind::Resource;
    if (content == 0 && !is_resource) {
        report_.add(Problem::EmptyValue,
                    [] { return std::string{"ele-1: an element has a value or children"}; });
        return;
    }
    missing(value.type, seen);
    special(value, row);
    invariants(value);
}

/// The number of members that say something.
std::size_t StructureCheck::members(const TypedElement& value, std::uint64_t& seen) {
    const bool is_resource =
        fhir_definitions::kind_of(value.type) == fhir_definitions::Kind::Resource;
    std::size_t content = 0;
    std::size_t number = 0;
    for (const Element child : value.element.children()) {
        ++number;
        std::string_view name = child.name();
        if (is_resource && name == "resourceType") {
            continue;
        }
        const bool is_sibling = name.starts_with('_');
        name.remove_prefix(is_sibling ? 1 : 0);
        const Row* const row = fhir_definitions::find_element(value.type, name);
        if (row == nullptr || (is_sibling && !is_primitive(row->type))) {
            report_.add(Problem::UnknownElement, [&] {
                return "member number " + std::to_string(number) +
                       with_name(" is no element of ", value.type);
            });
            ++content;
            continue;
        }
        const std::uint64_t bit = std::uint64_t{1} << row->slot;
        report_.place.enter(*row);
        if ((seen & bit) != 0 && has(*row, data::kChoice) && is_other_choice(value, *row)) {
            report_.add(Problem::SeveralChoices,
                        [] { return std::string{"an element has one type: leave the other out"}; });
        }
        seen |= bit;
        content += name == "id" ? 0 : 1;
        if (is_sibling) {
            siblings(value.element, child, *row);
        } else {
            values(value.element, child, *row);
        }
        report_.place.leave();
    }
    return content;
}

/// Whether a choice stands there with another type, too.
bool StructureCheck::is_other_choice(const TypedElement& parent, const Row& row) const {
    for (const Element child : parent.element.children()) {
        std::string_view name = child.name();
        name.remove_prefix(name.starts_with('_') ? 1 : 0);
        const Row* const other = fhir_definitions::find_element(parent.type, name);
        if (other != nullptr && other != &row && other->slot == row.slot) {
            return true;
        }
    }
    return false;
}

void StructureCheck::values(Element parent, Element child, const Row& row) {
    if (!is_array(row)) {
        if (child.is(fhir::Kind::Array)) {
            report_.add(Problem::WrongKind,
                        [] { return std::string{"a single value is expected, not an array"}; });
            return;
        }
        value(child, row);
        return;
    }
    if (!child.is(fhir::Kind::Array)) {
        report_.add(Problem::WrongKind, [] { return std::string{"an array is expected"}; });
        return;
    }
    Beside siblings{is_primitive(row.type) ? member_of(parent, row).sibling : Element{}};
    std::uint32_t index = 0;
    for (const Element each : child.children()) {
        report_.place.at(index++);
        const Element sibling = siblings.next();
        if (each.is(fhir::Kind::Null) && is_primitive(row.type)) {
            if (!sibling.is(fhir::Kind::Object)) {
                report_.add(Problem::EmptyValue, [] {
                    return std::string{"null stands for a value that has an id or extensions"};
                });
            }
            continue;
        }
        value(each, row);
    }
    if (index == 0) {
        report_.add(Problem::EmptyValue, [] { return std::string{"an array has values"}; });
    }
}

void StructureCheck::value(Element element, const Row& row) {
    if (element.is(fhir::Kind::Null)) {
        report_.add(Problem::EmptyValue,
                    [] { return std::string{"leave it out instead of null"}; });
        return;
    }
    if (!is_kind_of(element, row.type)) {
        report_.add(Problem::WrongKind, [&] {
            return with_name("", row.type).append(" is ").append(kind_name(row.type));
        });
        return;
    }
    if (is_primitive(row.type)) {
        primitive(element, row);
    } else if (row.type == Type::Resource) {
        if (fhir_definitions::name_of(row) == "contained") {
            contained(element);
        } else {
            const bool was_contained = std::exchange(is_contained_, false);
            resource(element);
            is_contained_ = was_contained;
        }
    } else {
        object({element, {}, row.type}, &row);
    }
}

void StructureCheck::siblings(Element parent, Element child, const Row& row) {
    if (!is_array(row)) {
        sibling(child);
        return;
    }
    const Element values = parent[fhir_definitions::name_of(row)];
    if (!child.is(fhir::Kind::Array)) {
        report_.add(Problem::WrongKind, [] { return std::string{"an array is expected"}; });
        return;
    }
    std::size_t count = 0;
    for (const Element each : values.children()) {
        static_cast<void>(each);
        ++count;
    }
    std::uint32_t index = 0;
    const auto all = values.children();
    auto at = all.begin();
    for (const Element each : child.children()) {
        report_.place.at(index++);
        const bool has_value = at != all.end() && !(*at).is(fhir::Kind::Null);
        if (at != all.end()) {
            ++at;
        }
        if (!each.is(fhir::Kind::Null)) {
            sibling(each);
        } else if (!has_value) {
            report_.add(Problem::EmptyValue,
                        [] { return std::string{"null on both sides stands for nothing"}; });
        }
    }
    if (index == 0 || (values && index != count)) {
        report_.add(Problem::WrongKind, [] {
            return std::string{"the arrays of values and of their extensions are of one length"};
        });
    }
}

void StructureCheck::sibling(Element element) {
    if (!element.is(fhir::Kind::Object)) {
        report_.add(Problem::WrongKind,
                    [] { return std::string{"the id and extensions of a value are an object"}; });
        return;
    }
    object({element, {}, Type::Element}, nullptr);
}

void StructureCheck::primitive(Element element, const Row& row) {
    const std::string_view text = element.text(scratch_);
    if (text.empty()) {
        report_.add(Problem::EmptyValue, [] { return std::string{"a string is not empty"}; });
        return;
    }
    if (row.type == Type::xhtml) {
        if (const std::string_view problem = problem_of_narrative(text); !problem.empty()) {
            report_.add(Problem::BadNarrative, [&] { return std::string{problem}; });
        }
        return;
    }
    if (is_text(row.type) && is_blank(text)) {
        report_.add(Problem::BlankValue,
                    [] { return std::string{"leave it out, or say something"}; });
        return;
    }
    if (!is_of_type(text, row.type)) {
        report_.add(Problem::MalformedValue, [&] {
            return with_name("", row.type).append(" is ").append(form_of_type(row.type));
        });
        return;
    }
    if (row.value_set != 0 && row.type == Type::code) {
        code(text, row);
    }
    if (row.type == Type::uri && fhir_definitions::name_of(row) == "system" && !is_absolute(text)) {
        report_.add(Problem::MalformedValue,
                    [] { return std::string{"a system is an absolute URI"}; });
    }
}

void StructureCheck::code(std::string_view text, const Row& row) {
    bool is_in = true;
    switch (fhir_definitions::form_of(row.value_set)) {
        case fhir_definitions::Form::Codes:
            is_in = fhir_definitions::has_code(row.value_set, text);
            break;
        case fhir_definitions::Form::MimeType:
            is_in = is_mime_type(text);
            break;
        case fhir_definitions::Form::Language:
            is_in = is_language(text);
            break;
        case fhir_definitions::Form::Currency:
            is_in = is_currency(text);
            break;
        default:
            break;
    }
    if (!is_in) {
        report_.add(Problem::CodeNotInValueSet, [&] {
            return std::string{"a code of "}.append(fhir_definitions::url_of(row.value_set));
        });
    }
}

void StructureCheck::missing(Type type, std::uint64_t seen) {
    std::uint64_t lacking = fhir_definitions::required_slots(type) & ~seen;
    if (lacking == 0) {
        return;
    }
    for (const Row& row : fhir_definitions::elements_of(type)) {
        const std::uint64_t bit = std::uint64_t{1} << row.slot;
        if ((lacking & bit) != 0) {
            lacking &= ~bit;
            report_.place.enter(row);
            report_.add(Problem::RequiredElementMissing,
                        [&] { return with_name("a value is required in ", type); });
            report_.place.leave();
        }
    }
}

void StructureCheck::invariants(const TypedElement& value) {
    for (const Rules::Rule& rule : rules_.of(value.type)) {
        const bool is_of_type = rule.invariant->element[0] == '\0';
        const Problem problem =
            rule.invariant->is_error ? Problem::InvariantFailed : Problem::BestPractice;
        if (!report_.wants_rule(problem, rule.invariant->key)) {
            continue;
        }
        if (is_of_type) {
            holds(value, rule);
            continue;
        }
        std::vector<TypedElement> values;
        values_of(value, rule.invariant->element, values);
        for (const TypedElement& each : values) {
            holds(each, rule);
        }
    }
}

void StructureCheck::holds(const TypedElement& value, const Rules::Rule& rule) {
    if (rule.path.holds(value, context_) == false) {
        report_.rule(rule.invariant->is_error ? Problem::InvariantFailed : Problem::BestPractice,
                     rule.invariant->key,
                     rule.invariant->human);
    }
}

}  // namespace aorta::plugins::validate_fhir
