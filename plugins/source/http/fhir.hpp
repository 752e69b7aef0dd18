// What a request to a FHIR server's base is, and what such a server says of itself and of trouble.
#pragma once

#include "source/http/config.hpp"

#include <string>
#include <string_view>

namespace aorta::plugins::http_source {

struct FhirCall {
    enum class Kind {
        None,
        Metadata,
        Create,
        Update,             // by id
        ConditionalUpdate,  // by criteria
        Bundle,             // a batch or a transaction
        ProcessMessage,
        Unknown,  // there is no such place
        Other,    // there is, but not for this method: `allow`
    };

    Kind kind = Kind::None;
    std::string type = {};
    std::string id = {};
    std::string_view allow = {};
};

/// `place` is the path behind the base, "" or from its slash on.
FhirCall fhir_call(std::string_view method, std::string_view place, std::string_view query);

/// The interaction's name in FHIR: "create", "transaction" (also for a batch: the Bundle says
/// which), "process-message"; empty for what makes no record.
std::string_view interaction(FhirCall::Kind kind);

/// What is wrong with a body for this call, in words without its values; empty when nothing is, as
/// far as the address says.
std::string_view trouble_with_body(const FhirCall& call, std::string_view body);

/// One issue. `code` is of the value set issue-type; `where` a FHIRPath or a place such as PID-3.
std::string operation_outcome(std::string_view severity,
                              std::string_view code,
                              std::string_view text,
                              std::string_view where = {});

std::string capability_statement(const PathRule& rule, Nanoseconds now);

}  // namespace aorta::plugins::http_source
