#include "delivery/suspects.hpp"

#include <fmt/format.h>

namespace aorta::delivery {

Suspects::Suspects(spool::Spool& spool, spool::StreamId stream)
    : spool_(spool), fact_(fmt::format("suspects/{}", stream)) {}

bool Suspects::begin(bool was_closed) {
    const bool are_left = !spool_.fact(fact_).empty();
    if (!was_closed && !are_left) {
        spool_.set_fact(fact_, "1");
    }
    return !was_closed || are_left;
}

void Suspects::end() {
    spool_.set_fact(fact_, {});
}

}  // namespace aorta::delivery
