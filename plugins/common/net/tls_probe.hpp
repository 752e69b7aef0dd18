// Looking at the TLS of a port, and at certificates without one.
#pragma once

#include "common/net/address.hpp"
#include "common/net/certificates.hpp"
#include "common/net/tls_context.hpp"

#include <aorta/result.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace aorta::net {

struct TlsProbe {
    TlsFailure failure = TlsFailure::None;  // of the handshake, or else of the verification
    std::string detail;                     // the library's word for it
    bool is_established = false;            // then what follows is filled in
    std::string protocol;
    std::string cipher;
    std::vector<CertificateFacts> chain;  // as the peer sent it
};

/// Connects and shakes hands, whatever the peer's certificate is like, and waits a moment for a
/// refusal of ours. Blocks. An error means that no connection came about.
Result<TlsProbe> probe_tls(const HostPort& to, TlsConfig config, std::chrono::nanoseconds timeout);

/// What there is against the first certificate, with the others as helpers, if these are trusted.
TlsFailure verify_chain(const std::vector<Certificate>& chain,
                        const std::vector<Certificate>& authorities);

}  // namespace aorta::net
