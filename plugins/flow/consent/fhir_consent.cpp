#include "flow/consent/fhir_consent.hpp"

#include "common/fhir/date_time.hpp"
#include "flow/consent/text_of.hpp"

#include <algorithm>

namespace aorta::plugins::consent {
namespace {

using fhir::DateTime;
using fhir::Element;
using fhir::Kind;
using fhir::Precision;

// Of times in nanoseconds: what ends later, does not end.
constexpr int kLastYear = 2261;

/// Nothing for years that do not fit.
std::optional<Instant> instant_of(DateTime time) {
    time.precision = Precision::Second;
    time.zone_minutes = time.zone_minutes.value_or(0);
    const auto ns = fhir::to_epoch_ns(time);
    return ns ? std::optional{Instant{*ns}} : std::nullopt;
}

/// Nothing when it cannot be read.
std::optional<Period> read_period(Element element) {
    Period period;
    if (element && !element.is(Kind::Object)) {
        return std::nullopt;
    }
    if (const Element start = element["start"]) {
        const auto begin = begin_of(text_of(start));
        if (!begin) {
            return std::nullopt;
        }
        period.begin = *begin;
    }
    if (const Element end = element["end"]) {
        const auto behind = end_of(text_of(end));
        if (!behind) {
            return std::nullopt;
        }
        period.end = *behind;
    }
    return period;
}

std::vector<std::string> reference_names(Element reference) {
    std::vector<std::string> names;
    if (const std::string literal = text_of(reference["reference"]); !literal.empty()) {
        names.push_back(reference_name(literal));
    }
    if (std::string identifier = identifier_name(reference["identifier"]); !identifier.empty()) {
        names.push_back(std::move(identifier));
    }
    return names;
}

/// Reads one provision; whatever limits it and is not understood is noted.
class Reader {
public:
    Provision read(Element element) {
        provision_ = {.is_deny = text_of(element["type"]) != "permit"};
        for (const Element member : element.children()) {
            read_member(member);
        }
        return std::move(provision_);
    }

private:
    void read_member(Element member) {
        const std::string_view name = member.name();
        if (name == "period" || name == "dataPeriod") {
            const auto period = read_period(member);
            note_unknown(!period.has_value());
            (name == "period" ? provision_.period : provision_.data_period) =
                period.value_or(Period{});
        } else if (name == "actor") {
            read_actors(member);
        } else if (name == "purpose") {
            read_codes(member, provision_.purposes);
        } else if (name == "securityLabel") {
            read_codes(member, provision_.labels);
        } else if (name == "class") {
            read_codes(member, provision_.types);
        } else if (name == "data") {
            read_data(member);
        } else if (name == "provision") {
            note_unknown(!member.is(Kind::Array));
        } else if (name != "type" && name != "id") {
            note_unknown(true);  // action, code, extensions
        }
    }

    void read_actors(Element actors) {
        read_list(actors, provision_.actors, [](Element actor) {
            return reference_names(actor["reference"]);
        });
    }

    void read_codes(Element codings, std::vector<std::string>& codes) {
        read_list(codings, codes, [](Element coding) {
            std::vector<std::string> code{text_of(coding["code"])};
            return code.front().empty() ? std::vector<std::string>{} : code;
        });
    }

    void read_data(Element data) {
        read_list(data, provision_.instances, [](Element one) {
            return text_of(one["meaning"]) == "instance" ? reference_names(one["reference"])
                                                         : std::vector<std::string>{};
        });
    }

    /// A list of which something says nothing (or that is none) is noted, and limits no denial.
    template <class NamesOf>
    void read_list(Element list, std::vector<std::string>& into, const NamesOf& names_of) {
        bool is_whole = list.is(Kind::Array);
        for (const Element one : list.children()) {
            const std::vector<std::string> names = names_of(one);
            is_whole = is_whole && !names.empty();
            into.insert(into.end(), names.begin(), names.end());
        }
        is_whole = is_whole && !into.empty();
        note_unknown(!is_whole);
        if (!is_whole && provision_.is_deny) {
            into.clear();
        }
    }

    void note_unknown(bool is_unknown) { provision_.has_more = provision_.has_more || is_unknown; }

