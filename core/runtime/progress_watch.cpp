#include "runtime/progress_watch.hpp"

namespace aorta::runtime {

std::vector<std::string> ProgressWatch::look(base::Nanoseconds now) {
    std::vector<std::string> fresh;
    std::vector<std::string> all;
    for (Watched& one : lanes_) {
        const std::uint64_t turns = one.lane->turns();
        const bool is_running = turns % 2 != 0;
        if (turns != one.turns || !is_running) {
            one.turns = turns;
            one.since = now;
            one.is_stuck = false;
        } else if (now - one.since >= patience_) {
            if (!one.is_stuck) {
                fresh.push_back(one.lane->name());
            }
            one.is_stuck = true;
            all.push_back(one.lane->name());
        }
    }
    const std::scoped_lock lock(mutex_);
    stuck_ = std::move(all);
    return fresh;
}

std::vector<std::string> ProgressWatch::stuck() const {
    const std::scoped_lock lock(mutex_);
    return stuck_;
}

}  // namespace aorta::runtime
