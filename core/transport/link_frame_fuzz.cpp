// Bytes as a frame, as a data body, and as what comes to a peer in the middle of a session.
#include "base/check.hpp"
#include "transport/coding.hpp"
#include "transport/peer.hpp"

#include <algorithm>
#include <cstddef>

namespace {

namespace transport = aorta::transport;
namespace message = aorta::message;

constexpr std::uint64_t kMaxRecord = 1U << 20U;

void read_one(std::string_view bytes) {
    const auto frame = transport::decode(bytes);
    if (!frame.ok()) {
        return;
    }
    const auto* data = std::get_if<transport::Data>(&frame->body);
    if (data == nullptr) {
        AORTA_CHECK(transport::decode(transport::encode(*frame)).ok());
        return;
    }
    transport::Coder coder;
    const auto body = coder.decode(*data, {}, kMaxRecord);
    if (!body.ok()) {
        return;
    }
    const auto records = transport::read_body(body->bytes, data->previous, kMaxRecord);
    if (!records.ok()) {
        return;
    }
    message::Interner names;
    message::Budget budget{kMaxRecord};
    for (const transport::WireRecord& record : *records) {
        AORTA_CHECK(transport::make_record(record, names, budget)->length == record.payload.size());
    }
}

/// Frames of a peer that is in session: each u16 of length, then kind and body.
void converse(std::string_view bytes) {
    message::Interner names;
    message::Budget budget{kMaxRecord};
    const auto config = [](bool dials) {
        transport::PeerConfig made{.dials = dials,
                                   .self = dials ? "a" : "b",
                                   .other = dials ? "b" : "a",
                                   .pipeline = "p",
                                   .instance = dials ? 1U : 2U};
        made.incoming.max_record = made.outgoing.max_record = kMaxRecord;
        return made;
    };
    transport::Peer other{config(true), names, budget};
    transport::Peer peer{config(false), names, budget};
    const auto now = std::chrono::seconds{1};
    const std::string hello = other.next_frame(now).value_or("");
    peer.on_frame(hello, now);
    auto record = std::make_unique<message::Record>(&budget);
    record->set_payload(message::BufferRef{message::copy_of("payload", budget)});
    peer.outgoing().offer(1, std::move(record));
    while (bytes.size() > 2) {
        const std::size_t size = static_cast<unsigned char>(bytes[0]) |
                                 static_cast<std::size_t>(static_cast<unsigned char>(bytes[1]))
                                     << 8U;
        bytes.remove_prefix(2);
        const std::string_view part = bytes.substr(0, size);
        bytes.remove_prefix(part.size());
        if (part.empty()) {
            continue;
        }
        // The session is the hello's.
        std::string frame{part.substr(0, 1)};
        frame += hello.substr(1, 9);
        frame += part.substr(1);
        peer.on_frame(frame, now);
        while (peer.incoming().front() != nullptr) {
            peer.incoming().happened(peer.incoming().pop(), {});
        }
        while (peer.next_frame(now)) {
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    read_one(bytes);
    converse(bytes);
    return 0;
}
