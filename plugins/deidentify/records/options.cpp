#include "deidentify/records/options.hpp"

#include "common/fhir_definitions/definitions.hpp"
#include "common/hl7_definitions/definitions.hpp"
#include "common/hl7_tables/path_option.hpp"

#include <algorithm>

namespace aorta::plugins::deidentify {

namespace {

using privacy::Action;
using privacy::CodeMode;
using privacy::Profile;
using privacy::Rule;

constexpr std::size_t kLeastKeyBytes = 32;

std::vector<hl7::Path> read_fields(const Options& list, Diagnostics* report) {
    constexpr std::string_view kNoField = "not a whole field, such as PV1-10";
    std::vector<hl7::Path> fields;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto path =
            hl7_tables::read_path(list.item(i), hl7_tables::PathForm::WholeField, kNoField, report);
        // Longer segments do not exist; the table grows with the number.
        if (path && path->field <= 255) {
            fields.push_back(*path);
        } else if (path && report != nullptr) {
            report->error(list.item(i), std::string{kNoField});
        }
    }
    return fields;
}

std::vector<std::string> read_z_segments(const Options& list, Diagnostics* report) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string_view name = list.item(i).text();
        const auto path = hl7::parse_path(name);
        if (name.size() == 3 && name[0] == 'Z' && path.ok()) {
            names.emplace_back(name);
        } else if (report != nullptr) {
            report->error(list.item(i), "not the name of a Z segment, such as ZDV");
        }
    }
    return names;
}

/// Which formats a rule is for.
struct Formats {
    bool hl7v2 = false;
    bool fhir = false;
};

bool is_fhir_path(std::string_view path) {
    const std::size_t dot = path.find('.');
    return dot != std::string_view::npos && dot + 1 < path.size() &&
           fhir_definitions::find_type(path.substr(0, dot)).has_value() &&
           path.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789."
               "_") == std::string_view::npos;
}

bool is_hl7_path(std::string_view text) {
    const auto path = hl7::parse_path(text);
    return path.ok() && path->field > 0 && path->field <= 255 && path->occurrence == 0 &&
           path->repetition == 0 && path->subcomponent == 0 && path->component <= 255 &&
           !(path->segment_name() == "MSH" && path->field <= 2);
}

bool is_segment_name(std::string_view text) {
    const auto path = hl7::parse_path(text);
    return text.size() == 3 && path.ok() && path->field == 0 && text != "MSH";
}

bool is_element_name(std::string_view text) {
    return !text.empty() && text[0] >= 'a' && text[0] <= 'z' &&
           text.find('.') == std::string_view::npos;
}

Formats formats_of(const Rule& rule) {
    switch (rule.selector) {
        case Rule::Selector::Path:
            return {is_hl7_path(rule.selected), is_fhir_path(rule.selected)};
        case Rule::Selector::Type:
            return {hl7_definitions::find_type(rule.selected).has_value(),
                    fhir_definitions::find_type(rule.selected).has_value()};
        default:
            return {is_segment_name(rule.selected), is_element_name(rule.selected)};
    }
}

/// The rules for one format.
std::vector<Rule> rules_for(const std::vector<Rule>& rules, bool Formats::*format) {
    std::vector<Rule> chosen;
    std::copy_if(rules.begin(), rules.end(), std::back_inserter(chosen), [&](const Rule& rule) {
        return formats_of(rule).*format;
    });
    return chosen;
}

CodeMode code_mode_of(std::string_view name, Profile profile) {
    return name == "random"                                        ? CodeMode::Random
           : name == "vault"                                       ? CodeMode::Vault
           : name == "pseudonym"                                   ? CodeMode::Pseudonym
           : name == "profile" && profile == Profile::Pseudonymise ? CodeMode::Pseudonym
                                                                   : CodeMode::Remove;
}

DateMode date_mode_of(std::string_view name, Profile profile) {
    if (name == "profile") {
        return profile == Profile::SafeHarbor       ? DateMode::Year
               : profile == Profile::LimitedDataSet ? DateMode::Keep
                                                    : DateMode::Shift;
    }
    return name == "year" ? DateMode::Year : name == "shift" ? DateMode::Shift : DateMode::Keep;
}

TextMode text_mode_of(std::string_view name, Profile profile) {
    if (name == "profile") {
        return profile == Profile::Pseudonymise ? TextMode::Scrub : TextMode::Drop;
    }
    return name == "scrub"        ? TextMode::Scrub
           : name == "keep_codes" ? TextMode::KeepCodes
                                  : TextMode::Drop;
}

