#include "sink/mllp/client.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::mllp {
namespace {

constexpr Option kOptions[] = {
    {.name = "connect",
     .type = Type::Text,
     .summary = "host and port of the peer",
     .required = true,
     .example = "\"ehr.example:2575\""},
    {.name = "timeout",
     .type = Type::Duration,
     .summary = "for the answer to a message; then the connection is closed",
     .default_value = "30s",
     .min = "1ms",
     .max = "1h"},
    {.name = "connect_timeout",
     .type = Type::Duration,
     .summary = "for a connection attempt to each address of the host",
     .default_value = "10s",
     .min = "1ms",
     .max = "10m"},
    {.name = "window",
     .type = Type::Int,
     .summary = "messages under way at a time; more than 1 gives up the order of messages across a "
                "retry",
     .default_value = "1",
     .min = "1",
     .max = "1024"},
    {.name = "on_ae",
     .type = Type::Text,
     .summary = "what an AE (or CE) of the peer means: the data is wrong, or try again",
     .default_value = "fail",
     .one_of = "fail|retry"},
};

constexpr Reason kReasons[] = {
    {kUnreachable, "the peer cannot be resolved or connected to"},
    {kConnectionLost, "the connection ended before the answer"},
    {kNoAnswer, "no answer in time"},
    {kWrongAnswer, "the answer is not one, or names another message in MSA-2"},
    {kAe, "the peer answered AE"},
    {kAr, "the peer answered AR"},
    {kHeldBack, "not sent: an earlier message has to be sent again first"},
    {kNoControlId, "MSH-10 is empty: no answer could be told to belong to it"},
    {kFramingByte, "the message contains a byte that MLLP uses for framing"},
};

constexpr Descriptor kDescriptor = {
    .id = "mllp",
    .kind = Kind::Sink,
    .summary = "sends HL7 v2 messages over MLLP and waits for the peer's acknowledgement",
    .inputs = "hl7v2|bytes",
    .concurrency = Concurrency::Serial,
    .may_block = true,
    .network = true,
    .completion = Completion::Durable,
    .replies = true,
    .reasons = kReasons,
    .options = kOptions,
};

class MllpSink final : public Sink {
public:
    MllpSink(const Options& options, Host host)
        : connect_(net::parse_host_port(options["connect"].text())),
          client_(host,
                  {.connect = connect_.ok() ? *connect_ : net::HostPort{},
                   .timeout = options["timeout"].duration(),
                   .connect_timeout = options["connect_timeout"].duration(),
                   .window = static_cast<std::size_t>(options["window"].bytes()),
                   .is_ae_retried = options["on_ae"].text() == "retry"}) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        const auto connect = net::parse_host_port(options["connect"].text());
        if (!connect.ok()) {
            diagnostics.error(options["connect"], connect.error().message);
        }
    }

    Result<void> start() override {
        return connect_.ok() ? Result<void>{} : Result<void>{connect_.error()};
    }

    void consume(std::span<const Delivery> deliveries) override { client_.deliver(deliveries); }

private:
    Result<net::HostPort> connect_;
    Client client_;
};

}  // namespace
}  // namespace aorta::plugins::mllp

AORTA_PLUGIN(aorta::plugins::mllp::MllpSink, aorta::plugins::mllp::kDescriptor);
