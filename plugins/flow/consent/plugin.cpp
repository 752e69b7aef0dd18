#include "common/fhir/record_tree.hpp"
#include "common/hl7_tables/record_message.hpp"
#include "flow/consent/fhir_consent.hpp"
#include "flow/consent/hl7_data.hpp"
#include "flow/consent/judge.hpp"
#include "flow/consent/purpose.hpp"
#include "flow/consent/text_of.hpp"

#include <aorta/sdk.hpp>

#include <algorithm>

namespace aorta::plugins::consent {
namespace {

constexpr Option kOptions[] = {
    {.name = "recipient",
     .type = Type::List,
     .summary = "who gets what passes here, by every name that consents may use: Organization/id, "
                "or system|value of an identifier",
     .required = true,
     .example = "[Organization/registry, \"urn:oid:2.16.840.1.113883.19|REG\"]",
     .item = Type::Text},
    {.name = "purpose",
     .type = Type::Text,
     .summary = "what for: a code of v3-PurposeOfUse",
     .required = true,
     .example = "HRESCH"},
    {.name = "without_consent",
     .type = Type::Text,
     .summary = "what holds for patients of whom no consent speaks",
     .default_value = "deny",
     .one_of = "deny|break-glass-only|basic-normal|all-normal"},
    {.name = "without_patient",
     .type = Type::Text,
     .summary = "what becomes of data that names no patient",
     .default_value = "deny",
     .one_of = "deny|pass"},
    {.name = "identifier_system",
     .type = Type::Text,
     .summary = "HL7 v2: the system of the identifiers in PID-3, as consents write it",
     .example = "\"urn:oid:2.16.840.1.113883.19.5\""},
    {.name = "learn",
     .type = Type::Bool,
     .summary = "takes in the Consent resources that come along; false: they are data as any other",
     .default_value = "true"},
    {.name = "table",
     .type = Type::Text,
     .summary = "a table of the pipeline with decisions, beside consents: key patient, recipient, "
                "purpose (patient at least), column `decision`: permit or deny",
     .example = "consents"},
    {.name = "on_deny",
     .type = Type::Text,
     .summary = "what becomes of a record of which nothing may pass: filter (a named fate) or "
                "reject (kept apart)",
     .default_value = "filter",
     .one_of = "filter|reject"},
    {.name = "max",
     .type = Type::Int,
     .summary = "most consents remembered, about 1 KiB each; one more is rejected",
     .default_value = "100000",
     .min = "1",
     .max = "10000000"},
};

constexpr std::uint32_t kOut = 0;
constexpr std::uint32_t kAudit = 1;
constexpr Port kPorts[] = {
    {.name = "out", .summary = "what may pass; of a Bundle, the entries that may"},
    {.name = "audit",
     .content_type = "fhir",
     .summary = "an AuditEvent for each decision: a patient of a record"},
};

constexpr std::string_view kDenied = "consent.denied";
constexpr std::string_view kUnreadable = "consent.unreadable";
constexpr std::string_view kFull = "consent.full";
constexpr std::string_view kNotReadable = "consent.neither_fhir_nor_hl7v2";
constexpr Reason kReasons[] = {
    {kDenied, "nothing of the record may go to this recipient for this purpose"},
    {kUnreadable, "a Consent that does not say which it is, whose, or whether it is in force"},
    {kFull, "a Consent more than `max`"},
    {kNotReadable, "the record is neither FHIR nor HL7 v2"},
    {fhir::kNotJson, "the payload is no JSON"},
    {fhir::kDuplicateName, "a name stands twice in an object"},
    {fhir::kBadName, "a name is empty or too long"},
    {fhir::kTooLarge, "the resource is too large"},
    {fhir::kTooDeep, "objects and arrays lie too deep in each other"},
    {fhir::kTooManyElements, "the resource has too many elements"},
    {hl7::kNoMsh, "the bytes do not begin with an MSH segment"},
    {hl7::kBadDelimiters, "MSH-1 or MSH-2 holds no usable delimiters"},
    {hl7::kTooLarge, "the message is larger than 16 MiB"},
    {hl7::kTooManySegments, "the message has more than 65536 segments"},
    {hl7::kTooManyFields, "the message has more than a million fields"},
};

constexpr Descriptor kDescriptor{
    .id = "consent",
    .summary = "Lets data pass as far as patients' consents allow",
    .inputs = "fhir|hl7v2",
    .outputs = kPorts,
    .concurrency = Concurrency::Serial,
    .reasons = kReasons,
    .options = kOptions,
};

Law read_law(const Options& options) {
    return {
        .recipient = options["recipient"].texts(),
        .purpose = std::string{options["purpose"].text()},
        .without_consent = read_policy(options["without_consent"].text()).value_or(Policy::Deny),
        .passes_without_patient = options["without_patient"].text() == "pass"};
}

class ConsentGate final : public Processor {
public:
    static void check(const Options& options, Diagnostics& report) {
        if (options["recipient"].size() == 0) {
            report.error(options["recipient"], "name the recipient: [Organization/id]");
        }
        if (!is_purpose(options["purpose"].text())) {
            report.error(options["purpose"],
                         "no code of v3-PurposeOfUse: TREAT, HPAYMT, HOPERAT, HRESCH, PUBHLTH …");
        }
        if (!options["table"].exists()) {
            return;
        }
        const Table table = report.table(options["table"].text());
        if (!table) {
            report.error(options["table"], "no such table: " + report.table_names());
        } else if (table.column_count() > 0) {
            if (const std::string wrong = Judge::why_not_fit(table); !wrong.empty()) {
                report.error(options["table"], "the table cannot be asked: " + wrong);
            }
        }
    }

