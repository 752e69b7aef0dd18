#include "transport/endpoint.hpp"

#include "transport/tests/workers.hpp"

#include <zmq.h>

namespace aorta::transport {
namespace {

constexpr const char* kAnyPort = "tcp://127.0.0.1:*";

class LinkEndpoint : public testing::Test {
protected:
    static std::unique_ptr<Worker> listener(const std::string& address) {
        auto made = std::make_unique<Worker>(
            "core", "edge", EndpointConfig{.listens = true, .address = address});
        EXPECT_TRUE(made->endpoint->start().ok());
        return made;
    }

    static std::unique_ptr<Worker> dialer(const std::string& address) {
        auto made = std::make_unique<Worker>("edge", "core", EndpointConfig{.address = address});
        EXPECT_TRUE(made->endpoint->start().ok());
        return made;
    }

    static void exchange(Worker& from, Worker& to, int count) {
        const std::size_t before = to.pipeline.count();
        const int delivered = from.fates.delivered;
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE(from.offer("record " + std::to_string(i)));
        }
        ASSERT_TRUE(eventually([&] { return from.fates.delivered == delivered + count; }));
        const std::vector<std::string> payloads = to.pipeline.payloads();
        for (int i = 0; i < count; ++i) {
            EXPECT_EQ(payloads.at(before + static_cast<std::size_t>(i)),
                      "record " + std::to_string(i));
        }
        EXPECT_EQ(to.pipeline.count(), before + static_cast<std::size_t>(count));
    }

    PrivateFolder folder;
};

TEST_F(LinkEndpoint, CarriesRecordsBothWaysOverTcp) {
    const auto core = listener(kAnyPort);
    const auto edge = dialer(core->endpoint->address());
    exchange(*edge, *core, 500);
    exchange(*core, *edge, 500);
    EXPECT_TRUE(edge->link->status().is_up);
    EXPECT_TRUE(eventually([&] { return edge->link->status().held == 0; }));
}

TEST_F(LinkEndpoint, CarriesRecordsOverIpcThatOthersCannotReach) {
    const std::string path = (folder.path / "link").string();
    const auto core = listener("ipc://" + path);
    const auto edge = dialer("ipc://" + path);
    exchange(*edge, *core, 100);

    struct stat status {};

    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600);
}

TEST_F(LinkEndpoint, RefusesAnIpcFolderOfOthers) {
    ASSERT_EQ(::chmod(folder.path.c_str(), 0755), 0);
    Worker core{
        "core", "edge", {.listens = true, .address = "ipc://" + (folder.path / "link").string()}};
    EXPECT_EQ(core.endpoint->start().error().code, ErrorCode::Denied);
}

TEST_F(LinkEndpoint, RefusesPlainTcpOffThisMachine) {
    Worker core{"core", "edge", {.listens = true, .address = "tcp://0.0.0.0:*"}};
    EXPECT_EQ(core.endpoint->start().error().code, ErrorCode::Denied);
    Worker edge{"edge", "core", {.address = "tcp://core.example:7401"}};
    EXPECT_EQ(edge.endpoint->start().error().code, ErrorCode::Denied);
    Worker nobody{"core",
                  "edge",
                  {.listens = true,
                   .address = "tcp://0.0.0.0:*",
                   .plaintext = zmq::Plaintext{.reason = "a cable between two boxes"}}};
    EXPECT_EQ(nobody.endpoint->start().error().code, ErrorCode::Denied);
}

TEST_F(LinkEndpoint, PlainTcpByPermissionIsForThoseWhomItNames) {
    zmq::Plaintext plaintext{.reason = "a cable between two boxes"};
    plaintext.from.push_back(*zmq::Network::parse("10.1.2.0/24"));
    Worker core{
        "core", "edge", {.listens = true, .address = "tcp://0.0.0.0:*", .plaintext = plaintext}};
    ASSERT_TRUE(core.endpoint->start().ok());
    const std::string port = core.endpoint->address().substr(core.endpoint->address().rfind(':'));
    const auto edge = dialer("tcp://127.0.0.1" + port);
    exchange(*edge, core, 10);  // loopback is this machine
}

TEST_F(LinkEndpoint, TakesUpWhereItWasWhenTheListenerComesBack) {
    auto core = listener(kAnyPort);
    const std::string address = core->endpoint->address();
    core->pipeline.delivers = false;
    const auto edge = dialer(address);
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(edge->offer(std::to_string(i)));
    }
    ASSERT_TRUE(eventually([&] { return core->pipeline.count() == 50; }));
    core->endpoint->stop();
    core.reset();
    core = listener(address);
    ASSERT_TRUE(eventually([&] { return edge->fates.delivered == 50; }));
    EXPECT_EQ(core->pipeline.count(), 50);
    EXPECT_EQ(edge->fates.others, 0);
}

