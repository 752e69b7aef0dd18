// Every field of every segment gets values of its own that nothing else holds; what must go is
// looked for in the whole output. What must go is read from the tables, not from the code.
#include "common/hl7/tests/fixtures.hpp"
#include "deidentify/records/tests/harness.hpp"

#include <map>

namespace aorta::plugins::deidentify {
namespace {

struct Row {
    std::string segment;
    int field = 0;
    std::string datatype;
    std::string action;  // or the treatment of keep_fields.csv
};

std::vector<std::string> split_csv(std::string_view line) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            cells.emplace_back();
        } else {
            cells.back() += c;
        }
    }
    return cells;
}

std::vector<Row> read_rows(const std::string& name, std::size_t datatype, std::size_t action) {
    std::vector<Row> rows;
    const std::string text = hl7::testing::read_file(
        std::string{AORTA_SOURCE_DIR} + "/plugins/deidentify/records/hl7v2/data/" + name);
    for (const std::string_view line : hl7::Split{text, '\n'}) {
        const auto cells = split_csv(line);
        if (cells.size() > action && cells[1] != "*" && cells[1] != "field") {
            rows.push_back({cells[0], std::stoi(cells[1]), cells[datatype], cells[action]});
        }
    }
    return rows;
}

/// A segment with 80 fields, all of them canaries until something else is put.
class Canaries {
public:
    explicit Canaries(std::string prefix) : prefix_(std::move(prefix)) {}

    std::string next() { return prefix_ + std::to_string(1000 + count_++); }

    /// Three repetitions of twelve components of two subcomponents.
    std::string field() {
        std::string text;
        for (int repetition = 0; repetition < 3; ++repetition) {
            text += repetition == 0 ? "" : "~";
            for (int component = 0; component < 12; ++component) {
                text += component == 0 ? "" : "^";
                text += next() + "&" + next();
            }
        }
        return text;
    }

    const std::string& prefix() const { return prefix_; }

private:
    std::string prefix_;
    int count_ = 0;
};

struct Probe {
    std::string input;
    std::string expected;
};

/// What a field with a treatment other than removal is filled with, and what it must become.
Probe probe_of(const Row& row, Canaries& canaries) {
    const std::string canary = canaries.next();
    const std::string& action = row.action;
    const std::string& type = row.datatype;
    if (action == "year_only_age89" || action == "date") {
        if (type == "TM") {
            return {"0830", ""};
        }
        if (type == "OCD" || type == "OSP") {
            return {"A1^19870615^" + canary, "A1^1987"};
        }
        if (type == "TQ") {
            return {"1^Q6H&0600^D3^19870615^19880716^R^" + canary, "1^Q6H^D3^1987^1988^R"};
        }
        return {"19870615083000-0500^" + canary + "~" + canary + "~198801", "1987~~1988"};
    }
    if (action == "timing") {
        return {"1^Q6H&0600^D3^19870615^19880716^R^" + canary, "1^Q6H^D3^1987^1988^R"};
    }
    if (action == "xad_state_zip3" || action == "address") {
        return {canary + "&" + canary + "^" + canary + "^" + canary + "^IL^60601-1234^USA^H^" +
                    canary + "^" + canary + "^" + canary + "~^^" + canary + "^VT^05901",
                "^^^IL^606^USA^H~^^^VT^000"};
    }
    if (action == "coded" || (action == "keep_or_generalise" &&
                              (type == "CE" || type == "CWE" || type == "ID" || type == "IS"))) {
        return {"C1^Text^SYS~C2^Text^SYS^C3^Text^SYS^1^2^" + canary + "~^" + canary,
                "C1^Text^SYS~C2^Text^SYS^C3^Text^SYS^1^2~"};
    }
    if (action == "number" || (action == "keep_or_generalise" && type == "NM")) {
        return {"42^" + canary, "42"};
    }
    if (action == "quantity") {
        return {"3^mL^" + canary + " " + canary, "3^mL"};
    }
    if (action == "label") {
        return {"a.1^b^" + canary + " " + canary, "a.1^b"};
    }
    if (action == "first") {
        return {"BLD&Blood^" + canary, "BLD&Blood"};
    }
    if (action == "range") {
        return {"4.0-10.5", "4.0-10.5"};
    }
    if (action == "keep" || action == "keep_or_generalise") {
        return {"any ^ thing & ~ at all^", "any ^ thing & ~ at all^"};
    }
    return {canaries.field(), ""};  // remove, drop, policy, and the codes that are not asked for
}

