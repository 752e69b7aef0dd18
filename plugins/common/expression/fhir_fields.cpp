#include "common/expression/fhir_fields.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace aorta::expression {

// A cursor holds the number of its element and the number behind the last one of its set.

namespace {

Value number_of(std::string_view text) {
    if (text.find_first_of("eE") == std::string_view::npos) {
        return Value::of(text);
    }
    double number = 0.0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} ? Value::of(number) : Value{};
}

}  // namespace

Value FhirFields::read(const Path& path, const Cursor& at, Scratch& scratch) {
    if (path.kind == Path::Kind::Attribute) {
        const std::string_view text = attributes_.find(path.attribute);
        return text.empty() ? Value{} : Value::of(text);
    }
    if (!path.is_fhir()) {
        return {};
    }
    if (path.fhir == nullptr) {
        return value_of(from(path, at), scratch);
    }
    std::optional<fhir::Item> found;
    bool is_single = true;
    const auto findings = path.fhir->each(
        from(path, at),
        [&](const fhir::Item& item) {
            is_single = !found;
            found = item;
            return is_single;
        },
        budget_);
    if (findings.is_not_single || !is_single) {
        ++not_single_;
        return {};
    }
    return found ? value_of(*found, scratch) : Value{};
}

bool FhirFields::next(const Path& set, const Cursor& outer, Cursor& element) {
    if (!set.is_fhir()) {
        return false;
    }
    if (element.is_started) {
        ++element.index;
        return element.index < element.behind;
    }
    const std::size_t first = outer.is_started ? static_cast<std::size_t>(outer.behind) : 0;
    const fhir::Item start = from(set, outer);
    elements_.resize(first);
    if (set.fhir == nullptr) {
        elements_.push_back(start);
    } else {
        const auto findings = set.fhir->each(
            start,
            [&](const fhir::Item& item) {
                elements_.push_back(item);
                return true;
            },
            budget_);
        not_single_ += findings.is_not_single ? 1 : 0;
    }
    element = {.index = first, .behind = elements_.size(), .is_started = true};
    return first < elements_.size();
}

const fhir::Item& FhirFields::from(const Path& path, const Cursor& at) const {
    return path.kind == Path::Kind::Fhir ? root_ : elements_[static_cast<std::size_t>(at.index)];
}

Value FhirFields::value_of(const fhir::Item& item, Scratch& scratch) const {
    switch (fhir::worth_of(item)) {
        case fhir::Worth::Bool:
            return item.type == fhir::Item::Type::Bool
                       ? Value::of(item.truth)
                       : Value::of(std::string_view{fhir::truth_of(item) ? "true" : "false"});
        case fhir::Worth::Number:
            return item.type == fhir::Item::Type::Integer
                       ? Value::of(static_cast<double>(item.integer))
                       : number_of(item.type == fhir::Item::Type::Element ? item.element.raw()
                                                                          : item.text);
        case fhir::Worth::Text:
        case fhir::Worth::Date: {
            if (item.type != fhir::Item::Type::Element) {
                return Value::of(item.text);
            }
            const std::string_view raw = item.element.raw();
            return Value::of(
                raw.find('\\') == std::string_view::npos ? raw : item.element.text(scratch.add()));
        }
        default:
            return {};
    }
}

}  // namespace aorta::expression
