// What a tree must say of its payload, told without it.
#pragma once

#include "common/fhir/tree.hpp"

#include <string>
#include <string_view>

namespace aorta::fhir::testing {

/// A JSON text without the white space outside strings, nor a byte order mark.
inline std::string without_space(std::string_view json) {
    if (json.starts_with("\xEF\xBB\xBF")) {
        json.remove_prefix(3);
    }
    std::string out;
    bool is_inside = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (is_inside && c == '\\' && i + 1 < json.size()) {
            out += c;
            out += json[++i];
            continue;
        }
        is_inside = is_inside != (c == '"');
        if (is_inside || (c != ' ' && c != '\t' && c != '\n' && c != '\r')) {
            out += c;
        }
    }
    return out;
}

/// A value written again from its nodes alone.
inline void write(const Element& element, std::string& out) {
    switch (element.kind()) {
        case Kind::String:
            out.append("\"").append(element.raw()).append("\"");
            return;
        case Kind::Object:
        case Kind::Array:
            break;
        default:
            out += element.raw();
            return;
    }
    const bool is_object = element.kind() == Kind::Object;
    out += is_object ? '{' : '[';
    bool is_first = true;
    for (const Element child : element.children()) {
        if (!is_first) {
            out += ',';
        }
        is_first = false;
        if (is_object) {
            out.append("\"").append(child.name()).append("\":");
        }
        write(child, out);
    }
    out += is_object ? '}' : ']';
}

}  // namespace aorta::fhir::testing
