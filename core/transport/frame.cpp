#include "transport/frame.hpp"

#include "transport/wire.hpp"

#include <algorithm>

namespace aorta::transport {
namespace {

// The alternatives of Body, in the order of the kinds, which begin at 1.
constexpr std::uint8_t kKinds = std::variant_size_v<Body>;
constexpr std::uint64_t kMaxWorkerName = 64;
constexpr std::uint64_t kMaxPipelineName = 255;
constexpr std::uint8_t kParked = 4;

void write(WireWriter& out, const Hello& hello) {
    out.byte(hello.lowest);
    out.text(hello.from);
    out.text(hello.to);
    out.text(hello.pipeline);
    for (const std::uint8_t byte : hello.fingerprint) {
        out.byte(byte);
    }
    out.fixed(hello.instance);
    out.varint(hello.dictionary);
    out.varint(hello.credit);
    out.varint(hello.max_record);
    out.fixed(hello.resume.instance);
    out.varint(hello.resume.received);
    out.varint(hello.resume.outcomes);
}

void read(WireReader& in, Hello& hello) {
    hello.lowest = in.byte();
    hello.from = in.text(kMaxWorkerName, 1);
    hello.to = in.text(kMaxWorkerName, 1);
    hello.pipeline = in.text(kMaxPipelineName, 1);
    std::ranges::generate(hello.fingerprint, [&] { return in.byte(); });
    hello.instance = in.fixed();
    hello.dictionary = static_cast<std::uint32_t>(in.varint(UINT32_MAX));
    hello.credit = in.varint();
    hello.max_record = in.varint();
    hello.resume.instance = in.fixed();
    hello.resume.received = in.varint();
    hello.resume.outcomes = in.varint();
    if (hello.instance == 0) {
        in.fail();
    }
}

template <class Reason>
Reason read_reason(WireReader& in, Reason last) {
    const std::uint8_t reason = in.byte();
    if (reason == 0 || reason > static_cast<std::uint8_t>(last)) {
        in.fail();
    }
    return static_cast<Reason>(reason);
}

void write(WireWriter& out, const Refuse& refuse) {
    out.byte(static_cast<std::uint8_t>(refuse.reason));
}

void read(WireReader& in, Refuse& refuse) {
    refuse.reason = read_reason(in, Refusal::Unreadable);
}

void write(WireWriter& out, const Data& data) {
    out.varint(data.previous);
    out.byte(static_cast<std::uint8_t>(data.coding));
    out.varint(data.length);
    out.bytes(data.body);
}

constexpr std::uint8_t kData = 4;  // the kind

// Of a length that is written when the body is there: five bytes of a varint, if need be with
// zeros.
constexpr std::size_t kLengthRoom = 5;

void read(WireReader& in, Data& data) {
    data.previous = in.varint();
    const std::uint8_t coding = in.byte();
    data.coding = static_cast<Coding>(coding);
    data.length = in.varint();
    data.body = in.bytes(in.rest().size());
    if (coding > static_cast<std::uint8_t>(Coding::Dictionary) || data.length == 0) {
        in.fail();
    }
}

bool has_fate(Event event) {
    return event == Event::Required || event == Event::Settled;
}

std::string_view cut(std::string_view text) {
    return text.substr(0, kMaxReason);
}

void write_what(WireWriter& out, const Outcome& outcome) {
    out.byte(static_cast<std::uint8_t>(outcome.event));
    if (outcome.event == Event::Reply) {
        out.varint(outcome.fate.node);
        out.text(outcome.reply);
    } else if (has_fate(outcome.event)) {
        out.byte(outcome.is_parked ? kParked : static_cast<std::uint8_t>(outcome.fate.kind));
        out.varint(static_cast<std::uint64_t>(outcome.fate.code));
        out.text(cut(outcome.fate.reason));
        out.text(cut(outcome.fate.where));
        out.varint(outcome.fate.node);
    }
}

Outcome read_what(WireReader& in) {
    Outcome outcome;
    outcome.event = read_reason(in, Event::Settled);
    if (outcome.event == Event::Reply) {
        outcome.fate.node = static_cast<std::uint32_t>(in.varint(UINT32_MAX));
        outcome.reply = in.text(kMaxReply);
    } else if (has_fate(outcome.event)) {
        const std::uint8_t kind = in.byte();
        if (kind > kParked) {
            in.fail();
        }
        outcome.is_parked = kind == kParked;
        outcome.fate.kind =
            outcome.is_parked ? message::FateKind::Failed : static_cast<message::FateKind>(kind);
        outcome.fate.code =
            static_cast<ErrorCode>(in.varint(static_cast<std::uint64_t>(ErrorCode::Internal)));
        outcome.fate.reason = in.text(kMaxReason);
        outcome.fate.where = in.text(kMaxReason);
        outcome.fate.node = static_cast<std::uint32_t>(in.varint(UINT32_MAX));
    }
    return outcome;
}

void write(WireWriter& out, const Outcomes& outcomes) {
    out.varint(outcomes.first);
    out.varint(outcomes.list.size());
    std::uint64_t behind = 0;
    for (const Outcome& run : outcomes.list) {
        out.difference(run.sequence, behind);
        out.varint(run.count);
        write_what(out, run);
        behind = run.sequence + run.count;
    }
}

void read(WireReader& in, Outcomes& outcomes) {
    outcomes.first = in.varint();
    const std::uint64_t runs = in.varint(kMaxRuns);
    std::uint64_t behind = 0;
    std::uint64_t left = kMaxOutcomes;
    for (std::uint64_t run = 0; run < runs && in.is_good(); ++run) {
        const std::uint64_t first = in.difference(behind);
        const std::uint64_t count = in.varint(left);
        Outcome outcome = read_what(in);
        // Only short ones are worth a run: a reply is not multiplied.
        if (count == 0 || (count > 1 && outcome.event == Event::Reply)) {
            in.fail();
        }
        outcome.sequence = first;
        outcome.count = count;
        outcomes.list.push_back(std::move(outcome));
        behind = first + count;
        left -= count;
    }
    if (outcomes.list.empty() || outcomes.first == 0) {
        in.fail();
    }
}

void write(WireWriter& out, const Credit& credit) {
    out.varint(credit.limit);
    out.varint(credit.confirmed);
    out.varint(credit.arrived);
    out.varint(credit.sent);
    out.varint(credit.told);
}

void read(WireReader& in, Credit& credit) {
    credit.limit = in.varint();
    credit.confirmed = in.varint();
    credit.arrived = in.varint();
    credit.sent = in.varint();
    credit.told = in.varint();
}

void write(WireWriter& out, const Bye& bye) {
    out.byte(static_cast<std::uint8_t>(bye.reason));
}

void read(WireReader& in, Bye& bye) {
    bye.reason = read_reason(in, Farewell::Replaced);
}

/// The alternative of this index, read.
template <std::size_t index = 0>
Body read_body(WireReader& in, std::size_t wanted) {
    if constexpr (index + 1 < std::variant_size_v<Body>) {
        if (wanted != index) {
            return read_body<index + 1>(in, wanted);
        }
    }
    Body body{std::in_place_index<index>};
    read(in, std::get<index>(body));
    return body;
}

}  // namespace

std::string encode(const Frame& frame) {
    WireWriter out;
    out.byte(static_cast<std::uint8_t>(frame.body.index() + 1));
    out.byte(frame.version);
    out.fixed(frame.session);
    std::visit([&](const auto& body) { write(out, body); }, frame.body);
    return out.take();
}

std::string begin_data(std::uint64_t session, std::uint64_t previous) {
    WireWriter out;
    out.byte(kData);
    out.byte(kVersion);
    out.fixed(session);
    out.varint(previous);
    out.byte(static_cast<std::uint8_t>(Coding::Plain));
    out.bytes(std::string(kLengthRoom, '\0'));
    return out.take();
}

void finish_data(std::string& frame, std::size_t body_size) {
    char* length = frame.data() + frame.size() - body_size - kLengthRoom;
    for (std::size_t i = 0; i < kLengthRoom; ++i, body_size >>= 7U) {
        length[i] = static_cast<char>((body_size & 0x7FU) | (i + 1 < kLengthRoom ? 0x80U : 0U));
    }
}

bool says_the_same(const Outcome& a, const Outcome& b) {
    return a.event == b.event && a.is_parked == b.is_parked && a.fate.kind == b.fate.kind &&
           a.fate.code == b.fate.code && a.fate.node == b.fate.node &&
           a.fate.reason == b.fate.reason && a.fate.where == b.fate.where && a.reply == b.reply;
}

Result<Frame> decode(std::string_view bytes) {
    WireReader in{bytes};
    Frame frame;
    const std::uint8_t kind = in.byte();
    frame.version = in.byte();
    frame.session = in.fixed();
    if (!in.is_good() || kind == 0 || kind > kKinds) {
        return Error{ErrorCode::Corrupt, "not a frame of a link"};
    }
    frame.body = read_body(in, kind - 1U);
    const bool may_differ =
        std::holds_alternative<Hello>(frame.body) || std::holds_alternative<Refuse>(frame.body);
    if (!in.is_at_end() || (frame.version != kVersion && !may_differ)) {
        return Error{ErrorCode::Corrupt,
                     "a frame of a link (kind " + std::to_string(kind) + ") cannot be read"};
    }
    return frame;
}

std::string_view to_string(Refusal reason) {
    switch (reason) {
        case Refusal::Version:
            return "version";
        case Refusal::Denied:
            return "denied";
        case Refusal::Pipeline:
            return "pipeline";
        case Refusal::Stopping:
            return "stopping";
        case Refusal::Unreadable:
            return "unreadable";
    }
    return "unknown";
}

std::string_view to_string(Farewell reason) {
    switch (reason) {
        case Farewell::Stopping:
            return "stopping";
        case Farewell::Unknown:
            return "unknown";
        case Farewell::Protocol:
            return "protocol";
        case Farewell::Revoked:
            return "revoked";
        case Farewell::Replaced:
            return "replaced";
    }
    return "unknown";
}

}  // namespace aorta::transport