struct Policies {
    PolicyConfig messages;
    ResourceConfig resources;
    CodeMode codes;
};

Policies read_policies(const Options& options, Diagnostics* report) {
    const Profile profile = privacy::profile_of(options["profile"].text());
    const std::vector<Rule> rules = privacy::read_rules(options["rules"], report);
    const DateMode dates = date_mode_of(options["dates"].text(), profile);
    const TextMode text = text_mode_of(options["text"].text(), profile);
    Policies policies{.messages = {.profile = profile,
                                   .dates = dates,
                                   .text = text,
                                   .keep = read_fields(options["keep"], report),
                                   .remove = read_fields(options["remove"], report),
                                   .z_segments = read_z_segments(options["z_segments"], report),
                                   .rules = rules_for(rules, &Formats::hl7v2)},
                      .resources = {.profile = profile,
                                    .dates = dates,
                                    .text = text,
                                    .is_us_by_default = options["country"].text() == "us",
                                    .rules = rules_for(rules, &Formats::fhir)},
                      .codes = code_mode_of(options["codes"].text(), profile)};
    for (const std::string& url : options["extensions"].texts()) {
        policies.resources.extensions.insert(url);
    }
    const Options patient = options["patient"];
    policies.resources.patient = {.kind = patient["by"].text() == "reference"
                                              ? fhir::KeyKind::Reference
                                              : fhir::KeyKind::Identifier,
                                  .system = std::string{patient["system"].text()}};
    return policies;
}

/// Exceptions are the pipeline author's to answer for: say what they mean.
void check_exceptions(const PolicyConfig& policy, const Options& options, Diagnostics& report) {
    const Options keep = options["keep"];
    for (std::size_t i = 0; i < policy.keep.size() && i < keep.size(); ++i) {
        const hl7::Path& path = policy.keep[i];
        if (std::find(policy.remove.begin(), policy.remove.end(), path) != policy.remove.end()) {
            report.error(keep.item(i), "the field is listed under remove as well");
        } else if (hipaa_class(path) != '-') {
            report.warning(keep.item(i),
                           "the field may identify a person: the output is then not what the "
                           "profile promises");
        }
    }
}

/// True for a rule that lets through what may identify somebody, as far as tables can tell.
bool breaks_promise(const Rule& rule, const Formats& formats) {
    const bool is_path = rule.selector == Rule::Selector::Path;
    return rule.treatment.action == Action::Keep &&
           !(is_path && formats.hl7v2 && hipaa_class(*hl7::parse_path(rule.selected)) == '-');
}

void check_rules(const Options& list, Diagnostics& report) {
    for (const Rule& rule : privacy::read_rules(list, nullptr)) {
        const Formats formats = formats_of(rule);
        const Options at = list.item(rule.index);
        if (formats.hl7v2 || formats.fhir) {
            if (breaks_promise(rule, formats)) {
                report.warning(at,
                               "what is kept may identify a person: the output is then not what "
                               "the profile promises");
            }
            continue;
        }
        switch (rule.selector) {
            case Rule::Selector::Path:
                report.error(at["path"],
                             "not a field or component (PID-3, PID-3.1), nor an element of a "
                             "FHIR type (Patient.birthDate, Address.city)");
                break;
            case Rule::Selector::Type:
                report.error(at["type"], "neither a data type of HL7 v2 nor a type of FHIR R4");
                break;
            default:
                report.error(at["name"],
                             "neither a segment (ZPI, not MSH) nor an element (postalCode)");
        }
    }
}

bool needs_key(const Policies& policies) {
    const auto is_keyed = [](const Rule& rule) {
        return privacy::needs_key(rule.treatment.action);
    };
    const auto& first = policies.messages.rules;
    const auto& second = policies.resources.rules;
    return policies.codes == CodeMode::Pseudonym || policies.messages.dates == DateMode::Shift ||
           std::any_of(first.begin(), first.end(), is_keyed) ||
           std::any_of(second.begin(), second.end(), is_keyed);
}

