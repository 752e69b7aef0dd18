#include "source/http/config.hpp"
#include "source/http/listener.hpp"
#include "source/http/options.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>

namespace aorta::plugins::http_source {
namespace {

constexpr Port kPorts[] = {
    {.name = "out", .content_type = "bytes", .summary = "one record for each request's body"}};

constexpr Descriptor kDescriptor = {
    .id = "http",
    .kind = Kind::Source,
    .summary = "Receives webhooks, and FHIR resources as a FHIR server, over HTTP",
    .inputs = {},
    .outputs = kPorts,
    .concurrency = Concurrency::Serial,
    .network = true,
    .options = kOptions,
};

class HttpSource final : public Source {
public:
    HttpSource(const Options& options, Host host)
        : listener_(host, read_config(options, [this](Options, const std::string& message) {
                        problem_ = problem_.value_or(message);
                    })) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        const SourceConfig config = read_config(
            options,
            [&](Options at, const std::string& message) { diagnostics.error(at, message); });
        if (!diagnostics.failed()) {
            net::lint_listen(config.listen, options, options["auth"].exists(), diagnostics);
        }
    }

    Result<void> start() override {
        if (problem_) {
            return Error{ErrorCode::InvalidConfig, *problem_};
        }
        return listener_.start();
    }

    void stop() override { listener_.stop(); }

    void on_credit() override { listener_.on_credit(); }

    void on_ack(std::uint64_t cookie, const Outcome& answer) override {
        listener_.on_ack(cookie, answer);
    }

private:
    std::optional<std::string> problem_;  // before listener_: reading its options may set it
    Listener listener_;
};

}  // namespace
}  // namespace aorta::plugins::http_source

AORTA_PLUGIN(aorta::plugins::http_source::HttpSource, aorta::plugins::http_source::kDescriptor);
