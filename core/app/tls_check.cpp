#include "app/tls_check.hpp"

#include "app/console.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <chrono>

namespace aorta::app {
namespace {

using config::Value;
using net::TlsFailure;

constexpr std::int64_t kSoon = 30;  // days

std::int64_t seconds(base::Nanoseconds time) {
    return std::chrono::floor<std::chrono::seconds>(time).count();
}

std::string date(std::int64_t at) {
    return base::to_rfc3339(std::chrono::seconds{at}).substr(0, 10);
}

std::int64_t days_left(const net::CertificateFacts& facts, base::Nanoseconds now) {
    return std::chrono::floor<std::chrono::days>(
               std::chrono::seconds{facts.not_after - seconds(now)})
        .count();
}

void judge_times(TlsReport& report, base::Nanoseconds now) {
    for (const net::CertificateFacts& facts : report.chain) {
        const std::int64_t left = days_left(facts, now);
        if (facts.not_after <= seconds(now)) {
            report.findings.push_back(
                fmt::format("{} expired on {}: renew it", facts.subject, date(facts.not_after)));
        } else if (facts.not_before > seconds(now)) {
            report.findings.push_back(fmt::format("{} is not valid before {}: compare the clocks",
                                                  facts.subject,
                                                  date(facts.not_before)));
        } else if (left <= kSoon) {
            report.findings.push_back(
                fmt::format("{} expires in {} days: renew it soon", facts.subject, left));
        }
    }
}

/// What somebody at this end can do about it.
std::string_view advice(TlsFailure failure) {
    switch (failure) {
        case TlsFailure::Plaintext:
        case TlsFailure::EndedInHandshake:
        case TlsFailure::HandshakeTimeout:
            return "turn TLS on at the peer, or ask which of its ports speaks TLS; a peer in the "
                   "clear needs plaintext: in the pipeline";
        case TlsFailure::ProtocolTooOld:
            return "the peer needs TLS 1.2 with ECDHE and AES-GCM or ChaCha20, or TLS 1.3";
        case TlsFailure::WrongHost:
            return "connect by a name of the list above, or give that name with --server-name";
        case TlsFailure::UnknownAuthority:
            return "ask the peer's side for the certificate of its authority, and give it with "
                   "--authorities; a chain may also lack the certificates in between";
        case TlsFailure::PeerRefused:
            return "its log says more; give --certificate and --key if it asks for one, and "
                   "compare the names that it allows";
        case TlsFailure::WrongPurpose:
            return "issue it with the extended key usage serverAuth";
        default:
            return "";
    }
}

void judge(TlsFailure failure, const std::string& detail, TlsReport& report) {
    if (failure == TlsFailure::Expired || failure == TlsFailure::NotYetValid) {
        return;  // the dates tell it better
    }
    std::string finding{net::text(failure)};
    finding += detail.empty() ? "" : fmt::format(" ({})", detail);
    const std::string_view mend = advice(failure);
    report.findings.push_back(mend.empty() ? finding : fmt::format("{}; {}", finding, mend));
}

/// "system" stands for the system's in addition.
void trust(const std::vector<std::string>& paths, net::TlsConfig& config) {
    for (const std::string& path : paths) {
        if (path == "system") {
            config.trusts_system = true;
        } else {
            config.authorities.push_back(path);
        }
    }
    config.trusts_system = config.trusts_system || paths.empty();
}

Value json_of_certificate(const net::CertificateFacts& facts, base::Nanoseconds now) {
    Value out = Value::of_map();
    out.add("subject", Value::of_text(facts.subject));
    out.add("issuer", Value::of_text(facts.issuer));
    std::vector<Value> names;
    for (const std::string& name : facts.names) {
        names.push_back(Value::of_text(name));
    }
    out.add("names", Value::of_list(std::move(names)));
    out.add("not_before", Value::of_text(base::to_rfc3339(std::chrono::seconds{facts.not_before})));
    out.add("not_after", Value::of_text(base::to_rfc3339(std::chrono::seconds{facts.not_after})));
    out.add("days_left", Value::of_int(days_left(facts, now)));
    out.add("authority", Value::of_bool(facts.is_authority));
    out.add("sha256", Value::of_text(facts.fingerprint));
    return out;
}

}  // namespace

Result<TlsReport> check_certificate_file(const std::string& path,
                                         const TlsCheckOptions& options,
                                         base::Nanoseconds now) {
    const auto chain = net::read_certificates(path);
    if (!chain) {
        return chain.error();
    }
    TlsReport report{.subject = path};
    for (const net::Certificate& certificate : *chain) {
        report.chain.push_back(net::facts_of(*certificate));
    }
    judge_times(report, now);
    if (!options.key.empty()) {
        const auto key = net::read_private_key(options.key);
        if (!key) {
            report.findings.push_back(key.error().message);
        } else if (net::matches(chain->front(), *key)) {
            report.facts.push_back(fmt::format("{} is its key", options.key));
        } else {
            report.findings.push_back(
                fmt::format("{} is not the key of the first certificate", options.key));
        }
    }
    std::vector<net::Certificate> authorities;
    for (const std::string& file : options.authorities) {
        auto some = net::read_authorities(file);
        if (!some) {
            return some.error();
        }
        std::move(some->begin(), some->end(), std::back_inserter(authorities));
    }
    if (!options.authorities.empty()) {
        const TlsFailure failure = net::verify_chain(*chain, authorities);
        if (failure == TlsFailure::None) {
            report.facts.emplace_back("the authorities vouch for it");
        } else {
            judge(failure, "", report);
        }
    }
    return report;
}

Result<TlsReport> check_port(const net::HostPort& to,
                             const TlsCheckOptions& options,
                             base::Nanoseconds now) {
    net::TlsConfig config{
        .certificate = options.certificate,
        .key = options.certificate.empty() ? "" : options.key,
        .server_name = options.server_name.empty() ? to.host : options.server_name};
    trust(options.authorities, config);
    auto probe = net::probe_tls(to, config, std::chrono::seconds{options.timeout_s});
    if (!probe) {
        return probe.error();
    }
    TlsReport report{.subject = net::to_string(to),
                     .protocol = probe->protocol,
                     .cipher = probe->cipher,
                     .chain = std::move(probe->chain)};
    judge_times(report, now);
    if (probe->failure == TlsFailure::None) {
        report.facts.push_back(
            fmt::format("trusted, and a certificate for {}", config.server_name));
    } else {
        judge(probe->failure, probe->detail, report);
    }
    return report;
}

Value to_json(const TlsReport& report, base::Nanoseconds now) {
    Value out = Value::of_map();
    out.add("subject", Value::of_text(report.subject));
    if (!report.protocol.empty()) {
        out.add("protocol", Value::of_text(report.protocol));
        out.add("cipher", Value::of_text(report.cipher));
    }
    std::vector<Value> chain;
    for (const net::CertificateFacts& facts : report.chain) {
        chain.push_back(json_of_certificate(facts, now));
    }
    out.add("certificates", Value::of_list(std::move(chain)));
    std::vector<Value> findings;
    for (const std::string& finding : report.findings) {
        findings.push_back(Value::of_text(finding));
    }
    out.add("findings", Value::of_list(std::move(findings)));
    return out;
}

std::string to_text(const TlsReport& report, base::Nanoseconds now) {
    std::string out = report.subject + "\n";
    if (!report.protocol.empty()) {
        out += fmt::format("  {} with {}\n", report.protocol, report.cipher);
    }
    for (const net::CertificateFacts& facts : report.chain) {
        out += table({{"subject", facts.subject},
                      {"issuer", facts.issuer},
                      {"names", facts.names.empty() ? "none" : base::join(facts.names, ", ")},
                      {"valid",
                       fmt::format("{} to {}, {} days left",
                                   date(facts.not_before),
                                   date(facts.not_after),
                                   days_left(facts, now))},
                      {"kind", facts.is_authority ? "authority" : "certificate"},
                      {"sha256", facts.fingerprint}},
                     "  ") +
               "\n";
    }
    for (const std::string& fact : report.facts) {
        out += fmt::format("  ok: {}\n", fact);
    }
    for (const std::string& finding : report.findings) {
        out += fmt::format("  problem: {}\n", finding);
    }
    return out;
}

}  // namespace aorta::app
