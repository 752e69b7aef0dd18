#include "sink/http/url.hpp"

#include "common/http/target.hpp"

#include <algorithm>

namespace aorta::plugins::http_sink {
namespace {

Error bad_url(std::string_view why) {
    return {ErrorCode::InvalidConfig, "not a URL to send to: " + std::string{why}};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view url) {
    Endpoint endpoint;
    endpoint.is_https = url.starts_with("https://");
    if (!endpoint.is_https && !url.starts_with("http://")) {
        return bad_url("it begins with https:// or http://");
    }
    if (std::any_of(url.begin(), url.end(), [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '#' || c == '\\';
        })) {
        return bad_url("blanks, line ends, # and \\ have no place in it");
    }
    const std::string_view rest = url.substr(endpoint.is_https ? 8 : 7);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.find_first_of("@{}") != std::string_view::npos) {
        return bad_url("the host is fixed, and credentials belong into `auth`");
    }
    // "[::1]" and "host" have no port of their own.
    const bool has_port =
        authority.rfind(':') != std::string_view::npos && !authority.ends_with(']');
    const std::string port = has_port ? "" : endpoint.is_https ? ":443" : ":80";
    const Result<net::HostPort> host = net::parse_host_port(std::string{authority} + port);
    if (!host.ok()) {
        return host.error();
    }
    endpoint.host = *host;
    endpoint.path = rest.substr(authority.size());
    return endpoint;
}

Result<UrlTemplate> UrlTemplate::parse(std::string_view url) {
    UrlTemplate made;
    const std::size_t first = std::min(url.find('{'), url.size());
    const Result<Endpoint> endpoint = parse_endpoint(url.substr(0, first));
    if (!endpoint.ok()) {
        return endpoint.error();
    }
    made.endpoint_ = *endpoint;
    if (first < url.size() && made.endpoint_.path.empty()) {
        return bad_url("the host is fixed: a slash stands before the first {attribute}");
    }
    made.begin_ = url.substr(0, first);
    std::string_view rest = url.substr(first);
    while (!rest.empty()) {
        const std::size_t close = rest.find('}');
        if (close == std::string_view::npos || close == 1) {
            return bad_url("a { begins the name of an attribute, which } ends");
        }
        const std::string_view behind = rest.substr(close + 1);
        const std::size_t next = std::min(behind.find('{'), behind.size());
        if (behind.substr(0, next).find_first_of("}# \r\n\t") != std::string_view::npos) {
            return bad_url("} ends a {attribute}; blanks, line ends and # have no place in it");
        }
        made.pieces_.push_back({.attribute = std::string{rest.substr(1, close - 1)},
                                .behind = std::string{behind.substr(0, next)}});
        rest = behind.substr(next);
    }
    return made;
}

void UrlTemplate::bind(const Host& host) {
    for (Piece& piece : pieces_) {
        piece.name = host.intern(piece.attribute);
    }
}

Result<std::string> UrlTemplate::of(const Record& record) const {
    std::string url = begin_;
    for (const Piece& piece : pieces_) {
        const std::string_view value = record.attribute(piece.name);
        if (value.empty() || value == "." || value == "..") {
            return Error{ErrorCode::InvalidData, "no such attribute", piece.attribute};
        }
        url += http::percent_encode(value) + piece.behind;
    }
    return url;
}

}  // namespace aorta::plugins::http_sink
