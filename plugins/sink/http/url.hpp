// Addresses to send to: what of them is fixed, and what comes from a record.
#pragma once

#include "common/net/address.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::http_sink {

/// The parts of "https://host:8443/a/b?c" that decide who is spoken to.
struct Endpoint {
    bool is_https = false;
    net::HostPort host;
    std::string path;  // with the query
};

/// http or https, without user, password and fragment.
Result<Endpoint> parse_endpoint(std::string_view url);

/// A URL with {attribute} in its path or query.
class UrlTemplate {
public:
    static Result<UrlTemplate> parse(std::string_view url);

    /// Interns the attributes' names.
    void bind(const Host& host);

    const Endpoint& endpoint() const { return endpoint_; }

    bool has_attributes() const { return !pieces_.empty(); }

    /// The URL of a record, attributes percent-encoded. An error's place is the attribute that is
    /// missing, or would be "." or "..".
    Result<std::string> of(const Record& record) const;

private:
    struct Piece {
        std::string attribute;
        std::uint32_t name = 0;
        std::string behind;  // fixed text
    };

    Endpoint endpoint_;
    std::string begin_;
    std::vector<Piece> pieces_;
};

}  // namespace aorta::plugins::http_sink
