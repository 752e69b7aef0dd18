// What `aorta tls check` finds out, as a tree for programs and text for people.
#pragma once

#include "base/clock.hpp"
#include "common/net/tls_probe.hpp"
#include "config/value.hpp"

#include <aorta/result.hpp>

#include <string>
#include <vector>

namespace aorta::app {

/// What to look at a file or a port with; empty texts are left out.
struct TlsCheckOptions {
    std::string key;          // of the file's certificate, or of `certificate`
    std::string certificate;  // to show to the port
    std::vector<std::string>
        authorities;  // that are trusted; a port: the system's if there are none
    std::string server_name;
    int timeout_s = 5;
};

struct TlsReport {
    std::string subject;  // the file or the port, as it was given
    std::string protocol;
    std::string cipher;
    std::vector<net::CertificateFacts> chain;
    std::vector<std::string> facts;     // that are as they should be
    std::vector<std::string> findings;  // that are not, and what to do
};

/// An error is one of reading or connecting.
Result<TlsReport> check_certificate_file(const std::string& path,
                                         const TlsCheckOptions& options,
                                         base::Nanoseconds now);
Result<TlsReport> check_port(const net::HostPort& to,
                             const TlsCheckOptions& options,
                             base::Nanoseconds now);

config::Value to_json(const TlsReport& report, base::Nanoseconds now);
std::string to_text(const TlsReport& report, base::Nanoseconds now);

}  // namespace aorta::app
