// source.hpp: what a source is, and what becomes of its records. Included by sdk.hpp.
#pragma once

#include <aorta/result.hpp>

#include <cstdint>
#include <string_view>

namespace aorta {

/// An answer (AORTA_ACK_…) or a fate (AORTA_FATE_…) of a record that a source pushed.
struct Outcome {
    std::uint32_t kind = 0;
    ErrorCode code = ErrorCode::Ok;
    std::string_view reason = {};
    std::string_view where = {};
    /// on_ack: what the peer of the sink named by `ack: { reply: … }` answered, for the call only.
    /// Tell the sender this. Empty: answer by `kind`, as without `reply`.
    std::string_view reply = {};
};

/// Derive, implement start and stop. The callbacks come from any thread and must not block.
class Source {
public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    /// Starts reading, on the source's own threads.
    virtual Result<void> start() = 0;
    /// Stops reading: no push after it returns. Acknowledgements may still come until destruction.
    virtual void stop() = 0;

    /// The budget has room again after an empty try_buffer.
    virtual void on_credit() {}

    /// The answer for the sender, exactly once for each pushed record.
    virtual void on_ack(std::uint64_t /*cookie*/, const Outcome& /*answer*/) {}

    /// The fate of all that came of a pushed record, exactly once.
    virtual void on_settled(std::uint64_t /*cookie*/, const Outcome& /*fate*/) {}
};

}  // namespace aorta
