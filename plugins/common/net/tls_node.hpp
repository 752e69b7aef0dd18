// The TLS of one node of a pipeline: certificates that change under it, what is logged and counted.
#pragma once

#include "common/net/socket.hpp"
#include "common/net/tls_context.hpp"
#include "common/net/tls_session.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::net {

/// Owned by a source or a sink. One thread at a time.
class TlsNode {
public:
    TlsNode(Host host, TlsConfig config);

    /// Reads the certificates; fails when they cannot be used.
    Result<void> start();

    /// Takes over files that have changed, and warns of certificates that end soon. Looks at the
    /// files once a second at most. New files that cannot be used change nothing, and are logged.
    void refresh();

    /// TLS on a fresh connection, with the certificates of now.
    void secure(Stream& stream) { stream.secure(context_); }

    /// The certificates of now; null before start.
    const std::shared_ptr<const TlsContext>& context() const { return context_; }

    /// Counts a handshake that succeeded, and logs what was agreed.
    void report_established(const Stream& stream, std::string_view peer);

    /// Logs and counts why the stream failed, if it did; returns that.
    TlsFailure report_failure(const Stream& stream, std::string_view peer);

private:
    /// Something that ends, and is warned of before.
    struct Watch {
        std::string_view what;
        std::string_view gauge;
        Expiry expiry = {};
        std::size_t warned = 0;  // thresholds that were passed and logged
    };

    void note(Watch& watch, const Expiry& expiry);
    void warn(Watch& watch);
    void warn_all();
    void take(std::shared_ptr<const TlsContext> context);
    std::string stamp() const;

    Host host_;
    TlsConfig config_;
    std::shared_ptr<const TlsContext> context_;
    std::string stamp_;  // of the files as they were read
    Nanoseconds next_look_{0};
    Watch certificate_{"certificate", "tls_certificate_expiry_timestamp_seconds"};
    Watch authority_{"authority", "tls_authority_expiry_timestamp_seconds"};
    Watch crl_{"revocation list", "tls_crl_expiry_timestamp_seconds"};
    Counter handshakes_;
    Counter reloads_;
    Counter reloads_failed_;
    std::vector<Counter> failures_;  // by TlsFailure
};

}  // namespace aorta::net
