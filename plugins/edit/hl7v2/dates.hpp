// Dates and times between the formats of the world and HL7's.
#pragma once

#include "common/hl7_tables/date_time.hpp"
#include "common/hl7_tables/zone.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::edit {

/// A format: `hl7` (YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ], read and written with the precision that
/// there is), or a pattern of YYYY MM DD HH mm ss SSS (a part of a second, 1 to 9 digits), MMM (JAN
/// … DEC), M D H (one digit or two), ZZ (+0100), ZZZ (+01:00 or Z) and any other characters, which
/// stand for themselves. Letters do not, unless in 'single quotes'.
class DateFormat {
public:
    static Result<DateFormat> parse(std::string_view text);

    /// A point in time that exists; nothing for a text of another form.
    std::optional<hl7_tables::DateTime> read(std::string_view text) const;
    /// False if the format shows what is not known: no hour, minute or zone is made up.
    bool write(const hl7_tables::DateTime& time, std::string& out) const;

private:
    enum class Token : std::uint8_t {
        Literal,
        Year,
        Month,
        MonthShort,
        MonthName,
        Day,
        DayShort,
        Hour,
        HourShort,
        Minute,
        Second,
        Fraction,
        Zone,
        ZoneColon,
    };

    struct Piece {
        Token token = Token::Literal;
        std::string text = {};  // Literal
        std::size_t size = 0;   // Fraction: digits
    };

    /// True if it has a year, and each part only together with all greater ones.
    bool is_gapless() const;
    bool read_piece(const Piece& piece, std::string_view& rest, hl7_tables::DateTime& out) const;
    bool write_piece(const Piece& piece, const hl7_tables::DateTime& time, std::string& out) const;

    bool is_hl7_ = false;
    std::vector<Piece> pieces_;
};

/// Gives a time of day that names no zone its zone. In the hour that a clock shows twice the first
/// is meant.
void assume_zone(hl7_tables::DateTime& time, const hl7_tables::Zone& zone);

/// The same instant in another zone. Dates without a time of day have none and stay as they are.
/// False if the time names no zone, or if hours alone cannot be moved by the difference.
bool move_to_zone(hl7_tables::DateTime& time, const hl7_tables::Zone& zone);

}  // namespace aorta::plugins::edit
