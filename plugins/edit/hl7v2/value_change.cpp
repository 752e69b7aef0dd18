#include "edit/hl7v2/value_change.hpp"

#include "common/hl7/message.hpp"
#include "edit/hl7v2/reasons.hpp"

#include <algorithm>

namespace aorta::plugins::edit {
namespace {

using hl7_tables::DateTime;

/// Changes a text, or gives the reason why not.
struct Changer {
    std::string_view joined;
    char escape;
    std::string& text;

    std::string_view operator()(const Join& join) const {
        text.insert(join.side == Side::Left ? 0 : text.size(), joined);
        return {};
    }

    std::string_view operator()(const expression::Replacement& replacement) const {
        return replacement.apply(text) ? std::string_view{} : kTooLarge;
    }

    std::string_view operator()(const Padding& padding) const {
        pad(text, padding.width, padding.fill, padding.side);
        return {};
    }

    std::string_view operator()(const Trim& trimming) const {
        trim(text, trimming.what);
        return {};
    }

    std::string_view operator()(const Case& to) const {
        change_case(text, to, escape);
        return {};
    }

    std::string_view operator()(const DateChange& change) const {
        std::optional<DateTime> time;
        for (const DateFormat& format : change.from) {
            time = format.read(text);
            if (time) {
                break;
            }
        }
        std::string made;
        if (time && convert(change, *time, made)) {
            text = std::move(made);
        } else if (change.on_bad == Missing::Empty) {
            text.clear();
        } else if (change.on_bad == Missing::Reject) {
            return kBadDate;
        }
        return {};
    }

private:
    static bool convert(const DateChange& change, DateTime& time, std::string& out) {
        if (change.zone) {
            assume_zone(time, *change.zone);
        }
        return (!change.to_zone || move_to_zone(time, *change.to_zone)) &&
               change.to.write(time, out);
    }
};

bool takes_parts(const TextChange& change) {
    return std::holds_alternative<Case>(change) || std::holds_alternative<Trim>(change) ||
           std::holds_alternative<expression::Replacement>(change);
}

std::string_view change_part(const TextChange& change,
                             std::string_view joined,
                             std::string_view from,
                             const hl7::Delimiters& own,
                             hl7::MessageText& set,
                             std::string& raw) {
    Decoded decoded = decode(from, own);
    set.to_utf8(decoded.text);
    const std::string before = decoded.text;
    const std::string_view trouble = std::visit(Changer{joined, own.escape, decoded.text}, change);
    if (!trouble.empty()) {
        return trouble;
    }
    if (decoded.text == before) {
        raw += from;
        return {};
    }
    const bool fits =
        set.from_utf8(decoded.text) && encode(decoded.text, own, decoded.has_sequences, raw);
    return fits ? std::string_view{} : kDoesNotFit;
}

}  // namespace

std::string_view change_value(const TextChange& change,
                              std::string_view joined,
                              std::string_view from,
                              const hl7::Delimiters& own,
                              hl7::MessageText& set,
                              std::string& raw) {
    const auto is_delimiter = [&](char c) {
        return c != 0 && (c == own.repetition || c == own.component || c == own.subcomponent);
    };
    while (true) {
        const auto* const end = std::find_if(from.begin(), from.end(), is_delimiter);
        if (end != from.end() && !takes_parts(change)) {
            return kDoesNotFit;
        }
        const auto size = static_cast<std::size_t>(end - from.begin());
        const std::string_view part = from.substr(0, size);
        if (!hl7::Value::of(part).has_value()) {
            raw += part;
        } else if (const auto trouble = change_part(change, joined, part, own, set, raw);
                   !trouble.empty()) {
            return trouble;
        }
        if (size == from.size()) {
            return {};
        }
        raw += from[size];
        from.remove_prefix(size + 1);
    }
}

}  // namespace aorta::plugins::edit
