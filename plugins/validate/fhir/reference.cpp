#include "validate/fhir/reference.hpp"

#include "validate/fhir/primitives.hpp"

namespace aorta::plugins::validate_fhir {

namespace {

using fhir_definitions::Type;

/// Type/id[/_history/version][#fragment] at the end of a path.
ReferenceParts parse_path(std::string_view text) {
    text = text.substr(0, text.find('#'));
    if (const std::size_t history = text.find("/_history/"); history != std::string_view::npos) {
        if (!is_id(text.substr(history + 10))) {
            return {};
        }
        text = text.substr(0, history);
    }
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos) {
        return {};
    }
    const std::string_view id = text.substr(slash + 1);
    const std::string_view before = text.substr(0, slash);
    const std::size_t begin = before.rfind('/');
    const std::string_view type = before.substr(begin == std::string_view::npos ? 0 : begin + 1);
    if (!is_id(id) || !fhir_definitions::is_resource(type)) {
        return {};
    }
    const bool is_whole = begin == std::string_view::npos;
    return {is_whole ? ReferenceForm::Relative : ReferenceForm::Absolute,
            fhir_definitions::find_type(type),
            id};
}

bool has_scheme(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
        return false;
    }
    for (const char c : text.substr(0, colon)) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') {
            return false;
        }
    }
    return true;
}

}  // namespace

ReferenceParts parse_reference(std::string_view text) {
    if (text.starts_with('#')) {
        return {ReferenceForm::Fragment, {}, text.substr(1)};
    }
    if (has_scheme(text) && text.find('?') > text.find(':')) {
        ReferenceParts parts;
        if (text.starts_with("http://") || text.starts_with("https://")) {
            parts = parse_path(text);  // any address may be meant, one of a server names its type
        }
        parts.form =
            is_of_type(text, Type::uri) ? ReferenceForm::Absolute : ReferenceForm::Malformed;
        return parts;
    }
    if (const std::size_t query = text.find('?'); query != std::string_view::npos) {
        const std::string_view type = text.substr(0, query);
        if (!fhir_definitions::is_resource(type) || query + 1 == text.size()) {
            return {};
        }
        return {ReferenceForm::Conditional, fhir_definitions::find_type(type), {}};
    }
    return parse_path(text);
}

}  // namespace aorta::plugins::validate_fhir
