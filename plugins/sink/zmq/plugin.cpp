#include "sink/zmq/zmq_sink.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>

namespace aorta::plugins::zmq_sink {
namespace {

constexpr Option kOptions[] = {
    {.name = "pattern",
     .type = Type::Text,
     .summary =
         "push: to one of the PULL sockets; pub: to all SUB sockets that are there; req: to a "
         "REP socket, whose answer completes the record",
     .required = true,
     .one_of = "push|pub|req",
     .example = "push"},
    zmq::kListenOption,
    zmq::kConnectOption,
    zmq::kAddressFileOption,
    {.name = "topic",
     .type = Type::Text,
     .summary = "push, pub: a part in front of the payload, which subscribers choose by",
     .example = "vitals.icu"},
    {.name = "expect",
     .type = Type::Text,
     .summary = "req: what an answer must begin with; left out: any answer will do",
     .example = "OK"},
    {.name = "timeout",
     .type = Type::Duration,
     .summary = "for a peer to be there and take the message, and for its answer",
     .default_value = "5s",
     .min = "1ms",
     .max = "1h"},
    zmq::kHighWaterOption,
    zmq::kCurveOption,
    zmq::kPlaintextOption,
};

constexpr Reason kReasons[] = {
    {kNoPeer, "no peer is there, or none takes more"},
    {kNoAnswer, "no answer in time"},
    {kWrongAnswer, "the answer does not begin as `expect` says, or has several parts"},
    {kHeldBack, "not sent: an earlier message has to be sent again first"},
};

constexpr Descriptor kDescriptor = {
    .id = "zmq",
    .kind = Kind::Sink,
    .summary = "Sends records to ZeroMQ programs: PUSH, PUB or REQ",
    .concurrency = Concurrency::Keyed,
    .may_block = true,
    .network = true,
    .completion = Completion::HandedOver,
    .replies = true,
    .reasons = kReasons,
    .options = kOptions,
};

Settings read_settings(const Options& options, const zmq::Complain& complain) {
    Settings settings{.node = zmq::read_node(options, complain)};
    const std::string_view pattern = options["pattern"].text();
    settings.pattern = pattern == "req"   ? Pattern::Req
                       : pattern == "pub" ? Pattern::Pub
                                          : Pattern::Push;
    settings.topic = options["topic"].text();
    settings.expect = options["expect"].text();
    settings.timeout = options["timeout"].duration();
    if (!settings.topic.empty() && settings.pattern == Pattern::Req) {
        complain(options["topic"], "a request is one part: pattern: req has no topic");
    }
    if (!settings.expect.empty() && settings.pattern != Pattern::Req) {
        complain(options["expect"], "only pattern: req is answered");
    }
    return settings;
}

class ZmqPlugin final : public Sink {
public:
    ZmqPlugin(const Options& options, Host host)
        : sink_(read_settings(options,
                              [this](Options, const std::string& message) {
                                  problem_ = problem_.value_or(message);
                              }),
                host) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        const Settings settings = read_settings(
            options,
            [&](Options at, const std::string& message) { diagnostics.error(at, message); });
        zmq::warn_of_plaintext(settings.node, options, diagnostics);
    }

    Result<void> start() override {
        return problem_ ? Error{ErrorCode::InvalidConfig, *problem_} : sink_.start();
    }

    void stop() override { sink_.stop(); }

    void consume(std::span<const Delivery> deliveries) override { sink_.consume(deliveries); }

private:
    std::optional<std::string> problem_;  // before sink_: reading its options may set it
    ZmqSink sink_;
};

}  // namespace
}  // namespace aorta::plugins::zmq_sink

AORTA_PLUGIN(aorta::plugins::zmq_sink::ZmqPlugin, aorta::plugins::zmq_sink::kDescriptor);