    ConsentGate(const Options& options, const Host& host)
        : host_(host),
          law_(read_law(options)),
          system_(options["identifier_system"].text()),
          learns_(options["learn"].flag()),
          rejects_(options["on_deny"].text() == "reject"),
          register_(static_cast<std::size_t>(options["max"].integer())),
          table_(options["table"].exists() ? host.table(options["table"].text()) : Table{}),
          messages_(host),
          trees_(host),
          fhir_type_(host.intern("fhir")),
          hl7_type_(host.intern("hl7v2")),
          permitted_(host.counter("consent_permitted")),
          denied_(host.counter("consent_denied")),
          learned_(host.counter("consents_learned")) {}

    Verdict process(Record& record, Out& out) override {
        const Instant now = record.ingest_time().count() != 0 ? record.ingest_time() : host_.now();
        Judge judge{law_, register_, table_, now};
        if (record.content_type() == hl7_type_) {
            const Result<hl7::Message> message = messages_.open(record);
            if (!message.ok()) {
                return hl7_tables::reject(message.error(), kReasons);
            }
            Unit unit = unit_of(*message, system_);
            unit.time = time_of(record);
            return finish(record, judge, judge.permits(unit), out);
        }
        if (record.content_type() != fhir_type_) {
            return Verdict::reject(kNotReadable);
        }
        const Result<const fhir::Tree*> tree = trees_.open(record);
        if (!tree.ok()) {
            return fhir::reject(tree.error(), kReasons);
        }
        return process_fhir(record, (*tree)->root(), judge, out);
    }

    static constexpr std::uint32_t kStateVersion = 1;

    void save(StateWriter& writer) const { register_.save(writer); }

    Result<void> load(StateReader& reader, std::uint32_t /*version*/) {
        return register_.load(reader);
    }

private:
    static std::optional<Period> time_of(const Record& record) {
        const Instant time = record.event_time();
        return time.count() != 0 ? std::optional{Period{time, time + Instant{1}}} : std::nullopt;
    }

