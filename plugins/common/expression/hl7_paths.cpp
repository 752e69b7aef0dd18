#include "common/expression/hl7_paths.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace aorta::expression {

namespace {

constexpr std::uint32_t kAll = hl7::Path::kAll;

// At most one in a message, or in the message's only patient group.
constexpr std::string_view kSingle[] = {
    "ACC", "BHS", "BTS", "DSC", "EVN", "FHS", "FTS", "MFI", "MRG", "MSA", "MSH", "PD1", "PDA",
    "PID", "PV1", "PV2", "QAK", "QPD", "QRD", "QRF", "RCP", "SCH", "TXA", "UB1", "UB2",
};

struct RepeatingFields {
    std::string_view segment;
    std::initializer_list<std::uint8_t> fields;
};

// The fields with a repetition mark in the segment tables of HL7 v2.5.1.
constexpr RepeatingFields kRepeating[] = {
    {"AL1", {5}},
    {"DG1", {16}},
    {"ERR", {2, 6, 9, 12}},
    {"EVN", {5}},
    {"FT1", {19, 20, 21, 26}},
    {"GT1", {2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 21, 29, 34, 35, 42, 44, 45, 46, 51, 55}},
    {"IAM", {5}},
    {"IN1", {3, 4, 5, 6, 7, 9, 10, 11, 16, 19, 49}},
    {"MRG", {1, 2, 7}},
    {"MSH", {18, 21}},
    {"NK1", {2, 4, 5, 6, 13, 17, 18, 19, 26, 28, 29, 30, 31, 32, 33, 35}},
    {"NTE", {3}},
    {"OBR", {10, 16, 17, 27, 28, 31, 33, 34, 35, 39, 43, 45, 46, 47}},
    {"OBX", {8, 10, 16, 17, 18}},
    {"ORC", {7, 10, 11, 12, 14, 19, 21, 22, 23, 24}},
    {"PD1", {1, 3, 4, 10, 14, 15}},
    {"PID", {3, 4, 5, 6, 9, 10, 11, 13, 14, 21, 22, 26, 32, 39}},
    {"PR1", {8, 11, 12, 16, 18}},
    {"PV1", {7, 8, 9, 15, 17, 20, 24, 25, 26, 27, 52}},
    {"PV2", {5, 7, 13, 23, 39, 45}},
    {"ROL", {4, 9, 11, 12}},
    {"RXA", {9, 10, 15, 16, 17, 18, 19}},
    {"SCH", {11, 12, 14, 16, 18, 20, 21, 26, 27}},
    {"SPM", {3, 5, 6, 9, 11, 14, 15, 16, 21, 24}},
    {"TQ1", {3, 4, 5, 9}},
    {"TXA", {5, 8, 9, 10, 11, 14, 22, 23}},
};

Error refuse(std::string message) {
    return {ErrorCode::InvalidConfig, std::move(message)};
}

// "PID-3", "OBX[2]-8" or ".3".
std::string base_name(const Path& path) {
    hl7::Path base = path.place;
    base.repetition = base.component = base.subcomponent = 0;
    if (path.kind == Path::Kind::InSegment) {
        return "." + std::to_string(base.field);
    }
    return hl7::to_string(base);
}

std::string component_suffix(const hl7::Path& place) {
    std::string suffix;
    for (const std::uint32_t number : {place.component, place.subcomponent}) {
        if (number != 0) {
            suffix += "." + std::to_string(number);
        }
    }
    return suffix;
}

std::string field_suffix(const hl7::Path& place) {
    return "." + std::to_string(place.field) + component_suffix(place);
}

Error segment_repeats(const hl7::Path& place) {
    const std::string name{place.segment_name()};
    hl7::Path indexed = place;
    indexed.occurrence = 1;
    return refuse(name + " may occur more than once: write any(" + name + ", " +
                  field_suffix(place) + " …) or " + hl7::to_string(indexed));
}

Error field_repeats(const Path& path) {
    const std::string base = base_name(path);
    const std::string suffix = component_suffix(path.place);
    return refuse(base + " may repeat: write any(" + base + "[*], " +
                  (suffix.empty() ? "." : suffix) + " …) or " + base + "[1]" + suffix);
}

Result<Path> in_element(Path written, Scope::Kind kind) {
    const hl7::Path place = written.place;
    if (place.repetition != 0 || place.subcomponent != 0) {
        return refuse(
            "inside a quantifier over repetitions a path is .component or .component.subcomponent");
    }
    written.kind = Path::Kind::InRepetition;
    written.place.field = 0;
    written.place.component = place.field;
    written.place.subcomponent = place.component;
    if (kind == Scope::Kind::Component) {
        if (place.component != 0) {
            return refuse("inside a quantifier over components a path is . or .subcomponent");
        }
        written.place.component = 0;
        written.place.subcomponent = place.field;
    }
    return written;
}

Result<Path> fhir_value(Path written, const Scope& scope) {
    if (written.kind == Path::Kind::InFhir && scope.kind != Scope::Kind::Fhir) {
        return refuse(
            "a FHIR path that begins with a dot stands inside any(Patient.name, …), all(…) or "
            "count(…)");
    }
    return written;
}

Result<Path> fhir_set(Path written, const Scope& scope) {
    if (written.kind == Path::Kind::Fhir && scope.kind != Scope::Kind::Message) {
        return refuse(
            "a quantifier over the resource cannot stand inside another: move it out and join the "
            "two by 'and' or 'or'");
    }
    return fhir_value(std::move(written), scope);
}

/// "." alone, the only path of HL7's form inside a quantifier over FHIR elements.
Result<Path> fhir_element(Path written) {
    if (written.place.field != 0) {
        return refuse("inside a quantifier over FHIR elements a path is . or .element");
    }
    written.kind = Path::Kind::InFhir;
    return written;
}

Result<Path> checked_field(Path path) {
    const hl7::Path& place = path.place;
    if (place.repetition == kAll) {
        return refuse("[*] names a set, not a value: write any(" + base_name(path) + "[*], " +
                      (place.component == 0 ? "." : component_suffix(place)) + " …)");
    }
    if (place.repetition == 0 && field_may_repeat(place.segment_name(), place.field)) {
        return field_repeats(path);
    }
    return path;
}

}  // namespace

