// The results of a path in the form in which the table of fhirpath has them.
#pragma once

#include "common/fhir/json_text.hpp"
#include "common/fhir/path.hpp"
#include "common/fhir/tests/oracle.hpp"

#include <string>

namespace aorta::fhir::testing {

/// A JSON array; "error" if an evaluation found several values where one is meant.
inline std::string results_of(const Path& path, const Element& root) {
    std::string out = "[";
    const PathFindings findings = path.each(root, [&](const Item& item) {
        out += out.size() == 1 ? "" : ",";
        std::string scratch;
        switch (item.type) {
            case Item::Type::Element:
                if (item.element.is(Kind::String)) {
                    append_json_string(item.element.text(scratch), out);
                } else {
                    write(item.element, out);
                }
                break;
            case Item::Type::Bool:
                out += item.truth ? "true" : "false";
                break;
            case Item::Type::Text:
                append_json_string(item.text, out);
                break;
            default:
                out += text_of(item, scratch);
        }
        return true;
    });
    return findings.is_not_single ? "error" : out + "]";
}

}  // namespace aorta::fhir::testing
