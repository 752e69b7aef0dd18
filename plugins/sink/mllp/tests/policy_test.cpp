// Each cause with each action, and how `on` is read.
#include "client_rig.hpp"
#include "common/hl7/frame.hpp"

namespace aorta::plugins::mllp::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Case {
    Cause cause;
    Action action;
};

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (std::size_t cause = 0; cause < kCauses; ++cause) {
        for (const Action action :
             {Action::Done, Action::Retry, Action::Hold, Action::DeadLetter, Action::Stop}) {
            cases.push_back({static_cast<Cause>(cause), action});
        }
    }
    return cases;
}

/// What a peer does that brings a cause about. False: it closes the connection.
bool bring_about(Cause cause, Peer& peer) {
    switch (cause) {
        case Cause::Timeout:
            return true;
        case Cause::Connect:
            return false;
        case Cause::WrongAnswer:
            peer.send(answer("AA", "another"));
            return true;
        case Cause::Nak:
            peer.send(hl7::frame(hl7::kCommitNak));
            return true;
        default:
            peer.send(answer(info_of(cause).name, "1"));
            return true;
    }
}

class PolicyTest : public ClientTest, public ::testing::WithParamInterface<Case> {};

TEST_P(PolicyTest, DecidesWhatBecomesOfTheMessageAndOfThoseBehindIt) {
    const auto [cause, action] = GetParam();
    const CauseInfo& info = info_of(cause);
    const std::string_view reason = cause == Cause::Connect ? kConnectionLost : info.reason;
    config_.policy[cause] = {action, action == Action::Retry ? 1U : 0U, Action::DeadLetter};
    config_.has_commit = cause == Cause::Nak;
    LoopServer server{acceptor_, [cause = cause](Peer& peer, const std::string& frame) {
                          if (frame == message("1")) {
                              return bring_about(cause, peer);
                          }
                          peer.send(answer(cause == Cause::AA ? "CA" : "AA", "2"));
                          return true;
                      }};
    // Only the time-out is waited for; a busy machine must not make another of the second message.
    const bool has_second = cause != Cause::Timeout;
    Client client = make_client(has_second ? kLong : kShort);
    const auto both = make({message("1"), message("2")});
    const std::vector<Delivery> messages(both.begin(), both.begin() + (has_second ? 2 : 1));
    const auto expect = [&](const Completion& first, const Completion& second) {
        std::vector<Completion> expected{first};
        if (has_second) {
            expected.push_back(second);
        }
        EXPECT_EQ(attempt(client, messages), expected);
    };
    const Completion held_back = failed(1, ErrorCode::Unavailable, kHeldBack);
    switch (action) {
        case Action::Done:
            expect(done(0), done(1));
            break;
        case Action::DeadLetter:
            expect(failed(0, info.final, reason), done(1));
            break;
        case Action::Hold:
            for (int i = 0; i < 3; ++i) {
                expect(failed(0, info.passing, reason), held_back);
            }
            break;
        case Action::Retry:
            expect(failed(0, info.passing, reason), held_back);
            expect(failed(0, info.final, reason), done(1));
            break;
        case Action::Stop:
            for (int i = 0; i < 2; ++i) {
                expect(failed(0, ErrorCode::Unavailable, kStopped, info.name),
                       failed(1, ErrorCode::Unavailable, kStopped, info.name));
            }
            EXPECT_LE(server.frames(), 1U) << "nothing is sent any more";
            EXPECT_TRUE(host_.wait_logged("sink_stopped"));
    }
    EXPECT_EQ(retryable(info.passing), true);
    EXPECT_EQ(retryable(info.final), false);
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
    constexpr const char* kActions[] = {"done", "retry", "hold", "dead_letter", "stop"};
    return std::string{info_of(info.param.cause).name} + "_" +
           kActions[static_cast<std::size_t>(info.param.action)];
}

INSTANTIATE_TEST_SUITE_P(EachCauseAndAction, PolicyTest, ::testing::ValuesIn(all_cases()), name_of);

