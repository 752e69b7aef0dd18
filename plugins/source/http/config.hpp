// What the pipeline says of an HTTP listener.
#pragma once

#include "common/http/request_reader.hpp"
#include "common/net/listen_options.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace aorta::plugins::http_source {

enum class PathKind { Webhook, Fhir };

/// Requests to this path, and what is taken there.
struct PathRule {
    std::string path;  // without a slash at its end; the base of a FHIR server
    PathKind kind = PathKind::Webhook;
    bool is_prefix = false;                 // webhooks: paths below it, too
    std::vector<std::string> methods = {};  // webhooks
    std::vector<std::string> accept = {};   // webhooks: media types; empty: any
    std::vector<std::string> types = {};    // FHIR: resource types; empty: any
};

/// Who may send.
struct Credentials {
    bool are_required = false;
    std::string bearer = {};  // empty: none
    std::string basic = {};   // "user:password"; empty: none
};

/// A part of a request that goes along as an attribute.
struct Picked {
    std::string name;       // of the query parameter or header
    std::string attribute;  // "query_name", "header_name"
};

struct SourceConfig {
    net::ListenConfig listen;
    std::vector<PathRule> paths;
    http::ReaderLimits limits;
    std::uint64_t partial_requests_bytes = std::uint64_t{64} << 20U;
    Nanoseconds request_timeout{0};
    Nanoseconds idle_timeout{0};  // 0: none
    Nanoseconds retry_after{0};
    Credentials auth;
    std::vector<Picked> query = {};
    std::vector<Picked> headers = {};
};

/// Usable if `complain` was not called.
SourceConfig read_config(const Options& options, const net::Complain& complain);

}  // namespace aorta::plugins::http_source
