// What the pipeline says of an MLLP listener.
#pragma once

#include "common/net/address.hpp"
#include "common/net/tls_options.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aorta::plugins::mllp {

/// What the listener takes; an empty list takes everything.
struct AcceptRule {
    std::vector<std::string> versions;        // MSH-12.1
    std::vector<std::string> types;           // "ORU" or "ORU^R01": MSH-9.1, MSH-9.2
    std::vector<std::string> processing_ids;  // MSH-11.1

    bool takes_all() const { return versions.empty() && types.empty() && processing_ids.empty(); }
};

struct ListenerConfig {
    net::Address listen;
    std::string port_file;  // empty: none
    std::uint64_t max_message_bytes = 0;
    std::uint64_t max_connections = 0;
    std::uint64_t partial_frames_bytes = 0;
    Nanoseconds idle_timeout{0};  // 0: none
    Nanoseconds frame_timeout{0};
    bool has_plaintext = false;  // then only `plaintext_from` may connect
    std::vector<net::Network> plaintext_from;
    std::optional<net::TlsConfig> tls;
    AcceptRule accept;
};

using net::Complain;

/// Reads the options; the result is usable if `complain` was not called.
ListenerConfig read_config(const Options& options, const Complain& complain);

}  // namespace aorta::plugins::mllp