constexpr int kFields = 80;

/// All segments of the tables, with what each field must become.
struct Everything {
    std::map<std::string, std::vector<Probe>> segments;

    explicit Everything(Canaries& canaries) {
        for (const char* name : {"safe_harbor_hl7v2_fields.csv", "keep_fields.csv"}) {
            const bool is_keep = std::string_view{name} == "keep_fields.csv";
            for (const Row& row : read_rows(name, is_keep ? 3 : 4, is_keep ? 4 : 8)) {
                auto& fields = segments[row.segment];
                while (fields.size() <= kFields) {
                    fields.push_back({canaries.field(), ""});
                }
                fields[static_cast<std::size_t>(row.field)] = probe_of(row, canaries);
            }
        }
        segments["OBX"][2] = {"ST", "ST"};
        auto& msh = segments["MSH"];
        msh[10].expected = testing::kControlId;
        msh[9] = {"ORU^R01^ORU_R01", "ORU^R01^ORU_R01"};
        msh[7] = {"20240615083000", "2024"};
    }

    std::string text(bool expected) const {
        std::string out = "MSH|^~\\&";
        append(segments.at("MSH"), 3, expected, out);
        for (const auto& [name, fields] : segments) {
            if (name != "MSH") {
                out += name;
                append(fields, 1, expected, out);
            }
        }
        return out;
    }

    static void append(const std::vector<Probe>& fields,
                       std::size_t first,
                       bool expected,
                       std::string& out) {
        for (std::size_t n = first; n < fields.size(); ++n) {
            out += "|" + (expected ? fields[n].expected : fields[n].input);
        }
        out += "\r";
    }
};

TEST(Canary, NothingThatMustGoSurvivesSafeHarborAndWhatStaysIsUnchanged) {
    Canaries canaries("CANARY");
    const Everything everything(canaries);
    Deidentifier deidentifier = testing::deidentifier();
    privacy::Report report;
    const std::string out = testing::run(deidentifier, everything.text(false), &report);
    EXPECT_EQ(out.find("CANARY"), std::string::npos);
    EXPECT_EQ(out, everything.text(true));
    EXPECT_GT(report.values_removed, 3000U);
    EXPECT_GT(report.values_changed, 100U);
    EXPECT_GE(everything.segments.size(), 58U);
}

TEST(Canary, NothingSurvivesInSegmentsThatNoTableNames) {
    Canaries canaries("CANARY");
    std::string text = "MSH|^~\\&|||||2024||ADT^A01|1|P|2.5.1\r";
    for (const char* name :
         {"ZPI", "XYZ", "PIDX", "PI", "pid", "FHS", "BHS", "BTS", "SFT", "CON", "ADD"}) {
        text += name;
        text += "|" + canaries.field() + "|" + canaries.field() + "\r";
    }
    text += "a line of typed text " + canaries.next() + "\r";
    Deidentifier deidentifier = testing::deidentifier();
    privacy::Report report;
    EXPECT_EQ(testing::run(deidentifier, text, &report),
              "MSH|^~\\&|||||2024||ADT^A01|NEWCONTROLID|P|2.5.1\r");
    EXPECT_EQ(report.parts_removed, 12U);
}

/// Whether only dates and timings stay in the field.
bool is_dated(const Row& row) {
    for (const SegmentRules& rules : segment_rules()) {
        for (const FieldRule& rule : field_rules(rules)) {
            const Treatment strict = rule.treatments[0];
            if (row.segment == std::string_view{rules.name, 3} && row.field == int{rule.field}) {
                return strict == Treatment::Date || strict == Treatment::Occurrence ||
                       strict == Treatment::Timing;
            }
        }
    }
    return false;
}