bool segment_may_repeat(std::string_view segment) {
    return !std::binary_search(std::begin(kSingle), std::end(kSingle), segment);
}

bool field_may_repeat(std::string_view segment, std::uint32_t field) {
    const auto* const row =
        std::find_if(std::begin(kRepeating), std::end(kRepeating), [&](const RepeatingFields& r) {
            return r.segment == segment;
        });
    return row != std::end(kRepeating) &&
           std::find(row->fields.begin(), row->fields.end(), field) != row->fields.end();
}

Result<Path> resolve_value(Path written, const Scope& scope) {
    if (written.kind == Path::Kind::Attribute) {
        return written;
    }
    if (written.is_fhir()) {
        return fhir_value(std::move(written), scope);
    }
    if (written.kind == Path::Kind::Message) {
        const hl7::Path& place = written.place;
        const std::string name{place.segment_name()};
        if (place.field == 0) {
            return refuse("a segment is not a value: name a field, such as " + name +
                          "-1, or write exists(" + name + ")");
        }
        if (place.occurrence == kAll ||
            (place.occurrence == 0 && segment_may_repeat(place.segment_name()))) {
            return segment_repeats(place);
        }
        return checked_field(std::move(written));
    }
    switch (scope.kind) {
        case Scope::Kind::Message:
            return refuse(
                "a path that begins with a dot stands inside any(SEG, …), all(SEG, …) or "
                "count(SEG, …)");
        case Scope::Kind::Fhir:
            return fhir_element(std::move(written));
        case Scope::Kind::Segment:
            if (written.place.field == 0) {
                return refuse("a segment is not a value: name a field, such as .5");
            }
            std::copy_n(scope.segment, 3, written.place.segment);
            return checked_field(std::move(written));
        default:
            return in_element(std::move(written), scope.kind);
    }
}

Result<Path> resolve_set(Path written, const Scope& scope) {
    hl7::Path& place = written.place;
    const bool is_relative = written.kind == Path::Kind::InSegment;
    if (written.is_fhir()) {
        return fhir_set(std::move(written), scope);
    }
    if (written.kind == Path::Kind::Attribute) {
        return refuse(
            "an attribute is one value: a quantifier goes over segments (OBX) or repetitions "
            "(PID-3[*])");
    }
    if (is_relative != (scope.kind != Scope::Kind::Message)) {
        return refuse(is_relative ? "a set that begins with a dot stands inside any(SEG, …)"
                                  : "a quantifier over the message cannot stand inside another: "
                                    "move it out and join the two by 'and' or 'or'");
    }
    if (is_relative && scope.kind != Scope::Kind::Segment) {
        return refuse(
            "a repetition has no repetitions of its own: name its components, such as .1");
    }
    if (is_relative) {
        std::copy_n(scope.segment, 3, place.segment);
    }
    if (place.field == 0 && !is_relative) {
        place.occurrence = place.occurrence == 0 ? kAll : place.occurrence;
        return written;
    }
    if (!is_relative && (place.occurrence == kAll ||
                         (place.occurrence == 0 && segment_may_repeat(place.segment_name())))) {
        const std::string name{place.segment_name()};
        return refuse(name + " may occur more than once: write any(" + name + ", any(." +
                      std::to_string(place.field) + "[*], …)) or give an index, " + name + "[1]");
    }
    if (place.repetition != kAll || place.subcomponent != 0) {
        return refuse(
            "a quantifier goes over segments (OBX), repetitions (PID-3[*]) or their components "
            "(PID-3[*].1)");
    }
    return written;
}

Scope scope_of(const Path& set) {
    Scope scope;
    if (set.is_fhir()) {
        scope.kind = Scope::Kind::Fhir;
        return scope;
    }
    scope.kind = set.place.field == 0       ? Scope::Kind::Segment
                 : set.place.component == 0 ? Scope::Kind::Repetition
                                            : Scope::Kind::Component;
    std::copy_n(set.place.segment, 3, scope.segment);
    return scope;
}

}  // namespace aorta::expression
