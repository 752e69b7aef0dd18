// What a peer's answers, and the lack of them, mean for a message.
#pragma once

#include "common/hl7/ack.hpp"

#include <aorta/sdk.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace aorta::plugins::mllp {

/// What an attempt came to. The first six are those of hl7::AckCode.
enum class Cause : std::uint8_t { AA, AE, AR, CA, CE, CR, Nak, WrongAnswer, Timeout, Connect };

inline constexpr std::size_t kCauses = 10;

constexpr Cause cause_of(hl7::AckCode code) {
    return static_cast<Cause>(code);
}

enum class Action : std::uint8_t {
    Done,        // the peer has it
    Retry,       // send it again, a number of times
    Hold,        // send it again without end, in order
    DeadLetter,  // give it up
    Stop,        // send nothing more until an operator has looked
};

struct Rule {
    Action action = Action::Hold;
    unsigned retries = 0;              // of Retry
    Action then = Action::DeadLetter;  // after them
};

struct CauseInfo {
    std::string_view name;    // in `on`
    std::string_view reason;  // when a delivery fails for it
    ErrorCode passing;        // the engine tries again
    ErrorCode final;          // the engine does not
};

const CauseInfo& info_of(Cause cause);

/// One rule for each cause. A value.
class Policy {
public:
    /// AA and CA are done, refusals become dead letters, what may pass is held.
    Policy();

    const Rule& operator[](Cause cause) const { return rules_[static_cast<std::size_t>(cause)]; }

    Rule& operator[](Cause cause) { return rules_[static_cast<std::size_t>(cause)]; }

private:
    std::array<Rule, kCauses> rules_;
};

/// Told of each problem; `at` is the option that has it.
using Complain = std::function<void(Options at, const std::string& message)>;

/// Reads `on`: { AE: { retry: 3, then: dead_letter }, timeout: hold }.
Policy read_policy(const Options& on, const Complain& complain);

}  // namespace aorta::plugins::mllp
