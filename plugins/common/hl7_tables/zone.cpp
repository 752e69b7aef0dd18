#include "common/hl7_tables/zone.hpp"

#include <date/tz.h>

#include <chrono>
#include <exception>
#include <string>

namespace aorta::hl7_tables {

std::optional<Zone> Zone::find(std::string_view text) {
    Zone zone;
    if (const auto minutes = parse_zone(text)) {
        zone.fixed_s_ = std::int64_t{*minutes} * 60;
        return zone;
    }
    try {
        zone.named_ = date::locate_zone(std::string{text});
        // The first question reads the zone's file: ask it now, not with the first message.
        zone.offset_s(0, Fold::Earliest);
    } catch (const std::exception&) {  // no such zone, or no database
        return std::nullopt;
    }
    return zone;
}

std::int64_t Zone::offset_s(std::int64_t local_s, Fold fold) const {
    if (named_ == nullptr) {
        return fixed_s_;
    }
    const date::local_info info =
        named_->get_info(date::local_seconds{std::chrono::seconds{local_s}});
    const bool is_second = info.result == date::local_info::ambiguous && fold == Fold::Latest;
    return (is_second ? info.second : info.first).offset.count();
}

std::int64_t Zone::offset_at_s(std::int64_t utc_s) const {
    return named_ == nullptr
               ? fixed_s_
               : named_->get_info(date::sys_seconds{std::chrono::seconds{utc_s}}).offset.count();
}

std::optional<std::int64_t> to_epoch_ns(const DateTime& time,
                                        std::optional<int> message_zone_minutes,
                                        const ZoneRule& rule) {
    const auto local_ns = to_epoch_ns(time, message_zone_minutes.value_or(0));
    if (!local_ns || time.zone_minutes || message_zone_minutes) {
        return local_ns;
    }
    const auto local =
        std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds{*local_ns});
    const std::chrono::seconds offset{rule.configured.offset_s(local.count(), rule.fold)};
    return *local_ns - std::chrono::nanoseconds{offset}.count();
}

}  // namespace aorta::hl7_tables
