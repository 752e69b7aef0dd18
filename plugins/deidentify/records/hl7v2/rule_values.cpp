// What rules of the pipeline make of fields and components, and what stands for identifiers.
#include "common/hl7/escape.hpp"
#include "common/hl7/message.hpp"
#include "common/privacy/places.hpp"
#include "deidentify/records/hl7v2/date_values.hpp"
#include "deidentify/records/hl7v2/rewriter.hpp"
#include "deidentify/records/hl7v2/values.hpp"

namespace aorta::plugins::deidentify {

using privacy::Action;

namespace {

constexpr std::string_view kNull = "\"\"";

}  // namespace

/// A rule for a whole field. Dates, addresses and texts are changed part by part; of an identifier
/// or a number the first component, which holds it, and of a CX its type.
void Rewriter::append_own(std::string_view repetition,
                          const privacy::Treatment& own,
                          Treatment base,
                          const MessageContext& message,
                          std::string& out) {
    const hl7::Delimiters& delimiters = message.delimiters;
    ComponentWriter writer{delimiters.component, out};
    const hl7::Split parts{repetition, delimiters.component};
    switch (own.action) {
        case Action::Keep:
            out += repetition;
            return;
        case Action::Year:
        case Action::ShiftDate:
            return append_dates(repetition,
                                base == Treatment::Occurrence,
                                own.action == Action::Year ? DateMode::Year : DateMode::Shift,
                                message,
                                out);
        case Action::Generalise:
            if (parts.size() > 4) {
                return append_address(repetition, false, config_.is_us_by_default, delimiters, out);
            }
            writer.put(1, own_part(parts.at(1), own, message));
            return;
        case Action::Scrub:
            return append_scrubbed(repetition, message, out);
        case Action::Mask: {
            std::size_t n = 0;
            for (const std::string_view part : parts) {
                writer.put(++n, own_part(part, own, message));
            }
            return;
        }
        default: {
            const std::string made = own_part(parts.at(1), own, message);
            if (made.empty()) {
                return;
            }
            writer.put(1, made);
            if (base == Treatment::Id && own.action != Action::Substitute) {
                const std::string_view type = parts.at(5);
                writer.put(5, type.size() <= 5 && privacy::is_label(type) ? type : "");
            }
        }
    }
}

/// What a rule makes of one component, encoded again; empty when it must go.
std::string Rewriter::own_part(std::string_view raw,
                               const privacy::Treatment& own,
                               const MessageContext& message) {
    std::string out;
    if (raw.empty() || raw == kNull || own.action == Action::Keep) {
        return std::string{raw};
    }
    if (own.action == Action::Year || own.action == Action::ShiftDate) {
        append_date(
            raw, own.action == Action::Year ? DateMode::Year : DateMode::Shift, message, out);
        return out;
    }
    if (own.action == Action::Generalise) {
        append_date(raw, DateMode::Year, message, out);
        if (out.empty()) {
            out = privacy::zip3_of(raw);
        }
        return out.empty() && is_compared_number(raw) ? privacy::bounded_age(raw, "") : out;
    }
    if (own.action == Action::Scrub) {
        return scrubbed(raw, message);
    }
    std::string changed;
    if (protector_->apply(own, hl7::decode(raw, message.delimiters), message.patient, changed) &&
        hl7::encode(changed, message.delimiters, out).ok()) {
        return out;
    }
    return {};
}

std::string Rewriter::scrubbed(std::string_view raw, const MessageContext& message) const {
    std::string text;
    hl7::decode(raw, message.delimiters, hl7::TextKind::Plain, text);
    std::string clean;
    std::string out;
    if (!protector_->scrub(text, message.known_words, clean)) {
        return {};
    }
    if (clean == text) {
        return std::string{raw};
    }
    return hl7::encode(clean, message.delimiters, out).ok() ? out : std::string{};
}

void Rewriter::append_scrubbed(std::string_view repetition,
                               const MessageContext& message,
                               std::string& out) const {
    ComponentWriter writer{message.delimiters.component, out};
    std::size_t n = 0;
    for (const std::string_view part : hl7::Split{repetition, message.delimiters.component}) {
        std::string kept;
        ComponentWriter inner{message.delimiters.subcomponent, kept};
        std::size_t m = 0;
        for (const std::string_view each : hl7::Split{part, message.delimiters.subcomponent}) {
            inner.put(++m, scrubbed(each, message));
        }
        writer.put(++n, kept);
    }
}

void Rewriter::append_code(std::string_view repetition,
                           Treatment treatment,
                           const hl7::Delimiters& delimiters,
                           std::string& out) {
    if (repetition.empty()) {
        return;
    }
    const hl7::Split parts{repetition, delimiters.component};
    std::string identifier{treatment == Treatment::Surrogate ? repetition : parts.at(1)};
    if (identifier.empty()) {
        return;
    }
    identifier = hl7::decode(identifier, delimiters);
    // The same number of two assigning authorities is two identifiers. A pseudonym is of the number
    // alone: other formats name the authority in other words.
    if (protector_->code_mode() != privacy::CodeMode::Pseudonym &&
        treatment != Treatment::Surrogate) {
        identifier += delimiters.component;
        identifier += treatment == Treatment::Id ? parts.at(4) : parts.at(2);
    }
    const std::string code = protector_->code_for(identifier);
    if (code.empty()) {
        return;
    }
    ComponentWriter writer{delimiters.component, out};
    writer.put(1, code);
    if (const std::string_view type = parts.at(5);
        treatment == Treatment::Id && type.size() <= 5 && privacy::is_label(type)) {
        writer.put(5, type);
    }
}

}  // namespace aorta::plugins::deidentify
