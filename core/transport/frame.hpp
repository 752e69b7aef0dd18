// The frames of a link, but for the records in them: docs/formats/link.md. Bytes and back; nothing
// here keeps state.
#pragma once

#include "message/receipt.hpp"

#include <aorta/result.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aorta::transport {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kMaxReason = 255;
constexpr std::uint64_t kMaxOutcomes = 65'536;
constexpr std::uint64_t kMaxRuns = 1'024;
constexpr std::uint64_t kMaxReply = 1U << 20U;
/// What a data body may have beyond one record: its names and counts, and the usual aim.
constexpr std::uint64_t kBodySlack = 64U << 10U;

/// The SHA-256 of a pipeline.
using Fingerprint = std::array<std::uint8_t, 32>;

struct Resume {
    std::uint64_t instance = 0;  ///< of the other side, spoken with last; 0: none
    std::uint64_t received = 0;  ///< its last record that came
    std::uint64_t outcomes = 0;  ///< its last outcome that was taken
};

struct Hello {
    std::uint8_t lowest = kVersion;
    std::string from = {};
    std::string to = {};
    std::string pipeline = {};
    Fingerprint fingerprint = {};
    std::uint64_t instance = 0;
    std::uint32_t dictionary = 0;
    std::uint64_t credit = 0;
    std::uint64_t max_record = 0;
    Resume resume = {};
};

/// The same fields, as an answer.
struct Welcome : Hello {};

enum class Refusal : std::uint8_t { Version = 1, Denied, Pipeline, Stopping, Unreadable };

struct Refuse {
    Refusal reason = Refusal::Unreadable;
};

enum class Coding : std::uint8_t { Plain, Zstd, Dictionary };

struct Data {
    std::uint64_t previous = 0;
    Coding coding = Coding::Plain;
    std::uint64_t length = 0;    ///< of the body, decoded
    std::string_view body = {};  ///< as coded; of the frame's bytes
};

enum class Event : std::uint8_t { Passed = 1, Invalid, Reply, Required, Settled };

/// Of `count` consecutive records.
struct Outcome {
    std::uint64_t sequence = 0;
    std::uint64_t count = 1;  ///< 1 for event Reply
    Event event = Event::Settled;
    /// Event Required and Settled. `node` is that of the reply in event Reply.
    message::Fate fate = {};
    bool is_parked = false;  ///< the fate is that storage answers for the record
    std::string reply = {};  ///< event Reply
};

/// Whether they say the same, if of other records.
bool says_the_same(const Outcome& a, const Outcome& b);

struct Outcomes {
    std::uint64_t first = 0;  ///< number of the first one; each record's counts
    std::vector<Outcome> list = {};
};

struct Credit {
    std::uint64_t limit = 0;
    std::uint64_t confirmed = 0;
    std::uint64_t arrived = 0;
    std::uint64_t sent = 0;  ///< sequence of the last record sent
    std::uint64_t told = 0;  ///< number of the last outcome sent
};

enum class Farewell : std::uint8_t { Stopping = 1, Unknown, Protocol, Revoked, Replaced };

struct Bye {
    Farewell reason = Farewell::Stopping;
};

using Body = std::variant<Hello, Welcome, Refuse, Data, Outcomes, Credit, Bye>;

struct Frame {
    std::uint8_t version = kVersion;
    std::uint64_t session = 0;
    Body body = {};
};

std::string encode(const Frame& frame);

/// The beginning of a data frame whose body, not compressed, is written behind it, and its end.
std::string begin_data(std::uint64_t session, std::uint64_t previous);
void finish_data(std::string& frame, std::size_t body_size);

/// Corrupt when it is not a frame, or breaks a bound. A hello of another version is read if its
/// fields are those of ours; other frames must have our version. Views are of `bytes`.
Result<Frame> decode(std::string_view bytes);

/// Whether the bytes say that they are a hello.
inline bool is_hello(std::string_view bytes) {
    return bytes.starts_with('\1');
}

/// Names for logs and counters.
std::string_view to_string(Refusal reason);
std::string_view to_string(Farewell reason);

}  // namespace aorta::transport
