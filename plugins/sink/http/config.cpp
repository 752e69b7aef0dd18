#include "sink/http/config.hpp"

#include "common/files/text.hpp"

#include <algorithm>

namespace aorta::plugins::http_sink {
namespace {

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
    });
}

bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

/// What the sink says itself.
bool is_ours(std::string_view name) {
    std::string lower{name};
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    constexpr std::string_view kOurs[] = {"authorization",
                                          "content-length",
                                          "content-type",
                                          "host",
                                          "transfer-encoding",
                                          "connection",
                                          "expect"};
    return std::find(std::begin(kOurs), std::end(kOurs), lower) != std::end(kOurs);
}

void read_headers(const Options& headers, SinkConfig& config, const net::Complain& complain) {
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const std::string name{headers.key(i)};
        const std::string_view value = headers.item(i).text();
        if (!is_token(name) || !is_one_line(value)) {
            complain(headers.item(i), "a header is a name of letters, digits and -, and one line");
        } else if (is_ours(name)) {
            complain(headers.item(i),
                     "`" + name + "` is said by the sink: see auth, content_type and url");
        } else {
            config.fields.push_back(name + ": " + std::string{value});
        }
    }
}

void read_auth(const Options& auth, SinkConfig& config, const net::Complain& complain) {
    const auto add = [&](const Options& at, std::string field) {
        if (is_one_line(field)) {
            config.fields.push_back(std::move(field));
        } else {
            complain(at, "the secret is more than one line");
        }
    };
    if (auth["bearer"].exists()) {
        add(auth["bearer"], "Authorization: Bearer " + std::string{auth["bearer"].text()});
    }
    const Options basic = auth["basic"];
    if (basic.exists()) {
        const std::string user{basic["user"].text()};
        if (user.find(':') != std::string::npos) {
            complain(basic["user"], "a user name has no colon");
        }
        std::string header = "Authorization: Basic ";
        files::append_base64(user + ":" + std::string{basic["password"].text()}, header);
        add(basic, std::move(header));
    }
    const Options header = auth["header"];
    if (header.exists()) {
        const std::string name{header["name"].text()};
        if (!is_token(name) || is_ours(name)) {
            complain(header["name"], "not a name for a header with a key, such as X-Api-Key");
        }
        add(header, name + ": " + std::string{header["key"].text()});
    }
    if (auth.size() > 1) {
        complain(auth, "auth takes one of bearer, basic, header");
    }
}

std::optional<net::TlsConfig> read_tls(const Options& options,
                                       const Endpoint& endpoint,
                                       const net::Complain& complain) {
    const Options plaintext = options["plaintext"];
    const Options tls = options["tls"];
    if (endpoint.is_https) {
        if (plaintext.exists()) {
            complain(plaintext, "plaintext permits http, but the url says https: drop one");
        }
        return net::read_tls_client(tls, endpoint.host.host, complain);
    }
    if (tls.exists()) {
        complain(tls, "the url says http, so there is no TLS: write https, or drop tls");
    }
    if (!net::is_loopback(endpoint.host) && !plaintext.exists()) {
        complain(options["url"],
                 "the sink would send patient data off this machine without TLS; write https, or "
                 "say why not: plaintext: {reason: \"…\"}");
    } else if (plaintext.exists() && plaintext["reason"].text().empty()) {
        complain(plaintext,
                 "plaintext gives no reason; say why this peer may be spoken to without TLS");
    }
    return {};
}

void read_oauth(const Options& options, SinkConfig& config, const net::Complain& complain) {
    const Options oauth = options["oauth2"];
    if (!oauth.exists()) {
        return;
    }
    const Result<Endpoint> endpoint = parse_endpoint(oauth["token_url"].text());
    if (!endpoint.ok()) {
        complain(oauth["token_url"], endpoint.error().message);
        return;
    }
    if (options["auth"].exists()) {
        complain(oauth, "auth and oauth2 both say who we are: drop one");
    }
    if (!endpoint->is_https && !net::is_loopback(endpoint->host)) {
        complain(oauth["token_url"], "a secret is sent there: write https");
    }
    OauthConfig read{.token_url = std::string{oauth["token_url"].text()},
                     .transfer = config.transfer,
                     .client_id = std::string{oauth["client_id"].text()},
                     .client_secret = std::string{oauth["client_secret"].text()},
                     .scope = std::string{oauth["scope"].text()}};
    read.transfer.tls.reset();
    if (endpoint->is_https) {
        const Options tls = options["tls"];
        read.transfer.tls = net::read_tls_client(tls, endpoint->host.host, complain);
        read.transfer.tls->server_name = endpoint->host.host;
    }
    config.oauth = std::move(read);
}