    Verdict process_fhir(Record& record, fhir::Element resource, Judge& judge, Out& out) {
        const std::vector<Unit> units = units_of(resource);
        const bool has_entries = is_bundle(resource);
        if (learns_) {
            for (const Unit& unit : units) {
                const Verdict learned = learn(unit, has_entries ? unit.entry : resource);
                if (learned.kind != AORTA_PASS) {
                    return learned;
                }
            }
        }
        std::vector<fhir::Element> removed;
        bool is_about_somebody = false;
        bool has_permitted = false;
        bool may_pass = true;
        for (const Unit& unit : units) {
            // What is about nobody goes with the rest.
            const bool goes_along = has_entries && unit.patients.empty();
            const bool is_permitted = goes_along || judge.permits(unit);
            is_about_somebody = is_about_somebody || !goes_along;
            has_permitted = has_permitted || (!goes_along && is_permitted);
            if (!is_permitted && unit.entry) {
                removed.push_back(unit.entry);
            } else if (!is_permitted) {
                may_pass = false;  // a resource, or what a Bundle says beside its entries
            }
        }
        may_pass = may_pass && (is_about_somebody ? has_permitted : law_.passes_without_patient);
        if (may_pass && !removed.empty()) {
            record.set_payload(host_.buffer(without_entries(resource, removed)));
        }
        return finish(record, judge, may_pass, out);
    }

    /// `whole` is a resource or the entry of one; passes what is no Consent.
    Verdict learn(const Unit& unit, fhir::Element whole) {
        const fhir::Element resource = unit.entry ? whole["resource"] : whole;
        const std::string url = reference_name(text_of(whole["request"]["url"]));
        if (!resource && text_of(whole["request"]["method"]) == "DELETE" &&
            url.starts_with("Consent/")) {
            register_.withdraw(url);
            learned_.add();
        }
        if (text_of(resource["resourceType"]) != "Consent") {
            return Verdict::pass();
        }
        Result<Statement> statement = read_consent(resource);
        if (!statement.ok()) {
            return Verdict::reject(kUnreadable, statement.error().where);
        }
        std::vector<std::string>& names = statement->consent.patients;
        for (const Patient& patient : unit.patients) {
            const bool is_meant = std::ranges::any_of(patient, [&](const std::string& name) {
                return std::ranges::find(names, name) != names.end();
            });
            if (is_meant) {
                names.insert(names.end(), patient.begin(), patient.end());
            }
        }
        std::erase_if(names, [](const std::string& name) {
            return name.empty() || name.starts_with("urn:uuid:");  // of this Bundle alone
        });
        if (names.empty()) {
            return Verdict::reject(kUnreadable, "Consent.patient");
        }
        if (!register_.put(std::move(statement->consent), statement->is_active)) {
            return Verdict::reject(kFull);
        }
        learned_.add();
        return Verdict::pass();
    }

    Verdict finish(const Record& record, const Judge& judge, bool may_pass, Out& out) {
        for (const Decided& decided : judge.decided()) {
            Draft event;
            event.content_type = fhir_type_;
            event.payload = host_.buffer(audit_event(decided, judge.use(), record.id()));
            out.emit(kAudit, std::move(event));
            permitted_.add(decided.permitted);
            denied_.add(decided.denied);
        }
        if (may_pass) {
            return Verdict::pass(kOut);
        }
        return rejects_ ? Verdict::reject(kDenied) : Verdict::drop(kDenied);
    }

    Host host_;
    Law law_;
    std::string system_;
    bool learns_;
    bool rejects_;
    ConsentRegister register_;
    Table table_;
    hl7_tables::RecordMessages messages_;
    fhir::RecordTrees trees_;
    std::uint32_t fhir_type_;
    std::uint32_t hl7_type_;
    Counter permitted_;
    Counter denied_;
    Counter learned_;
};

}  // namespace
}  // namespace aorta::plugins::consent

AORTA_PLUGIN(aorta::plugins::consent::ConsentGate, aorta::plugins::consent::kDescriptor);
