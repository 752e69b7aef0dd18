// Which starts look for the record that ended the process.
#pragma once

#include "spool/spool.hpp"

#include <string>

namespace aorta::delivery {

/// Of one stream: after a crash its entries are suspects until all of them have been tried. A start
/// that is stopped before leaves them so to the next one: as a fact of the spool. One thread at a
/// time.
class Suspects {
public:
    Suspects(spool::Spool& spool, spool::StreamId stream);

    /// True when what is read back is to be tried with care.
    bool begin(bool was_closed);
    /// All have been tried.
    void end();

private:
    spool::Spool& spool_;
    const std::string fact_;
};

}  // namespace aorta::delivery
