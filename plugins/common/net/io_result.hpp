// How an attempt to read or write ended.
#pragma once

#include <cstddef>

namespace aorta::net {

struct IoResult {
    enum class Status { Done, WouldBlock, Closed };  // Closed: by the peer, or broken

    Status status = Status::Done;
    std::size_t bytes = 0;
};

}  // namespace aorta::net
