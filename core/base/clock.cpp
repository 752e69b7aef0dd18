#include "base/clock.hpp"

#include <date/date.h>
#include <fmt/format.h>

namespace aorta::base {

Nanoseconds SystemClock::now() const {
    return std::chrono::duration_cast<Nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch());
}

Nanoseconds SystemClock::steady() const {
    return std::chrono::duration_cast<Nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
}

std::string to_rfc3339(Nanoseconds since_epoch) {
    const date::sys_time<Nanoseconds> time{since_epoch};
    const auto day = date::floor<date::days>(time);
    const date::year_month_day ymd{day};
    const date::hh_mm_ss<Nanoseconds> clock{time - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z",
                       static_cast<int>(ymd.year()),
                       static_cast<unsigned>(ymd.month()),
                       static_cast<unsigned>(ymd.day()),
                       clock.hours().count(),
                       clock.minutes().count(),
                       clock.seconds().count(),
                       clock.subseconds().count());
}

}  // namespace aorta::base
