#include "common/fhir_definitions/definitions.hpp"

#include <algorithm>

namespace aorta::fhir_definitions {

namespace {

using data::CodeRow;
using data::TypeRow;

std::string_view text_of(const data::Text& text) {
    return {data::kText + text.offset, text.length};
}

std::string_view code_text(const data::Text& text) {
    return {data::kCodeText + text.offset, text.length};
}

const TypeRow& row_of(Type type) {
    return data::kTypes[static_cast<std::size_t>(type)];
}

/// As the generator computes it.
std::uint32_t hash_of(std::uint32_t seed, std::string_view name) {
    std::uint32_t value = 2166136261U ^ (seed * 0x9E3779B1U);
    for (const char c : name) {
        value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
    }
    return value ^ (value >> 15U);
}

/// Names in JSON and heads of choices.
const Element* find(Type type, std::string_view name) {
    const TypeRow& row = row_of(type);
    std::uint32_t at = hash_of(static_cast<std::uint32_t>(type), name) % data::kBucketCount;
    for (; data::kBuckets[at] != 0; at = (at + 1) % data::kBucketCount) {
        const std::uint32_t number = data::kBuckets[at] - 1U;
        const Element& element = data::kElements[number];
        if (number - row.first < row.count && text_of(element.name) == name) {
            return &element;
        }
    }
    return nullptr;
}

std::span<const CodeRow> rows_of(std::uint16_t value_set, std::string_view code) {
    if (value_set == 0 || value_set > data::kValueSetCount) {
        return {};
    }
    const auto& set = data::kValueSets[value_set - 1];
    const std::span<const CodeRow> all{data::kCodes + set.first, set.count};
    const auto begin = std::partition_point(
        all.begin(), all.end(), [&](const CodeRow& row) { return code_text(row.code) < code; });
    const auto end = std::find_if(
        begin, all.end(), [&](const CodeRow& row) { return code_text(row.code) != code; });
    return {begin, end};
}

}  // namespace

std::optional<Type> find_type(std::string_view name) {
    std::uint32_t at = hash_of(0xFFFFU, name) % data::kTypeBucketCount;
    for (; data::kTypeBuckets[at] != 0; at = (at + 1) % data::kTypeBucketCount) {
        const auto type = static_cast<Type>(data::kTypeBuckets[at] - 1U);
        if (name_of(type) == name) {
            return type;
        }
    }
    return std::nullopt;
}

std::string_view name_of(Type type) {
    return text_of(row_of(type).name);
}

Kind kind_of(Type type) {
    return row_of(type).kind;
}

Type base_of(Type type) {
    return row_of(type).base;
}

bool is_a(Type type, Type base) {
    while (type != base) {
        const Type next = base_of(type);
        if (next == type || type == Type::Resource) {
            return false;
        }
        type = next;
    }
    return true;
}

bool is_resource(std::string_view name) {
    const auto type = find_type(name);
    return type && kind_of(*type) == Kind::Resource && *type != Type::Resource &&
           *type != Type::DomainResource;
}

std::uint64_t required_slots(Type type) {
    return row_of(type).required;
}

std::span<const Element> elements_of(Type type) {
    const TypeRow& row = row_of(type);
    return {data::kElements + row.first, row.count};
}

const Element* find_element(Type type, std::string_view name) {
    const Element* const found = find(type, name);
    return found != nullptr && !has(*found, data::kChoiceHead) ? found : nullptr;
}

std::span<const Element> choices_of(Type type, std::string_view name) {
    const Element* const head = find(type, name);
    if (head == nullptr || !has(*head, data::kChoiceHead)) {
        return {};
    }
    const auto all = elements_of(type);
    const Element* const end = std::find_if(
        head + 1, all.data() + all.size(), [&](const Element& e) { return e.slot != head->slot; });
    return {head + 1, end};
}

std::string_view name_of(const Element& element) {
    return text_of(element.name);
}

std::string_view base_name_of(const Element& element) {
    return text_of(element.name).substr(0, element.base_length);
}

std::span<const Type> targets_of(const Element& element) {
    const data::Range range = data::kTargetLists[element.targets];
    return {data::kTargets + range.first, range.count};
}

std::uint16_t find_value_set(std::string_view url) {
    for (std::size_t i = 0; i < data::kValueSetCount; ++i) {
        if (code_text(data::kValueSets[i].url) == url) {
            return static_cast<std::uint16_t>(i + 1);
        }
    }
    return 0;
}

std::string_view url_of(std::uint16_t value_set) {
    return code_text(data::kValueSets[value_set - 1].url);
}

Form form_of(std::uint16_t value_set) {
    return value_set == 0 ? Form::Unknown : data::kValueSets[value_set - 1].form;
}

bool has_code(std::uint16_t value_set, std::string_view code) {
    return !rows_of(value_set, code).empty();
}

bool has_code(std::uint16_t value_set, std::string_view code, std::string_view system) {
    const auto rows = rows_of(value_set, code);
    return std::any_of(rows.begin(), rows.end(), [&](const CodeRow& row) {
        return code_text(data::kSystems[row.system]) == system;
    });
}

std::span<const Invariant> invariants() {
    return {data::kInvariants, data::kInvariantCount};
}

std::size_t vital_sign_count() {
    return data::kProfileCount;
}

VitalSign vital_sign(std::size_t index) {
    const data::ProfileRow& row = data::kProfiles[index];
    return {row.url, row.code, {row.definition.begin, row.definition.size}};
}

}  // namespace aorta::fhir_definitions