std::optional<unsigned> status_key(std::string_view text) {
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 3 || text[0] < '2' || text[0] > '5') {
        return std::nullopt;
    }
    if (text.substr(1) == "xx") {
        return static_cast<unsigned>(text[0] - '0');
    }
    if (!digit(1) || !digit(2)) {
        return std::nullopt;
    }
    return static_cast<unsigned>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
}

void read_on(const Options& on, SinkConfig& config, const net::Complain& complain) {
    for (std::size_t i = 0; i < on.size(); ++i) {
        const std::string_view word = on.item(i).text();
        const auto key = status_key(on.key(i));
        if (!key) {
            complain(on.item(i),
                     "`" + std::string{on.key(i)} +
                         "` is no status from 200 to 599, nor 3xx, 4xx "
                         "or 5xx");
        } else if (word == "done") {
            config.on.set(*key, Action::Done);
        } else if (word == "hold") {
            config.on.set(*key, Action::Hold);
        } else if (word == "dead_letter") {
            config.on.set(*key, Action::DeadLetter);
        } else {
            complain(on.item(i), "a status takes done, hold or dead_letter");
        }
    }
}

}  // namespace

Action StatusPolicy::operator[](unsigned status) const {
    for (const unsigned key : {status, status / 100}) {
        if (const auto found = actions_.find(key); found != actions_.end()) {
            return found->second;
        }
    }
    if (status >= 200 && status < 300) {
        return Action::Done;
    }
    // What passes, and what is wrong with our configuration: no record is to blame.
    const bool may_pass = status >= 500 || status == 408 || status == 425 || status == 429;
    const bool is_ours = status < 400 || status == 401 || status == 407;
    return may_pass || is_ours ? Action::Hold : Action::DeadLetter;
}

SinkConfig read_config(const Options& options, const net::Complain& complain) {
    SinkConfig config;
    config.kind = options["kind"].text() == "fhir" ? PeerKind::Fhir : PeerKind::Webhook;
    const std::string_view conditional = options["conditional"].text();
    config.conditional = conditional == "update" ? Conditional::Update
                         : conditional == "none" ? Conditional::None
                                                 : Conditional::Create;
    config.method = options["method"].text();
    config.content_type = options["content_type"].text();
    if (!is_one_line(config.content_type)) {
        complain(options["content_type"], "a media type is one line");
    }
    const Result<UrlTemplate> url = UrlTemplate::parse(options["url"].text());
    if (url.ok()) {
        config.url = *url;
        config.transfer.tls = read_tls(options, url->endpoint(), complain);
        if (config.kind == PeerKind::Fhir &&
            (url->has_attributes() || url->endpoint().path.find('?') != std::string::npos)) {
            complain(options["url"],
                     "kind: fhir takes the base of a FHIR server, without attributes and query");
        }
    } else {
        complain(options["url"], url.error().message);
    }
    config.transfer.connect_timeout = options["connect_timeout"].duration();
    config.transfer.timeout = options["timeout"].duration();
    config.transfer.keepalive = options["keepalive"].duration();
    config.transfer.keeps_open = options["keep_open"].flag();
    config.transfer.proxy = options["proxy"].text();
    config.transfer.max_response_bytes = static_cast<std::size_t>(options["max_response"].bytes());
    read_headers(options["headers"], config, complain);
    read_auth(options["auth"], config, complain);
    read_oauth(options, config, complain);
    read_on(options["on"], config, complain);
    return config;
}

}  // namespace aorta::plugins::http_sink
