#include "edit/hl7v2/document_fields.hpp"

#include "common/hl7/escape.hpp"

namespace aorta::plugins::edit {

using expression::Cursor;
using expression::Path;
using expression::Value;

// A cursor over segments holds the segment's number; one over repetitions the element's text and,
// in `rest`, what follows it in the field (null data after the last).

Value DocumentFields::read(const Path& path, const Cursor& at, expression::Scratch& scratch) {
    if (path.kind == Path::Kind::Attribute) {
        const std::string_view text = attributes_.find(path.attribute);
        return text.empty() ? Value{} : Value::of(text);
    }
    const hl7::Path& place = path.place;
    if (path.kind == Path::Kind::InSegment) {
        return decoded(document_.get(static_cast<std::size_t>(at.index), place), scratch);
    }
    if (path.kind == Path::Kind::InRepetition) {
        std::string_view piece = at.element;
        if (place.component != 0) {
            piece = hl7::Split{piece, document_.delimiters().component}.at(place.component);
        }
        if (place.subcomponent != 0 && piece.data() != nullptr) {
            piece = hl7::Split{piece, document_.delimiters().subcomponent}.at(place.subcomponent);
        }
        return decoded(hl7::Value::of(piece), scratch);
    }
    const auto segment = document_.find(place.segment_name(), place.occurrence);
    return segment ? decoded(document_.get(*segment, place), scratch) : Value{};
}

bool DocumentFields::next(const Path& set, const Cursor& outer, Cursor& element) {
    const hl7::Path& place = set.place;
    const bool has_begun = element.is_started;
    if (place.field == 0) {
        std::optional<std::size_t> found;
        if (place.occurrence == hl7::Path::kAll) {
            found = document_.find_from(
                place.segment_name(), has_begun ? static_cast<std::size_t>(element.index) + 1 : 0);
        } else if (!has_begun) {
            found = document_.find(place.segment_name(), place.occurrence);
        }
        element = {.index = found.value_or(0), .is_started = true};
        return found.has_value();
    }
    if (!has_begun) {
        const auto segment = set.kind == Path::Kind::InSegment
                                 ? std::optional{static_cast<std::size_t>(outer.index)}
                                 : document_.find(place.segment_name(), place.occurrence);
        const std::string_view field =
            segment ? document_.field(*segment, place.field) : std::string_view{};
        element = {.rest = field.empty() ? std::string_view{} : field, .is_started = true};
    }
    if (element.rest.data() == nullptr) {
        return false;
    }
    const char separator = document_.delimiters().repetition;
    const std::size_t end = separator == 0 ? std::string_view::npos : element.rest.find(separator);
    element.element = element.rest.substr(0, end);
    element.rest =
        end == std::string_view::npos ? std::string_view{} : element.rest.substr(end + 1);
    if (place.component != 0) {
        element.element =
            hl7::Split{element.element, document_.delimiters().component}.at(place.component);
    }
    return true;
}

Value DocumentFields::decoded(hl7::Value value, expression::Scratch& scratch) const {
    if (!value.has_value()) {
        return value.presence == hl7::Presence::Null ? Value::null() : Value{};
    }
    if (!hl7::has_escapes(value.raw, document_.delimiters()) && hl7::is_ascii(value.raw)) {
        return Value::of(value.raw);
    }
    std::string& text = scratch.add();
    hl7::decode(value.raw, document_.delimiters(), hl7::TextKind::Plain, text);
    text_.to_utf8(text);
    return Value::of(std::string_view{text});
}

}  // namespace aorta::plugins::edit