void check_secrets(const Policies& policies, const Options& options, Diagnostics& report) {
    // The value of a secret may be unknown where a pipeline is only checked: then it is empty.
    const Options key = options["key"];
    if (needs_key(policies) && !key.exists()) {
        report.error(options["profile"],
                     "pseudonyms, shifted dates, ciphers and noise are made with a secret: give "
                     "key: !secret file:PATH");
    }
    const std::size_t size = key.text().size();
    if (size > 0 && size < kLeastKeyBytes) {
        report.error(key, "the key is shorter than 32 bytes");
    }
    const Options vault = options["vault"];
    if (policies.codes == CodeMode::Vault && !vault["path"].exists()) {
        report.error(options["codes"], "codes: vault needs a vault: { path, key }");
    }
    const std::size_t vault_key = vault["key"].text().size();
    if (vault_key > 0 && vault_key < kLeastKeyBytes) {
        report.error(vault["key"], "the key is shorter than 32 bytes");
    }
    if (policies.codes == CodeMode::Pseudonym && policies.messages.profile == Profile::SafeHarbor) {
        report.warning(options["codes"],
                       "a keyed hash is derived from the identifier: the output is not Safe Harbor "
                       "(45 CFR 164.514(c)); use random or vault");
    }
    if (policies.messages.dates != DateMode::Year &&
        policies.messages.profile == Profile::SafeHarbor) {
        report.warning(options["dates"], "dates beyond the year are not Safe Harbor");
    }
}

privacy::ScrubberConfig read_scrubber(const Options& options) {
    return {.patterns = options["scrub_patterns"].texts(), .words = options["scrub_words"].texts()};
}

void append_tree(const Options& options, std::string& out) {
    out += options.text();
    for (std::size_t i = 0; i < options.size(); ++i) {
        const bool is_map = options.abi()->keys != nullptr;
        const std::string_view key = is_map ? options.key(i) : std::string_view{};
        // Secrets are no part of a policy, and their hash is nobody's business.
        if (key != "key") {
            out += '\x1e';
            out += key;
            out += '\x1f';
            append_tree(options.item(i), out);
        }
    }
}

}  // namespace

void check_options(const Options& options, Diagnostics& report) {
    const Policies policies = read_policies(options, &report);
    check_rules(options["rules"], report);
    constexpr std::string_view kNoId = "not the path of a value, such as PID-3.1";
    hl7_tables::read_path(options["patient"]["path"], hl7_tables::PathForm::Value, kNoId, &report);
    const auto scrubber = privacy::Scrubber::make(read_scrubber(options));
    if (!scrubber.ok()) {
        report.error(options["scrub_patterns"].item(std::stoul(scrubber.error().where)),
                     scrubber.error().message);
    }
    check_secrets(policies, options, report);
    if (!report.failed()) {
        check_exceptions(policies.messages, options, report);
    }
}

Result<Deidentifiers> make_deidentifiers(const Options& options) {
    Policies policies = read_policies(options, nullptr);
    std::optional<privacy::Vault> vault;
    if (const Options given = options["vault"]; given["path"].exists()) {
        auto opened = privacy::Vault::open(std::string{given["path"].text()}, given["key"].text());
        if (!opened.ok()) {
            return opened.error();
        }
        vault = std::move(*opened);
    }
    auto scrubber = privacy::Scrubber::make(read_scrubber(options));
    if (!scrubber.ok()) {
        return scrubber.error();
    }
    auto protector = std::make_shared<privacy::Protector>(
        privacy::ProtectorConfig{
            .secret = options["key"].text(),
            .codes = policies.codes,
            .max_shift_days = static_cast<int>(options["max_shift"].integer())},
        privacy::Tokens{static_cast<std::size_t>(options["max_codes"].integer()), std::move(vault)},
        std::make_shared<const privacy::Scrubber>(std::move(*scrubber)));
    const RewriterConfig rewriter{.profile = policies.messages.profile,
                                  .dates = policies.messages.dates,
                                  .text = policies.messages.text,
                                  .is_us_by_default = options["country"].text() == "us"};
    const auto patient = hl7::parse_path(options["patient"]["path"].text());
    std::string tree;
    append_tree(options, tree);
    return Deidentifiers{.messages = {Policy{policies.messages},
                                      Rewriter{rewriter, protector},
                                      patient.ok() ? *patient : *hl7::parse_path("PID-3.1")},
                         .resources = {std::move(policies.resources), protector},
                         .protector = protector,
                         .profile = policies.messages.profile,
                         .policy_hash = crypto::hex_of(crypto::sha256(tree), 8),
                         .reports = options["report"].text() == "attribute"};
}

}  // namespace aorta::plugins::deidentify
