// attempts.hpp: how often a record was tried, for sinks that decide by themselves when it is given
// up. Not part of sdk.hpp.
#pragma once

#include <aorta/ext/attempts.h>
#include <aorta/host.hpp>
#include <aorta/sink.hpp>

#include <cstdint>

namespace aorta {

/// Before `fail`: this attempt counts. How many have, this one included; see ext/attempts.h.
inline std::uint32_t count_attempt(const Host& host, const Delivery& delivery) {
    const auto* attempts = host.extension<aorta_attempts>(AORTA_EXT_ATTEMPTS);
    return attempts == nullptr ? 0 : attempts->count(host.abi(), delivery.record().abi());
}

}  // namespace aorta
