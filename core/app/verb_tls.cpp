// aorta tls: looking at certificates and at the TLS of a port.
#include "app/command.hpp"
#include "app/tls_check.hpp"
#include "config/json.hpp"

#include <fmt/format.h>

#include <system_error>

namespace aorta::app {
namespace {

constexpr std::string_view kTlsHelp = R"(Examples:
  aorta tls check listener.pem --key listener.key    for whom, until when, and does the key fit?
  aorta tls check listener.pem --authorities ca.pem  would a peer that trusts ca.pem accept it?
  aorta tls check ehr.example:2575                   which TLS, whose certificate, is it trusted?
  aorta tls check ehr.example:2575 --authorities ca.pem --certificate aorta.pem --key aorta.key

For a port it shakes hands as a sink would, sends nothing, and hangs up; a peer that turns out to
speak no TLS is named. Every problem comes with what to do about it. Exit code 0: all is well, 1: a
problem (an end within 30 days is one), 69: the port cannot be reached, 74: a file cannot be read.
)";

class Tls final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("ACTION", action_, "check", true);
        arguments.positional("FILE|HOST:PORT", subjects_, "Certificates in PEM, or a port", true);
        arguments.option("--key", "FILE", options_.key, "The private key of the certificate");
        arguments.option("--authorities",
                         "FILE|DIR",
                         options_.authorities,
                         "Whom to trust, or system; a port: the system's if left out");
        arguments.option(
            "--certificate", "FILE", options_.certificate, "Port: show this one to the peer");
        arguments.option("--server-name",
                         "NAME",
                         options_.server_name,
                         "Port: the name that its certificate must be for");
        arguments.option("--timeout", "SECONDS", options_.timeout_s, "Port: patience (default 5)");
        arguments.flag("--json", json_, "One JSON list");
    }

    int run(Shell& shell) override {
        if (action_ != "check") {
            shell.console.complain(
                fmt::format("tls has no action `{}`\n  write: aorta tls check FILE", action_));
            return kUsage;
        }
        const base::Nanoseconds now = shell.clock.now();
        config::Value all = config::Value::of_list({});
        int code = kOk;
        for (const std::string& subject : subjects_) {
            const Result<TlsReport> report = check(subject, now);
            if (!report) {
                shell.console.complain(fmt::format("{}: {}", subject, report.error().message));
                code = std::max<int>(code, exit_code(report.error().code));
                continue;
            }
            code = std::max<int>(code, report->findings.empty() ? kOk : kFindings);
            if (json_) {
                all.items.push_back(to_json(*report, now));
            } else {
                shell.console.out(to_text(*report, now));
            }
        }
        if (json_) {
            shell.console.out(config::to_json(all) + "\n");
        }
        return code;
    }

private:
    /// A file that exists is one, whatever its name looks like.
    Result<TlsReport> check(const std::string& subject, base::Nanoseconds now) const {
        std::error_code ignored;
        const auto port = net::parse_host_port(subject);
        if (port && !std::filesystem::exists(subject, ignored)) {
            return check_port(*port, options_, now);
        }
        return check_certificate_file(subject, options_, now);
    }

    std::string action_;
    std::vector<std::string> subjects_;
    TlsCheckOptions options_;
    bool json_ = false;
};

}  // namespace

const Verb kTlsVerb{"tls",
                    "check FILE|HOST:PORT… [options]",
                    "Look at certificates, or at the TLS of a port",
                    kTlsHelp,
                    make_command<Tls>};

}  // namespace aorta::app
