#include "admin/server.hpp"

#include "admin/tests/http_client.hpp"
#include "config/json.hpp"
#include "host/search.hpp"
#include "pipeline/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <vector>

namespace aorta::admin {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A worker without pipelines on a clock that stands still, and its server.
class AdminServer : public testing::Test {
protected:
    AdminServer() {
        auto started = Server::start("127.0.0.1:0", worker_, log_);
        EXPECT_TRUE(started.ok());
        server_ = std::move(*started);
        port_ = server_->port();
    }

    std::string get(std::string_view target) const { return ask(port_, "GET", target); }

    base::VirtualClock clock_{seconds(1'000'000)};
    base::Log log_{clock_, base::LogLevel::Error};
    runtime::Worker worker_{{}, clock_, log_};
    std::unique_ptr<Server> server_;
    std::uint16_t port_ = 0;
};

TEST_F(AdminServer, IsAliveWhileTheHeartbeatIsYoung) {
    clock_.advance(seconds(5) - base::Nanoseconds{1});
    EXPECT_THAT(get("/livez"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nalive\n")));
    clock_.advance(base::Nanoseconds{1});
    EXPECT_THAT(get("/livez"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("no heartbeat")));
}

TEST_F(AdminServer, IsReadyBetweenStartAndStopAndSaysWhyItIsNot) {
    EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("not started yet")));
    EXPECT_THAT(get("/startupz"), StartsWith("HTTP/1.1 503 "));

    config::Diagnostics diagnostics;
    ASSERT_TRUE(worker_.start(diagnostics).ok());
    EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(get("/startupz"), StartsWith("HTTP/1.1 200 "));

    worker_.request_stop();
    EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("is stopping")));
    EXPECT_THAT(get("/startupz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServer, ServesMetricsAsPrometheusText) {
    EXPECT_THAT(get("/metrics"),
                AllOf(StartsWith("HTTP/1.1 200 "),
                      HasSubstr("\r\nContent-Type: text/plain; version=0.0.4\r\n"),
                      HasSubstr("\r\n\r\n# HELP aorta_up"),
                      HasSubstr("\naorta_up 1\n")));
}

TEST_F(AdminServer, ServesStatusVersionPageAndStyle) {
    EXPECT_THAT(get("/status?pretty"),
                AllOf(HasSubstr("Content-Type: application/json\r\n"),
                      HasSubstr(R"("phase":"starting")"),
                      HasSubstr(R"("pipelines":[])")));
    EXPECT_THAT(get("/version"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("abi":")")));
    EXPECT_THAT(get("/"),
                AllOf(HasSubstr("Content-Type: text/html; charset=utf-8\r\n"),
                      HasSubstr("Content-Security-Policy: default-src 'none'; style-src 'self'"),
                      HasSubstr("No pipelines."),
                      EndsWith("</html>\n")));
    EXPECT_THAT(get("/style.css"), HasSubstr("Content-Type: text/css"));
}

TEST_F(AdminServer, RefusesOtherPathsMethodsHostsAndBodies) {
    EXPECT_THAT(get("/livez/"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(get("/../etc/passwd"), StartsWith("HTTP/1.1 404 "));
    for (const char* method : {"POST", "DELETE", "OPTIONS", "TRACE", "BREW"}) {
        EXPECT_THAT(ask(port_, method, "/status"),
                    AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")))
            << method;
    }

    struct Case {
        std::string request;
        const char* answer;
    };

    for (const Case& each : {
             Case{"GET /status HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n",
                  "HTTP/1.1 403 "},
             Case{"GET /livez HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 1\r\n\r\nx",
                  "HTTP/1.1 413 "},
             Case{"GET /livez HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                  "HTTP/1.1 413 "},
             Case{"PUT /livez HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 405 "},
             Case{"GET /livez HTTP/1.0\r\n\r\n", "HTTP/1.0 200 "},
         }) {
        Client client{port_};
        client.send(each.request);
        EXPECT_THAT(client.read_all(), StartsWith(each.answer)) << each.request;
    }
}

TEST_F(AdminServer, AnswersWhatIsNoHttpWith400AndCloses) {
    for (const std::string_view request : {std::string_view{"hello\r\n\r\n"},
                                           std::string_view{"GET  HTTP/1.1\r\n\r\n"},
                                           std::string_view{"GET / HTTP/9.9\r\n\r\n"},
                                           std::string_view{"GET / HTTP/1.1\r\nno colon\r\n\r\n"},
                                           std::string_view{"GET /\0 HTTP/1.1\r\n\r\n", 19},
                                           std::string_view{"\x16\x03\x01\x02\x00\x01\x00", 7}}) {
        Client client{port_};
        client.send(request);
        EXPECT_THAT(client.read_all(),
                    AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("Connection: close\r\n")))
            << request;
    }
}

TEST_F(AdminServer, AnswersAnOversizeHeaderWith431) {
    Client fields{port_};
    fields.send("GET /livez HTTP/1.1\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n");
    EXPECT_THAT(fields.read_all(), StartsWith("HTTP/1.1 431 "));
    Client target{port_};
    target.send("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n\r\n");
    EXPECT_THAT(target.read_all(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(AdminServer, AnswersHeadLikeGetWithoutTheBody) {
    EXPECT_THAT(
        ask(port_, "HEAD", "/livez"),
        AllOf(
            StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Length: 6\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(AdminServer, KeepsAConnectionAndAnswersInOrder) {
    const std::string livez = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    Client client{port_};
    for (int i = 0; i < 3; ++i) {
        client.send(livez);
        EXPECT_THAT(client.read_answer(), EndsWith("alive\n"));
    }
    client.send(livez + "GET /none HTTP/1.1\r\n\r\n" + livez);
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServer, StaysAliveUnderDrippingPeersAndClosesThem) {
    std::vector<Client> dripping;
    for (int i = 0; i < 100; ++i) {
        dripping.emplace_back(port_);
        dripping.back().send("GET / HTTP/1.1\r\nX: ");
    }
    const auto begin = std::chrono::steady_clock::now();
    // A byte in 50 ms from each would keep an inactivity timeout from ever ending.
    std::size_t closed = 0;
    while (closed < dripping.size() && std::chrono::steady_clock::now() - begin < seconds(60)) {
        EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 200 "));
        closed = static_cast<std::size_t>(std::count_if(
            dripping.begin(), dripping.end(), [](Client& peer) { return !peer.send("x"); }));
        static_cast<void>(dripping.front().is_closed_within({0, 50'000}));
    }
    EXPECT_EQ(closed, dripping.size());
}

TEST_F(AdminServer, ClosesTheOldestConnectionForTheNextWhenThereAreTooMany) {
    rlimit files{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
    if (files.rlim_max < 2048) {
        GTEST_SKIP() << "needs 2048 file descriptors";
    }
    files.rlim_cur = std::max<rlim_t>(files.rlim_cur, 2048);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
    std::vector<Client> idle;
    for (int i = 0; i < 600; ++i) {
        idle.emplace_back(port_);
    }
    EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 200 "));
    EXPECT_TRUE(idle.front().is_closed_within({30, 0}));
}

TEST_F(AdminServer, EndsWhilePeersAreConnected) {
    Client idle{port_};
    Client halfway{port_};
    halfway.send("GET / HT");
    EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 200 "));
    server_.reset();
    EXPECT_TRUE(idle.is_closed_within({30, 0}));
}

TEST_F(AdminServer, RefusesAddressesThatItCannotOrMustNotServe) {
    const std::string taken = "127.0.0.1:" + std::to_string(port_);
    EXPECT_EQ(Server::start(taken, worker_, log_).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(Server::start("0.0.0.0:0", worker_, log_).error().code, ErrorCode::Denied);
    EXPECT_EQ(Server::start("nowhere", worker_, log_).error().code, ErrorCode::InvalidConfig);
}

constexpr std::string_view kPipeline = R"(aorta: 1
pipeline: tiny
nodes:
  made: { source: generate, with: { count: 25 } }
  gone: { sink: discard, from: made }
)";

TEST(AdminServerOfAPipeline, ShowsItsLedgerAndSinks) {
    const std::array folders{std::filesystem::path{AORTA_BUILD_DIR} / "lib/aorta/plugins"};
    const host::Found found = host::find_plugins(folders);
    pipeline::Loaded loaded = pipeline::load_text(kPipeline, "tiny.yaml", found.catalog);
    if (!loaded.spec) {
        GTEST_SKIP() << "generate and discard are not built: " << loaded.diagnostics.to_text();
    }
    const std::filesystem::path state =
        std::filesystem::path{testing::TempDir()} / ("admin_test." + std::to_string(::getpid()));
    base::SystemClock clock;
    base::Log log{clock, base::LogLevel::Error};
    config::Diagnostics diagnostics;
    {
        runtime::Worker worker{{.threads = 2, .state_folder = state}, clock, log};
        ASSERT_TRUE(worker.add(std::move(*loaded.spec), diagnostics).ok()) << diagnostics.to_text();
        auto server = Server::start("127.0.0.1:0", worker, log);
        ASSERT_TRUE(server.ok());
        ASSERT_TRUE(worker.start(diagnostics).ok()) << diagnostics.to_text();
        worker.wait();
        static_cast<void>(worker.finish());

        const std::string answer = ask((*server)->port(), "GET", "/status");
        const auto status = config::parse_json(answer.substr(answer.find("\r\n\r\n") + 4));
        ASSERT_TRUE(status.ok()) << answer;
        const config::Value& shown = status->find("pipelines")->items.at(0);
        EXPECT_EQ(shown.find("name")->text, "tiny");
        EXPECT_EQ(shown.find("ledger")->find("in")->integer, 25);
        EXPECT_EQ(shown.find("ledger")->find("delivered")->integer, 25);
        EXPECT_EQ(shown.find("ledger")->find("held")->integer, 0);
        EXPECT_EQ(shown.find("sinks")->items.at(0).find("node")->text, "gone");
        EXPECT_EQ(shown.find("sinks")->items.at(0).find("up")->integer, 1);

        const std::string metrics = ask((*server)->port(), "GET", "/metrics");
        EXPECT_THAT(metrics,
                    HasSubstr(R"(aorta_records_total{pipeline="tiny",fate="delivered"} 25)"));
        EXPECT_THAT(metrics, Not(HasSubstr("MSH|")));
    }
    std::filesystem::remove_all(state);
}

}  // namespace
}  // namespace aorta::admin