TEST_F(ClientTest, AnOutageBetweenRefusalsDoesNotForgetThem) {
    config_.policy[Cause::AE] = {Action::Retry, 2, Action::DeadLetter};
    serve({[](Peer& peer) {
               peer.receive_frame();
               peer.send(answer("AE", "1"));
           },
           [](Peer& peer) {
               peer.receive_frame();
               peer.send(answer("AA", "another"));  // held
           },
           [](Peer& peer) {
               for (int i = 0; i < 2; ++i) {
                   peer.receive_frame();
                   peer.send(answer("AE", "1"));
               }
           }});
    Client client = make_client();
    const auto messages = make({message("1")});
    for (const std::string_view reason : {"mllp.ae", "mllp.wrong_answer", "mllp.ae"}) {
        EXPECT_EQ(attempt(client, messages),
                  std::vector{failed(0, ErrorCode::ResourceExhausted, reason)});
    }
    EXPECT_EQ(attempt(client, messages), std::vector{failed(0, ErrorCode::InvalidData, "mllp.ae")});
}

/// Options of a test: texts, numbers and maps of them.
class Values {
public:
    Options text(std::string_view value) { return made({.type = AORTA_STRING}, value); }

    Options number(std::int64_t value) { return made({.type = AORTA_INT, .integer = value}, {}); }

    Options map(const std::vector<std::pair<std::string_view, Options>>& entries) {
        auto& keys = keys_.emplace_back();
        auto& items = items_.emplace_back();
        for (const auto& [key, value] : entries) {
            keys.push_back({key.data(), key.size()});
            items.push_back(value.abi());
        }
        return made(
            {.type = AORTA_MAP, .items = items.data(), .keys = keys.data(), .count = items.size()},
            {});
    }

private:
    Options made(aorta_value value, std::string_view text) {
        value.size = sizeof value;
        value.text = {text.data(), text.size()};
        return Options{&values_.emplace_back(value)};
    }

    std::deque<aorta_value> values_;
    std::deque<std::vector<aorta_str>> keys_;
    std::deque<std::vector<const aorta_value*>> items_;
};

TEST(ReadPolicy, TakesWordsAndRetries) {
    Values values;
    std::vector<std::string> problems;
    const Policy policy = read_policy(
        values.map(
            {{"AE", values.map({{"retry", values.number(3)}, {"then", values.text("stop")}})},
             {"AR", values.map({{"retry", values.number(1)}})},
             {"timeout", values.text("dead_letter")}}),
        [&](Options, const std::string& message) { problems.push_back(message); });
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_EQ(policy[Cause::AE].action, Action::Retry);
    EXPECT_EQ(policy[Cause::AE].retries, 3U);
    EXPECT_EQ(policy[Cause::AE].then, Action::Stop);
    EXPECT_EQ(policy[Cause::AR].then, Action::DeadLetter);
    EXPECT_EQ(policy[Cause::Timeout].action, Action::DeadLetter);
    EXPECT_EQ(policy[Cause::Connect].action, Action::Hold);
    EXPECT_EQ(policy[Cause::CE].action, Action::DeadLetter);
    EXPECT_EQ(policy[Cause::AA].action, Action::Done);
}

TEST(ReadPolicy, RefusesWhatMakesNoSense) {
    Values values;
    const auto problem_of = [&](std::string_view cause, const Options& rule) {
        std::string problem;
        read_policy(values.map({{cause, rule}}),
                    [&](Options, const std::string& message) { problem = message; });
        return problem;
    };
    EXPECT_THAT(problem_of("ae", values.text("hold")), HasSubstr("`ae` is none of AA, AE"));
    const Options bad[] = {
        values.text("drop"),
        values.number(3),
        values.map({}),
        values.map({{"then", values.text("stop")}}),
        values.map({{"retry", values.number(0)}}),
        values.map({{"retry", values.number(1001)}}),
        values.map({{"retry", values.text("3")}}),
        values.map({{"retry", values.number(3)}, {"then", values.text("again")}}),
        values.map({{"retry", values.number(3)}, {"pause", values.number(1)}})};
    for (const Options& rule : bad) {
        EXPECT_THAT(problem_of("AE", rule), HasSubstr("`AE` takes done, hold"));
    }
    EXPECT_THAT(problem_of("connect", values.text("done")), HasSubstr("never sent"));
}

}  // namespace
}  // namespace aorta::plugins::mllp::test
