// Finding out that a peer has vanished without a word: power, cable, a firewall that forgot.
#pragma once

#include "common/net/socket.hpp"

#include <chrono>

namespace aorta::net {

/// A peer of which nothing came for `idle` is probed, and the connection is broken when it answers
/// none of four probes a third of that apart; so is one that does not acknowledge bytes for as long
/// as all that takes. 0 or less does neither. Whole seconds, rounded up.
void watch_peer(const Stream& stream, std::chrono::nanoseconds idle);

}  // namespace aorta::net
