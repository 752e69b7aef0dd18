#include "common/expression/hl7_fields.hpp"

#include "common/hl7/escape.hpp"

#include <string>

namespace aorta::expression {

// A cursor over segments holds the segment's index; one over repetitions the element's text and,
// in `rest`, what follows it in the field (null data after the last).

Value Hl7Fields::read(const Path& path, const Cursor& at, Scratch& scratch) {
    if (path.kind == Path::Kind::Attribute) {
        const std::string_view text = attributes_.find(path.attribute);
        return text.data() == nullptr || text.empty() ? Value{} : Value::of(text);
    }
    if (!message_ || path.is_fhir()) {
        return {};
    }
    const hl7::Path& place = path.place;
    if (path.kind == Path::Kind::InSegment) {
        return decoded(message_->get(static_cast<std::size_t>(at.index), place).raw, scratch);
    }
    if (path.kind == Path::Kind::InRepetition) {
        std::string_view piece = at.element;
        if (place.component != 0) {
            piece = message_->components(piece).at(place.component);
        }
        if (place.subcomponent != 0 && piece.data() != nullptr) {
            piece = message_->subcomponents(piece).at(place.subcomponent);
        }
        return decoded(piece, scratch);
    }
    const auto segment = find(place);
    return segment ? decoded(message_->get(*segment, place).raw, scratch) : Value{};
}

bool Hl7Fields::next(const Path& set, const Cursor& outer, Cursor& element) {
    if (!message_ || set.is_fhir()) {
        return false;
    }
    return set.place.field == 0 ? next_segment(set, element) : next_repetition(set, outer, element);
}

bool Hl7Fields::next_segment(const Path& set, Cursor& element) const {
    const hl7::Path& place = set.place;
    std::optional<std::size_t> found;
    if (place.occurrence == hl7::Path::kAll) {
        found =
            message_->find_from(place.segment_name(), element.is_started ? element.index + 1 : 0);
    } else if (!element.is_started) {
        found = find(place);
    }
    element = {.index = found.value_or(0), .is_started = true};
    return found.has_value();
}

bool Hl7Fields::next_repetition(const Path& set, const Cursor& outer, Cursor& element) const {
    const hl7::Path& place = set.place;
    if (!element.is_started) {
        const auto segment = set.kind == Path::Kind::InSegment
                                 ? std::optional{static_cast<std::size_t>(outer.index)}
                                 : find(place);
        const std::string_view field =
            segment ? message_->field(*segment, place.field) : std::string_view{};
        // An empty field has no repetitions.
        element = {.rest = field.empty() ? std::string_view{} : field, .is_started = true};
    }
    if (element.rest.data() == nullptr) {
        return false;
    }
    const char separator = message_->delimiters().repetition;
    const std::size_t end = separator == 0 ? std::string_view::npos : element.rest.find(separator);
    element.element = element.rest.substr(0, end);
    element.rest =
        end == std::string_view::npos ? std::string_view{} : element.rest.substr(end + 1);
    if (place.component != 0) {
        element.element = message_->components(element.element).at(place.component);
    }
    return true;
}

std::optional<std::size_t> Hl7Fields::find(const hl7::Path& place) const {
    return message_->find(place.segment_name(), place.occurrence == 0 ? 1 : place.occurrence);
}

Value Hl7Fields::decoded(std::string_view raw, Scratch& scratch) const {
    const hl7::Value value = hl7::Value::of(raw);
    if (!value.has_value()) {
        return value.presence == hl7::Presence::Null ? Value::null() : Value{};
    }
    if (!hl7::has_escapes(value.raw, message_->delimiters()) && hl7::is_ascii(value.raw)) {
        return Value::of(value.raw);
    }
    std::string& text = scratch.add();
    hl7::decode(value.raw, message_->delimiters(), hl7::TextKind::Plain, text);
    text_.to_utf8(text);
    return Value::of(std::string_view{text});
}

}  // namespace aorta::expression