TEST_F(LinkEndpoint, ARecordWaitsWhileThePipelineHasNoRoom) {
    const auto core = listener(kAnyPort);
    core->pipeline.has_room_now = false;
    const auto edge = dialer(core->endpoint->address());
    ASSERT_TRUE(edge->offer("one"));
    ASSERT_TRUE(eventually([&] { return core->link->status().waiting_bytes > 0; }));
    EXPECT_EQ(core->pipeline.count(), 0);
    core->pipeline.has_room_now = true;
    core->link->resume();
    ASSERT_TRUE(eventually([&] { return edge->fates.delivered == 1; }));
}

TEST_F(LinkEndpoint, AFullWindowSaysNoAndLaterMaybe) {
    const auto core = listener(kAnyPort);
    core->pipeline.delivers = false;
    const auto edge = dialer(core->endpoint->address());
    const std::string large(3U << 20U, 'x');
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(edge->offer(large));
    }
    message::RecordPtr record = sample_record(edge->budget, large);
    ASSERT_TRUE(eventually([&] { return core->pipeline.count() == 3; }));
    EXPECT_FALSE(edge->link->offer(0, record));
    EXPECT_TRUE(record);
    core->pipeline.deliver_kept();
    EXPECT_TRUE(eventually([&] { return edge->pipeline.offers == 1; }));
    EXPECT_TRUE(edge->link->offer(0, record));
}

TEST_F(LinkEndpoint, StaysAliveUnderGarbage) {
    const auto core = listener(kAnyPort);
    zmq::SocketContext context;
    zmq::Socket stranger{context, zmq::Socket::Kind::Dealer};
    stranger.set(ZMQ_LINGER, 0);
    ASSERT_TRUE(stranger.connect(core->endpoint->address()).ok());
    for (const std::string& bytes : {std::string{},
                                     std::string{"\x01garbage"},
                                     std::string(5'000, '\x04'),
                                     encode({.session = 3, .body = Credit{1, 2, 3}})}) {
        stranger.send({}, bytes);
    }
    stranger.send_parts({"two", "parts"});
    // The one that can be read is answered: there is no such session.
    std::optional<zmq::Received> answer;
    ASSERT_TRUE(eventually([&] { return (answer = stranger.receive()).has_value(); }));
    const auto frame = decode(answer->frame);
    ASSERT_TRUE(frame.ok());
    EXPECT_EQ(std::get<Bye>(frame->body).reason, Farewell::Unknown);
    const auto edge = dialer(core->endpoint->address());
    exchange(*edge, *core, 10);
}

TEST_F(LinkEndpoint, AFrameThatIsTooLargeEndsItsOwnConnectionOnly) {
    const auto core = listener(kAnyPort);
    const auto edge = dialer(core->endpoint->address());
    exchange(*edge, *core, 10);
    zmq::SocketContext context;
    zmq::Socket stranger{context, zmq::Socket::Kind::Dealer};
    stranger.set(ZMQ_LINGER, 0);
    stranger.set(ZMQ_RECONNECT_IVL, -1);
    ASSERT_TRUE(stranger.connect(core->endpoint->address()).ok());
    void* const monitored = stranger.get();
    ASSERT_EQ(zmq_socket_monitor(monitored, "inproc://watch", ZMQ_EVENT_DISCONNECTED), 0);
    void* const watch = zmq_socket(context.get(), ZMQ_PAIR);
    ASSERT_EQ(zmq_connect(watch, "inproc://watch"), 0);
    stranger.send({}, std::string(IncomingLimits{}.max_record + (4U << 20U), '\4'));
    zmq_pollitem_t item{.socket = watch, .fd = 0, .events = ZMQ_POLLIN, .revents = 0};
    EXPECT_EQ(zmq_poll(&item, 1, 20'000), 1);  // it was hung up on
    zmq_close(watch);
    exchange(*edge, *core, 10);
    EXPECT_EQ(core->link->status().counts.sessions, 1);
}

TEST_F(LinkEndpoint, AHelloOfAVersionThatNobodySpeaksIsRefused) {
    const auto core = listener(kAnyPort);
    zmq::SocketContext context;
    zmq::Socket stranger{context, zmq::Socket::Kind::Dealer};
    stranger.set(ZMQ_LINGER, 0);
    ASSERT_TRUE(stranger.connect(core->endpoint->address()).ok());
    Hello hello;
    hello.lowest = kVersion + 1;
    hello.from = "edge";
    hello.to = "core";
    hello.pipeline = "results";
    hello.instance = 7;
    hello.max_record = 1U << 30U;
    stranger.send({}, encode({.version = kVersion + 1, .session = 3, .body = hello}));
    std::optional<zmq::Received> answer;
    ASSERT_TRUE(eventually([&] { return (answer = stranger.receive()).has_value(); }));
    const auto frame = decode(answer->frame);
    ASSERT_TRUE(frame.ok());
    EXPECT_EQ(std::get<Refuse>(frame->body).reason, Refusal::Version);
    EXPECT_TRUE(eventually([&] { return core->link->status().counts.refused == 1; }));
    const auto edge = dialer(core->endpoint->address());
    exchange(*edge, *core, 10);
}

}  // namespace
}  // namespace aorta::transport
