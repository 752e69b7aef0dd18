// Dates as HL7 v2 and FHIR write them: the year alone, or moved by whole days.
#pragma once

#include "common/crypto/hash.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::privacy {

enum class DateSyntax {
    Hl7,  ///< YYYY[MM[DD[HH…]]][±ZZZZ]
    Iso,  ///< YYYY[-MM[-DD[Thh:mm:ss[.s…](Z|±hh:mm)]]]
};

/// The date at the beginning of a text; what it leaves out is 0.
struct DatePart {
    int year = 0;
    int month = 0;
    int day = 0;
    std::size_t length = 0;  ///< of the text that it takes

    /// 20240131; a partial date counts as the earliest day that it may mean.
    int day_number() const {
        return year * 10000 + (month == 0 ? 1 : month) * 100 + (day == 0 ? 1 : day);
    }
};

/// Nothing for a text that is no date and time of that syntax, or whose year is not from 1800 to
/// 2199: what claims to be a date and is none is not kept.
std::optional<DatePart> read_date(std::string_view text, DateSyntax syntax);

/// Appends the text moved by whole days: time of day, zone and precision stay as they are. False,
/// and nothing appended, where there is no day to move.
bool append_shifted(std::string_view text, DateSyntax syntax, int days, std::string& out);

/// True if the age of who was born on the first day (20240131) is above 89 on the second.
constexpr bool shows_age_above_89(int birth_day, int event_day) {
    return birth_day + 90 * 10000 <= event_day;
}

/// How far the dates of a patient move: the same in every format, for the same key. One thread at a
/// time.
class DateShift {
public:
    /// Offsets lie in [-max_days, max_days], without 0.
    DateShift(const crypto::Digest& key, int max_days);

    int days_for(std::string_view patient);

private:
    crypto::Hmac hmac_;
    int max_days_;
};

}  // namespace aorta::privacy
