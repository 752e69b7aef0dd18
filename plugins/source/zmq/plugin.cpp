#include "source/zmq/zmq_source.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>

namespace aorta::plugins::zmq_source {
namespace {

constexpr Option kOptions[] = {
    {.name = "pattern",
     .type = Type::Text,
     .summary = "pull: takes from PUSH sockets; sub: from PUB sockets; rep: answers REQ sockets",
     .required = true,
     .one_of = "pull|sub|rep",
     .example = "pull"},
    zmq::kListenOption,
    zmq::kConnectOption,
    zmq::kAddressFileOption,
    {.name = "subscribe",
     .type = Type::List,
     .summary = "sub: beginnings of the messages to take; left out: all",
     .example = "[vitals.]",
     .item = Type::Text},
    {.name = "parts",
     .type = Type::Text,
     .summary = "records: each part of a message is a record; topic: the first part is the "
                "attribute `topic` of the others",
     .default_value = "records",
     .one_of = "records|topic"},
    {.name = "max_message",
     .type = Type::Size,
     .summary = "largest part of a message; a peer that sends a larger one is disconnected",
     .default_value = "16MiB",
     .min = "1KiB",
     .max = "1GiB"},
    zmq::kHighWaterOption,
    zmq::kCurveOption,
    zmq::kPlaintextOption,
};

constexpr Port kPorts[] = {
    {.name = "out", .content_type = "bytes", .summary = "one record for each part of a message"}};

constexpr Descriptor kDescriptor = {
    .id = "zmq",
    .kind = Kind::Source,
    .summary = "Takes messages of ZeroMQ programs: PULL, SUB or REP",
    .inputs = {},
    .outputs = kPorts,
    .concurrency = Concurrency::Serial,
    .network = true,
    .options = kOptions,
};

Settings read_settings(const Options& options, const zmq::Complain& complain) {
    Settings settings{.node = zmq::read_node(options, complain)};
    const std::string_view pattern = options["pattern"].text();
    settings.pattern = pattern == "rep"   ? Pattern::Rep
                       : pattern == "sub" ? Pattern::Sub
                                          : Pattern::Pull;
    settings.has_topic = options["parts"].text() == "topic";
    settings.max_message_bytes = options["max_message"].bytes();
    const Options subscribe = options["subscribe"];
    settings.subscribe = subscribe.exists() ? subscribe.texts() : std::vector<std::string>{""};
    if (subscribe.exists() && settings.pattern != Pattern::Sub) {
        complain(subscribe, "only pattern: sub subscribes");
    }
    if (settings.has_topic && settings.pattern == Pattern::Rep) {
        complain(options["parts"], "a request is one part: pattern: rep has no topics");
    }
    return settings;
}

class ZmqPlugin final : public Source {
public:
    ZmqPlugin(const Options& options, Host host)
        : source_(read_settings(options,
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
        return problem_ ? Error{ErrorCode::InvalidConfig, *problem_} : source_.start();
    }

    void stop() override { source_.stop(); }

    void on_credit() override { source_.on_credit(); }

    void on_ack(std::uint64_t cookie, const Outcome& answer) override {
        source_.on_ack(cookie, answer);
    }

private:
    std::optional<std::string> problem_;  // before source_: reading its options may set it
    ZmqSource source_;
};

}  // namespace
}  // namespace aorta::plugins::zmq_source

AORTA_PLUGIN(aorta::plugins::zmq_source::ZmqPlugin, aorta::plugins::zmq_source::kDescriptor);
