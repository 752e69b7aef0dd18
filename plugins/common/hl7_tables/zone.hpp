// Time zones by name or offset, and instants of times that do not say theirs. Never the host's
// zone.
#pragma once

#include "common/hl7_tables/date_time.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace date {
class time_zone;
}

namespace aorta::hl7_tables {

/// Which of two instants a local time means that the clock shows twice, when summer time ends.
enum class Fold : std::uint8_t { Earliest, Latest };

/// UTC, an offset, or a zone of the system's tz database. A value.
class Zone {
public:
    Zone() = default;  // UTC

    /// "UTC", "+01:00", or a name such as "Europe/Berlin" (read from the system's tzdata, which
    /// takes a moment: call it when starting). No value if there is no such zone.
    static std::optional<Zone> find(std::string_view text);

    /// Seconds east of UTC of a local time, given in seconds since 1970-01-01 of the same clock. A
    /// time that the clock skips, when summer time begins, is read by the clock of before.
    std::int64_t offset_s(std::int64_t local_s, Fold fold) const;
    /// Seconds east of UTC at an instant, given in seconds since 1970 UTC.
    std::int64_t offset_at_s(std::int64_t utc_s) const;

private:
    std::int64_t fixed_s_ = 0;
    const date::time_zone* named_ = nullptr;  // of the database, which lives as long as the process
};

/// What gives a time its zone when it has none itself: the message (the zone of MSH-7), else the
/// configuration.
struct ZoneRule {
    Zone configured;
    Fold fold = Fold::Earliest;
};

/// Nanoseconds since 1970 UTC. No value for years that do not fit (before 1678, after 2261).
std::optional<std::int64_t> to_epoch_ns(const DateTime& time,
                                        std::optional<int> message_zone_minutes,
                                        const ZoneRule& rule);

}  // namespace aorta::hl7_tables
