// sink.hpp: what a sink is, and the records that it delivers. Included by sdk.hpp.
#pragma once

#include <aorta/abi.h>
#include <aorta/ext/reply.h>
#include <aorta/options.hpp>
#include <aorta/record.hpp>
#include <aorta/result.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace aorta {

/// One record to deliver. A handle: end it exactly once, now or later, from any thread.
class Delivery {
public:
    Delivery(const aorta_host* host, aorta_record* record) : host_(host), record_(record) {}

    Record record() const { return {host_, record_}; }

    /// The peer's answer, before `done` or `fail`: the sender gets it if its source asks for it.
    /// False when it is longer than AORTA_REPLY_MAX. Cheap when no source asks.
    bool reply(std::string_view answer) const {
        const auto* replies =
            static_cast<const aorta_reply*>(host_->get_extension(host_, AORTA_EXT_REPLY));
        return replies == nullptr || replies->is_wanted(host_) == 0 ||
               replies->set(host_, record_, to_abi(answer)) == AORTA_OK;
    }

    void done() const { host_->complete(host_, record_, AORTA_OK, {}, {}, 0); }

    void fail(ErrorCode code,
              std::string_view reason,
              std::string_view where = {},
              Nanoseconds retry_after = Nanoseconds{0}) const {
        host_->complete(host_,
                        record_,
                        static_cast<std::uint32_t>(code),
                        to_abi(reason),
                        to_abi(where),
                        retry_after.count());
    }

private:
    const aorta_host* host_;
    aorta_record* record_;
};

/// Derive, implement consume.
class Sink {
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    virtual Result<void> start() { return {}; }

    virtual void stop() {}

    /// Delivers records in this order. The next call comes when all of them are completed.
    virtual void consume(std::span<const Delivery> deliveries) = 0;
};

}  // namespace aorta
