// What a request is for, and whether it is taken: all that its head says.
#pragma once

#include "common/http/request_reader.hpp"
#include "source/http/answers.hpp"
#include "source/http/config.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>

namespace aorta::plugins::http_source {

struct Admission {
    Asked asked = {};
    FhirCall call = {};
    std::string path = {};                      // decoded
    std::string query = {};                     // as sent
    std::optional<http::Response> answer = {};  // the request makes no record: this is all
    bool is_unauthorized = false;
};

/// `now` since 1970.
Admission admit(const http::Head& head, const SourceConfig& config, Nanoseconds now);

/// Whether FHIR's clients send there.
bool is_fhir_target(std::string_view target, const SourceConfig& config);

}  // namespace aorta::plugins::http_source
