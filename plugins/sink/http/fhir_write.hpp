// The request by which a FHIR server gets a resource.
#pragma once

#include "sink/http/config.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::http_sink {

/// What the record's attributes say, as the http source sets them; may be empty.
struct Wishes {
    std::string_view if_none_exist = {};
    std::string_view if_match = {};
    std::string_view criteria = {};  // of a conditional update
};

/// What may stand behind a URL's question mark as it is.
bool is_query(std::string_view text);

struct FhirWrite {
    std::string method;
    std::string place;  // behind the base: "/Patient/7", or ""
    std::vector<std::string> fields = {};
    std::optional<std::size_t> entries = {};  // of a batch: the response tells of each
};

/// - Bundle of type transaction or batch: POST to the base; of type message: $process-message.
/// - With an id: PUT, which may come twice. Without, but with an identifier: conditional, as `how`
///   says. Without either: POST, which makes two when it comes twice.
/// Nothing when the body is no resource, or a wish cannot be put into a request.
std::optional<FhirWrite> fhir_write(std::string_view body, const Wishes& wishes, Conditional how);

}  // namespace aorta::plugins::http_sink
