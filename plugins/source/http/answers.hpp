// What clients are told.
#pragma once

#include "common/http/response.hpp"
#include "source/http/fhir.hpp"

#include <aorta/ext/ack.h>
#include <aorta/sdk.hpp>

#include <string>
#include <string_view>

namespace aorta::plugins::http_source {

/// What is kept of a request for its answer.
struct Asked {
    bool is_fhir = false;
    FhirCall::Kind call = FhirCall::Kind::None;
    http::Manner manner = {};
    std::string media_type = {};  // of the body; a reply has the same
    std::string location = {};    // of what an update made
};

/// A request that goes no further. `why` names nothing of the request.
http::Response refusal(bool is_fhir, unsigned status, std::string_view why);

/// A refusal for now.
http::Response come_again(bool is_fhir, std::string_view why, Nanoseconds retry_after);

/// What the pipeline says, at its ack level (AORTA_LEVEL_…).
http::Response answer_to(const Asked& asked,
                         const Outcome& outcome,
                         std::uint32_t level,
                         Nanoseconds retry_after);

}  // namespace aorta::plugins::http_source
