#include "deidentify/records/hl7v2/date_values.hpp"

#include "common/hl7/message.hpp"
#include "common/hl7_tables/date_time.hpp"
#include "common/privacy/dates.hpp"
#include "common/privacy/places.hpp"

namespace aorta::plugins::deidentify {

using privacy::DateSyntax;

void append_date(std::string_view text,
                 DateMode mode,
                 const MessageContext& message,
                 std::string& out) {
    if (mode == DateMode::Keep) {
        if (hl7_tables::parse_date_time(text) || hl7_tables::is_time(text)) {
            out += text;
        }
        return;
    }
    const auto date = privacy::read_date(text, DateSyntax::Hl7);
    if (!date) {
        return;
    }
    if (mode == DateMode::Shift && message.shift &&
        privacy::append_shifted(text, DateSyntax::Hl7, *message.shift, out)) {
        return;
    }
    if (!privacy::shows_age_above_89(date->day_number(), message.reference_day)) {
        out += text.substr(0, 4);
    }
}

void put_date(std::size_t number,
              std::string_view date,
              DateMode mode,
              const MessageContext& message,
              ComponentWriter& writer) {
    std::string kept;
    append_date(hl7::Split{date, message.delimiters.subcomponent}.at(1), mode, message, kept);
    writer.put(number, kept);
}

void append_dates(std::string_view repetition,
                  bool begins_with_code,
                  DateMode mode,
                  const MessageContext& message,
                  std::string& out) {
    ComponentWriter writer{message.delimiters.component, out};
    std::size_t n = 0;
    for (const std::string_view part : hl7::Split{repetition, message.delimiters.component}) {
        if (++n == 1 && begins_with_code) {
            writer.put(n, privacy::is_label(part) ? part : std::string_view{});
        } else {
            put_date(n, part, mode, message, writer);
        }
    }
}

}  // namespace aorta::plugins::deidentify
