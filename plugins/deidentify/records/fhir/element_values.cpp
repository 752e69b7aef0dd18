// What becomes of single elements, and of the objects that are values.
#include "common/fhir/json_text.hpp"
#include "common/privacy/dates.hpp"
#include "common/privacy/places.hpp"
#include "deidentify/records/fhir/deidentifier.hpp"

namespace aorta::plugins::deidentify {
namespace {

using fhir::Kind;
using fhir_definitions::Type;
using privacy::Action;
using privacy::DateSyntax;

std::string text_of(const fhir::Element& element) {
    std::string scratch;
    return element.is(Kind::String) ? std::string{element.text(scratch)} : std::string{};
}

bool has_text(const fhir::Element& element) {
    return element.is(Kind::String) && !element.raw().empty();
}

/// The JSON kind that a primitive type is written in.
bool is_written_as(Type type, Kind kind) {
    switch (type) {
        case Type::boolean:
            return kind == Kind::True || kind == Kind::False;
        case Type::integer:
        case Type::decimal:
        case Type::unsignedInt:
        case Type::positiveInt:
            return kind == Kind::Number;
        default:
            return kind == Kind::String;
    }
}

}  // namespace

bool ResourceDeidentifier::append_one(const fhir::Element& value,
                                      const fhir::Element& owner,
                                      Type parent,
                                      const ElementDefinition& element,
                                      OwnRule own) {
    const Type type = element.type;
    if (own && own.treatment->action == Action::Remove) {
        return false;
    }
    const bool is_kept = own && own.treatment->action == Action::Keep;
    // An object whose members an earlier rule may treat is walked, not copied.
    if (is_kept && (fhir_definitions::is_primitive(type) || !value.is(Kind::Object) ||
                    !policy_.has_rule_before(own.index))) {
        append_raw(value);
        return true;
    }
    if (fhir_definitions::is_a(type, Type::Resource)) {
        return append_resource(value, path_.ends_with(".contained"), is_kept ? own : OwnRule{});
    }
    const ElementTreatment treatment = policy_.treatment_of(parent, element);
    if (!fhir_definitions::is_primitive(type)) {
        return value.is(Kind::Object) && append_complex(value, element, treatment, own);
    }
    if (!is_written_as(type, value.kind())) {
        return false;
    }
    // Codes, systems, truths and references have no text to change: the profile treats them.
    const bool is_changeable = type != Type::code && type != Type::uri && type != Type::canonical &&
                               type != Type::boolean && treatment != ElementTreatment::Reference;
    return own && is_changeable ? append_own(value, type, *own.treatment)
                                : append_treated(value, owner, element, treatment);
}

bool ResourceDeidentifier::append_complex(const fhir::Element& value,
                                          const ElementDefinition& element,
                                          ElementTreatment treatment,
                                          OwnRule own) {
    if (treatment == ElementTreatment::Remove && !own) {
        return false;
    }
    const bool outer_age = is_age_;
    is_age_ = is_age_ || element.type == Type::Age ||
              (path_ == "Observation.component" && has_age_code(value));
    age_unit_ = is_age_ ? text_of(value["code"]) : std::string{};
    if (is_age_ && age_unit_.empty()) {
        age_unit_ = text_of(value["unit"]);
    }
    *out_ += '{';
    const std::size_t begin = out_->size();
    if (element.type == Type::Meta) {
        security_end_ = 0;
    }
    append_members(value, element.type, own);
    // Meta may be a value, too: labels go into that of the resource.
    const bool is_meta = element.type == Type::Meta && path_.find('.') == path_.size() - 5;
    if (is_meta && !resource_.is_contained) {
        append_labels(value["security"]);
        security_end_ = 0;
    }
    is_age_ = outer_age;
    const bool stays = out_->size() > begin;
    *out_ += '}';
    // An identifier without its value, a reference that leads nowhere: nothing of use is left.
    const bool lost = (element.type == Type::Identifier && value["value"] &&
                       out_->find("\"value\":", begin) == std::string::npos) ||
                      (element.type == Type::Reference && value["reference"] &&
                       out_->find("\"reference\":", begin) == std::string::npos &&
                       out_->find("\"identifier\":", begin) == std::string::npos);
    return stays && !lost;
}

bool ResourceDeidentifier::append_treated(const fhir::Element& value,
                                          const fhir::Element& owner,
                                          const ElementDefinition& element,
                                          ElementTreatment treatment) {
    const std::string_view raw = value.raw();
    std::string scratch;
    const bool is_string = value.is(Kind::String);
    const std::string_view text = is_string ? value.text(scratch) : raw;
    switch (treatment) {
        case ElementTreatment::Keep:
            return append_kept(value, element);
        case ElementTreatment::Date:
            return append_date(text, element.type, config_.dates);
        case ElementTreatment::Text:
            return append_text(text, raw);
        case ElementTreatment::CodedText:
            if (has_text(owner["code"]) ||
                (fhir_definitions::name_of(element) == "unit" && privacy::is_label(text))) {
                append_raw(value);
                return true;
            }
            return append_text(text, raw);
        case ElementTreatment::Label:
            if (privacy::is_label(text)) {
                append_raw(value);
                return true;
            }
            return append_text(text, raw);
        case ElementTreatment::Id:
            return append_string(ids_.id_of(text));
        case ElementTreatment::Reference:
        case ElementTreatment::Url:
            return append_string(ids_.reference_of(text, keeps_systems()));
        case ElementTreatment::Request:
            return append_string(fhir_definitions::is_resource(text)
                                     ? std::string{text}
                                     : ids_.reference_of(text, keeps_systems()));
        case ElementTreatment::ResourceType:
            return append_if(fhir_definitions::is_resource(text), value);
        case ElementTreatment::Condition:
            return append_string(ids_.condition_of(text, keeps_systems()));
        case ElementTreatment::Identifier:
            if (is_identifier_kept(owner)) {
                append_raw(value);
                return true;
            }
            return append_string(ids_.identifier_of(text, text_of(owner["system"])));
        case ElementTreatment::State:
            return append_if(
                is_us(owner) ? privacy::is_us_state(text) : privacy::is_short_code(text), value);
        case ElementTreatment::PostalCode:
            return is_us(owner) && append_string(std::string{privacy::zip3_of(text)});
        case ElementTreatment::Country:
            return append_if(privacy::is_united_states(text) || privacy::is_short_code(text),
                             value);
        default:
            return false;
    }
}

bool ResourceDeidentifier::append_if(bool stays, const fhir::Element& value) {
    if (stays) {
        append_raw(value);
    }
    return stays;
}

/// Numbers, codes and names of systems; numbers that are ages are bounded, and codes are those of
/// the value set that must be used.
bool ResourceDeidentifier::append_kept(const fhir::Element& value,
                                       const ElementDefinition& element) {
    const bool is_listed =
        element.type == Type::code && element.value_set != 0 &&
        fhir_definitions::form_of(element.value_set) == fhir_definitions::Form::Codes;
    if (is_listed && !fhir_definitions::has_code(element.value_set, value.raw())) {
        return false;
    }
    if (value.is(Kind::Number) && is_age_ && config_.profile != privacy::Profile::LimitedDataSet &&
        fhir_definitions::base_name_of(element) == "value") {
        const std::string bounded = privacy::bounded_age(value.raw(), age_unit_);
        out_->append(bounded);
        return !bounded.empty();
    }
    append_raw(value);
    return true;
}

/// What a rule of the pipeline makes of a primitive.
bool ResourceDeidentifier::append_own(const fhir::Element& value,
                                      Type type,
                                      const privacy::Treatment& own) {
    std::string scratch;
    const bool is_string = value.is(Kind::String);
    const std::string_view text = is_string ? value.text(scratch) : value.raw();
    const bool is_date = type == Type::date || type == Type::dateTime || type == Type::instant;
    std::string changed;
    switch (own.action) {
        case Action::Year:
        case Action::ShiftDate:
            return is_date &&
                   append_date(
                       text, type, own.action == Action::Year ? DateMode::Year : DateMode::Shift);
        case Action::Generalise:
            if (is_date) {
                return append_date(text, type, DateMode::Year);
            }
            changed = is_string ? std::string{privacy::zip3_of(text)}
                                : privacy::bounded_age(text, age_unit_);
            break;
        case Action::Scrub:
            return is_string && !is_date && protector_->scrub(text, known_words_, changed) &&
                   append_string(changed);
        default:
            if (!protector_->apply(own, text, resource_.patient, changed)) {
                return false;
            }
    }
    if (is_string) {
        return !is_date && append_string(changed);
    }
    // A number stays a number.
    out_->append(changed);
    return own.action == Action::Perturb || own.action == Action::Generalise;
}

bool ResourceDeidentifier::append_date(std::string_view text, Type type, DateMode mode) {
    const auto date = privacy::read_date(text, DateSyntax::Iso);
    if (!date) {
        return false;
    }
    std::string changed;
    if (mode == DateMode::Keep) {
        changed = text;
    } else if (mode == DateMode::Shift && resource_.shift &&
               privacy::append_shifted(text, DateSyntax::Iso, *resource_.shift, changed)) {
        // moved
    } else if (privacy::shows_age_above_89(date->day_number(), today_)) {
        return false;
    } else {
        changed = text.substr(0, 4);
        // An instant has no year alone: its beginning says no more.
        changed += type == Type::instant ? "-01-01T00:00:00Z" : "";
    }
    return append_string(changed);
}

bool ResourceDeidentifier::append_text(std::string_view text, std::string_view raw) {
    std::string clean;
    if (config_.text != TextMode::Scrub || !protector_->scrub(text, known_words_, clean)) {
        return false;
    }
    if (clean == text) {
        out_->append(1, '"').append(raw).append(1, '"');
        return true;
    }
    return append_string(clean);
}

/// The extensions whose urls are allowed, whole. False if there are none.
bool ResourceDeidentifier::append_extensions(const fhir::Element& extensions) {
    const std::size_t start = out_->size();
    bool has_any = false;
    for (const fhir::Element extension : extensions.children()) {
        if (!extension.is(Kind::Object) ||
            !config_.extensions.contains(text_of(extension["url"]))) {
            continue;
        }
        if (has_any) {
            *out_ += ',';
        } else {
            append_name("extension");
            *out_ += '[';
        }
        append_raw(extension);
        has_any = true;
    }
    if (!has_any) {
        out_->resize(start);
        return false;
    }
    *out_ += ']';
    return true;
}

bool ResourceDeidentifier::append_string(const std::string& text) {
    if (text.empty()) {
        return false;
    }
    fhir::append_json_string(text, *out_);
    return true;
}

void ResourceDeidentifier::append_raw(const fhir::Element& value) {
    const bool is_string = value.is(Kind::String);
    out_->append(is_string ? "\"" : "").append(value.raw()).append(is_string ? "\"" : "");
}

void ResourceDeidentifier::append_name(std::string_view name) {
    out_->append(out_->back() == '{' ? "\"" : ",\"").append(name).append("\":");
}

}  // namespace aorta::plugins::deidentify
