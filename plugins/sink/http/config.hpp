// What the pipeline says of an HTTP sink.
#pragma once

#include "common/net/tls_options.hpp"
#include "sink/http/transfer.hpp"
#include "sink/http/url.hpp"

#include <aorta/sdk.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aorta::plugins::http_sink {

enum class PeerKind { Webhook, Fhir };

/// What is done with a resource without id that has an identifier.
enum class Conditional { Create, Update, None };

enum class Action { Done, Hold, DeadLetter };

/// What statuses mean: by number, then by class ("4xx"), then as it is by default.
class StatusPolicy {
public:
    void set(unsigned key, Action action) { actions_[key] = action; }

    Action operator[](unsigned status) const;

private:
    std::map<unsigned, Action> actions_;  // 404, or 4 for 4xx
};

struct OauthConfig {
    std::string token_url;
    TransferConfig transfer;
    std::string client_id;
    std::string client_secret;
    std::string scope = {};
};

struct SinkConfig {
    UrlTemplate url;
    PeerKind kind = PeerKind::Webhook;
    Conditional conditional = Conditional::Create;
    std::string method = "POST";
    std::string content_type = {};         // empty: by the record's type
    std::vector<std::string> fields = {};  // "Name: value", credentials among them
    TransferConfig transfer;
    std::optional<OauthConfig> oauth = {};
    StatusPolicy on;
};

/// Usable if `complain` was not called.
SinkConfig read_config(const Options& options, const net::Complain& complain);

}  // namespace aorta::plugins::http_sink
