#include "source/http/config.hpp"

#include "common/http/media_type.hpp"

#include <algorithm>

namespace aorta::plugins::http_source {
namespace {

constexpr std::string_view kMethods[] = {"POST", "PUT", "PATCH"};

PathRule read_path(const Options& options, const net::Complain& complain) {
    PathRule rule{.path = std::string{options["path"].text()}};
    rule.kind = options["kind"].text() == "fhir" ? PathKind::Fhir : PathKind::Webhook;
    if (!rule.path.starts_with('/') || rule.path.find_first_of("?#%") != std::string::npos) {
        complain(options["path"],
                 "a path begins with a slash, and is written without encoding, ? and #");
    }
    if (rule.path.ends_with("/*") && rule.kind == PathKind::Webhook) {
        rule.is_prefix = true;
        rule.path.resize(rule.path.size() - 2);
    }
    while (rule.path.ends_with('/')) {
        rule.path.pop_back();
    }
    rule.methods = options["methods"].texts();
    rule.accept = options["accept"].texts();
    rule.types = options["types"].texts();
    for (const std::string& method : rule.methods) {
        if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods)) {
            complain(options["methods"], "`" + method + "` is none of POST, PUT, PATCH");
        }
    }
    for (std::string& type : rule.accept) {
        type = http::media_type(type);
        if (type.empty()) {
            complain(options["accept"], "a media type is written type/subtype");
        }
    }
    const bool is_fhir = rule.kind == PathKind::Fhir;
    if (is_fhir && (options["methods"].exists() || options["accept"].exists())) {
        complain(options, "methods and accept are for webhooks: FHIR says what its server takes");
    }
    if (!is_fhir && options["types"].exists()) {
        complain(options["types"], "types are for kind: fhir");
    }
    if (rule.methods.empty()) {
        rule.methods = {"POST"};
    }
    return rule;
}

void read_paths(const Options& options, SourceConfig& config, const net::Complain& complain) {
    for (std::size_t i = 0; i < options.size(); ++i) {
        PathRule rule = read_path(options.item(i), complain);
        for (const PathRule& other : config.paths) {
            if (other.path == rule.path && other.is_prefix == rule.is_prefix) {
                complain(options.item(i), "this path stands here twice");
            }
        }
        config.paths.push_back(std::move(rule));
    }
    if (options.size() == 0) {
        complain(options, "no paths: nothing could be sent here; add paths: [{path: /hook}]");
    }
}

std::vector<Picked> read_picked(const Options& options, std::string_view prefix) {
    std::vector<Picked> all;
    for (const std::string& name : options.texts()) {
        std::string attribute{prefix};
        for (const char c : name) {
            const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            const bool is_plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
            attribute += is_plain ? lower : '_';
        }
        all.push_back({name, attribute});
    }
    return all;
}

Credentials read_auth(const Options& auth, const net::Complain& complain) {
    Credentials credentials{.are_required = auth.exists(),
                            .bearer = std::string{auth["bearer"].text()}};
    const Options basic = auth["basic"];
    if (basic.exists()) {
        const std::string_view user = basic["user"].text();
        if (user.empty() || user.find(':') != std::string_view::npos) {
            complain(basic, "a user name is neither empty nor has it a colon");
        }
        credentials.basic = std::string{user} + ":" + std::string{basic["password"].text()};
    }
    if (auth.exists() && auth.size() == 0) {
        complain(auth, "auth takes bearer, basic or both");
    }
    return credentials;
}

}  // namespace

SourceConfig read_config(const Options& options, const net::Complain& complain) {
    SourceConfig config;
    const Options auth = options["auth"];
    config.auth = read_auth(auth, complain);
    config.listen = net::read_listen(options, auth.exists(), complain);
    read_paths(options["paths"], config, complain);
    config.limits = {.head_bytes = static_cast<std::size_t>(options["max_header"].bytes()),
                     .body_bytes = options["max_message"].bytes()};
    config.partial_requests_bytes = options["partial_requests"].bytes();
    config.request_timeout = options["request_timeout"].duration();
    config.idle_timeout = options["idle_timeout"].duration();
    config.retry_after = options["retry_after"].duration();
    config.query = read_picked(options["query"], "query_");
    config.headers = read_picked(options["headers"], "header_");
    return config;
}

}  // namespace aorta::plugins::http_source