TEST(Canary, NothingThatMustGoSurvivesTheLimitedDataSetAndTheRestIsKept) {
    Canaries canaries("CANARY");
    std::map<std::string, std::vector<std::string>> segments;
    std::vector<std::pair<const Row*, std::string>> kept;
    const auto rows = read_rows("safe_harbor_hl7v2_fields.csv", 4, 9);
    for (const Row& row : rows) {
        auto& fields = segments[row.segment];
        fields.resize(kFields);
        const bool stays =
            row.action == "keep" || row.action == "keep_or_hmac" || row.action == "keep_city_state";
        std::string& field = fields[static_cast<std::size_t>(row.field)];
        if (stays) {
            field = is_dated(row) ? "20240102^20240103~202304"
                                  : "kept" + std::to_string(kept.size()) + "^as&it~is";
            if (row.segment != "MSH" || row.field != 10) {
                kept.emplace_back(&row, field);
            }
        } else if (row.action == "xad_city_state_zip") {
            field = canaries.next() + "^" + canaries.next() + "^Chicago^IL^60601-1234";
        } else if (row.action == "keep_if_not_street_address" && row.datatype != "ST") {
            field = "WARD^1^A^^^^^^" + canaries.next() + "^" + canaries.next();
        } else {
            field = canaries.field();
        }
    }
    std::string text = "MSH|^~\\&";
    const auto append = [&](const std::vector<std::string>& fields, std::size_t first) {
        for (std::size_t n = first; n < fields.size(); ++n) {
            text += "|" + fields[n];
        }
        text += "\r";
    };
    append(segments["MSH"], 3);
    for (const auto& [name, fields] : segments) {
        if (name != "MSH") {
            text += name;
            append(fields, 1);
        }
    }
    Deidentifier deidentifier = testing::deidentifier(
        {.policy = {.profile = privacy::Profile::LimitedDataSet, .dates = DateMode::Keep}});
    const std::string out = testing::run(deidentifier, text);
    EXPECT_EQ(out.find("CANARY"), std::string::npos);
    hl7::IndexBuilder builder;
    ASSERT_TRUE(builder.build(out).ok());
    const hl7::Message message{out, builder.view()};
    for (const auto& [row, value] : kept) {
        const auto segment = message.find(row->segment);
        ASSERT_TRUE(segment) << row->segment;
        EXPECT_EQ(message.field(*segment, static_cast<std::size_t>(row->field)), value)
            << row->segment << "-" << row->field;
    }
    EXPECT_NE(out.find("|^^Chicago^IL^60601-1234|"), std::string::npos);
    EXPECT_NE(out.find("|WARD^1^A|"), std::string::npos);
}

TEST(Canary, NothingOfAPersonSurvivesInFreeTextOfAnyObservationType) {
    for (const char* type :
         {"ST", "TX",  "FT", "ED", "RP", "TM", "CF", "XPN", "PN", "XCN", "CN", "XTN",
          "TN", "XON", "PL", "HD", "CX", "EI", "CK", "NA",  "MA", "",    "XX", "nm"}) {
        Canaries canaries("CANARY");
        const std::string out = testing::segment_of("OBX|1|" + std::string{type} + "|A^B^C||" +
                                                    canaries.field() + "|mL");
        EXPECT_EQ(out, "OBX|1|" + std::string{type} + "|A^B^C|||mL") << type;
    }
    // A type does not vouch for its value.
    for (const char* type : {"NM", "SI", "SN", "NR", "DT", "TS", "DTM", "DR"}) {
        Canaries canaries("CANARY");
        const std::string out =
            testing::segment_of("OBX|1|" + std::string{type} + "|||" + canaries.field());
        EXPECT_EQ(out, "OBX|1|" + std::string{type} + "|||") << type;
    }
}

}  // namespace
}  // namespace aorta::plugins::deidentify
