// An access token by OAuth 2 client credentials, kept while it is good.
#pragma once

#include "sink/http/config.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>

namespace aorta::plugins::http_sink {

/// Blocks its caller; one thread at a time.
class Token {
public:
    Token(Host host, OauthConfig config);

    Result<void> start() { return transfer_.start(); }

    /// "Authorization: Bearer …", from the token server if need be; nothing when that gives none:
    /// the log says why.
    std::optional<std::string> field();

    /// The token was refused: the next field() gets a new one.
    void forget() { field_.clear(); }

private:
    bool fetch();

    Host host_;
    OauthConfig config_;
    Transfer transfer_;
    std::string field_;          // empty: none yet
    Nanoseconds good_until_{0};  // by the steady clock
    Counter fetched_;
    Counter failed_;
};

}  // namespace aorta::plugins::http_sink
