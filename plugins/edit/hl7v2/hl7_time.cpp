#include "edit/hl7v2/hl7_time.hpp"

#include "edit/hl7v2/dates.hpp"

#include <chrono>

namespace aorta::plugins::edit {

std::string hl7_time(std::int64_t epoch_ns) {
    using namespace std::chrono;  // NOLINT(google-build-using-namespace): a screenful of calendar
    const sys_seconds now{floor<seconds>(nanoseconds{epoch_ns})};
    const auto midnight = floor<days>(now);
    const year_month_day date{midnight};
    const hh_mm_ss<seconds> clock{now - midnight};
    hl7_tables::DateTime time{.year = static_cast<int>(date.year()),
                              .month = static_cast<int>(static_cast<unsigned>(date.month())),
                              .day = static_cast<int>(static_cast<unsigned>(date.day())),
                              .hour = static_cast<int>(clock.hours().count()),
                              .minute = static_cast<int>(clock.minutes().count()),
                              .second = static_cast<int>(clock.seconds().count()),
                              .precision = hl7_tables::Precision::Second,
                              .zone_minutes = 0};
    std::string out;
    static_cast<void>(DateFormat::parse("hl7")->write(time, out));
    return out;
}

}  // namespace aorta::plugins::edit