    Provision provision_;
};

/// Exceptions may have exceptions of their own in R4, though IHE PCF forbids it: those are read as
/// what they are with the limits of the outer one left out if they deny, and not at all if they
/// permit.
void read_exceptions(Element list, std::size_t depth, std::vector<Provision>& into) {
    for (const Element element : list.children()) {
        Provision exception = Reader{}.read(element);
        if (depth == 0 || exception.is_deny) {
            into.push_back(std::move(exception));
        }
        read_exceptions(element["provision"], depth + 1, into);
    }
}

/// OPTIN and OPTOUT of policyRule, where the base of the provision has no type.
std::optional<Provision> base_by_rule(Element resource) {
    for (const Element coding : resource["policyRule"]["coding"].children()) {
        const std::string code = text_of(coding["code"]);
        if (code.starts_with("OPTIN")) {
            return Provision{.is_deny = false};
        }
        if (code.starts_with("OPTOUT")) {
            return Provision{.is_deny = true};
        }
    }
    return std::nullopt;
}

/// A consent to be treated or to take part in a study is none to disclose.
bool is_about_privacy(Element resource) {
    bool is_privacy = false;
    for (const Element coding : resource["scope"]["coding"].children()) {
        is_privacy = is_privacy || text_of(coding["code"]) == "patient-privacy";
    }
    return is_privacy && !resource["modifierExtension"];
}

/// By the identifiers of the contained Patient that a reference names, if it names one.
std::vector<std::string> patient_names(Element resource) {
    const Element reference = resource["patient"];
    const std::string literal = text_of(reference["reference"]);
    if (!literal.starts_with('#')) {
        return reference_names(reference);
    }
    std::vector<std::string> names;
    for (const Element contained : resource["contained"].children()) {
        if ('#' + text_of(contained["id"]) != literal) {
            continue;
        }
        for (const Element identifier : contained["identifier"].children()) {
            if (std::string name = identifier_name(identifier); !name.empty()) {
                names.push_back(std::move(name));
            }
        }
    }
    return names;
}

Error missing(const char* what, const char* where) {
    return {ErrorCode::InvalidData, what, where};
}

}  // namespace

std::optional<Instant> begin_of(std::string_view time) {
    const auto parsed = fhir::parse_date_time(time);
    return parsed ? instant_of(*parsed) : std::nullopt;
}

std::optional<Instant> end_of(std::string_view time) {
    auto parsed = fhir::parse_date_time(time);
    if (!parsed) {
        return std::nullopt;
    }
    using namespace std::chrono_literals;
    Instant length{0};
    switch (parsed->precision) {
        case Precision::Year:
            ++parsed->year;
            break;
        case Precision::Month:
            parsed->year += parsed->month == 12 ? 1 : 0;
            parsed->month = parsed->month % 12 + 1;
            break;
        case Precision::Day:
            length = 24h;
            break;
        case Precision::Minute:
            length = 1min;
            break;
        case Precision::Second:
            length = 1s;
            break;
    }
    if (parsed->year > kLastYear) {
        return Instant::max();
    }
    const auto begin = instant_of(*parsed);
    return begin ? std::optional{*begin + length} : std::nullopt;
}

std::string reference_name(std::string_view reference) {
    reference = reference.substr(0, reference.find("/_history/"));
    const std::size_t id = reference.rfind('/');
    if (id == std::string_view::npos || id == 0) {
        return std::string{reference};
    }
    const std::size_t type = reference.rfind('/', id - 1);
    return std::string{type == std::string_view::npos ? reference : reference.substr(type + 1)};
}

std::string identifier_name(Element identifier) {
    const std::string value = text_of(identifier["value"]);
    const std::string system = text_of(identifier["system"]);
    return value.empty() || system.empty() ? value : system + '|' + value;
}

Result<Statement> read_consent(Element resource) {
    Statement statement;
    Consent& consent = statement.consent;
    if (const std::string id = text_of(resource["id"]); !id.empty()) {
        consent.ids.push_back("Consent/" + id);
    }
    for (const Element identifier : resource["identifier"].children()) {
        if (std::string name = identifier_name(identifier); !name.empty()) {
            consent.ids.push_back(std::move(name));
        }
    }
    if (consent.ids.empty()) {
        return missing("a consent without id and identifier cannot be withdrawn", "Consent.id");
    }
    consent.updated = begin_of(text_of(resource["meta"]["lastUpdated"])).value_or(Instant::max());
    consent.patients = patient_names(resource);
    if (consent.patients.empty()) {
        return missing("a consent that names no patient", "Consent.patient");
    }
    const std::string status = text_of(resource["status"]);
    if (status.empty()) {
        return missing("a consent without status", "Consent.status");
    }
    statement.is_active = status == "active";
    const Element base = resource["provision"];
    if (base.is(Kind::Object)) {
        Provision read = Reader{}.read(base);
        if (!base["type"]) {
            const auto by_rule = base_by_rule(resource);
            read.is_deny = !by_rule || by_rule->is_deny;
        }
        consent.base = std::move(read);
        read_exceptions(base["provision"], 0, consent.exceptions);
    } else {
        const auto by_rule = base ? std::nullopt : base_by_rule(resource);
        consent.base = by_rule.value_or(Provision{.is_deny = true});
    }
    if (!is_about_privacy(resource)) {
        consent.base->has_more = true;
        for (Provision& exception : consent.exceptions) {
            exception.has_more = true;
        }
    }
    return statement;
}

}  // namespace aorta::plugins::consent
