// Media types: what a body is said to be, and what a client takes.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace aorta::http {

inline constexpr std::string_view kFhirJson = "application/fhir+json";

/// "type/subtype" in small letters, without parameters; empty for what is none.
std::string media_type(std::string_view content_type);

/// application/fhir+json, application/json, text/json.
bool is_fhir_json(std::string_view media_type);

/// Whether a client that sent this Accept takes one of these; an empty one takes anything.
bool accepts(std::string_view accept, std::initializer_list<std::string_view> offered);

}  // namespace aorta::http
