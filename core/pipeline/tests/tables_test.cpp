#include "pipeline/tables.hpp"

#include "fake_catalog.hpp"
#include "folder.hpp"
#include "pipeline/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::pipeline {
namespace {

using tables::OnMissing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kRest = R"(
nodes:
  intake: { source: mllp, ack: { level: none }, with: { listen: "x" } }
  keep: { sink: file, from: intake, with: { path: out/x } }
)";

class Tables : public ::testing::Test {
protected:
    Loaded load(const std::string& entries, const LoadOptions& options = {}) const {
        const std::string text = "aorta: 1\npipeline: p\ntables:\n" + entries + std::string(kRest);
        return load_text(text, folder_.path() / "p.yaml", fake_catalog(), options);
    }

    static std::string cell(const tables::TableSpec& spec,
                            std::vector<std::string_view> key,
                            std::size_t column) {
        std::vector<aorta_str> parts;
        for (const std::string_view part : key) {
            parts.push_back({part.data(), part.size()});
        }
        const aorta_str* row = spec.table->find(parts);
        return row == nullptr ? "-" : std::string(row[column].data, row[column].size);
    }

    const Folder folder_;
};

TEST_F(Tables, AreReadFromCsvYamlAndThePipelineItself) {
    folder_.write("tables/loinc.csv", "code,system,text\n017,L,NO\n");
    folder_.write("tables/sites.yaml", "A: { name: 0x10 }\nB: { name: yes }\n");
    const Loaded loaded = load(R"(
  loinc: { file: tables/loinc.csv, key: [ code, system ], default: { text: 1e3 } }
  sites: { file: tables/sites.yaml, on_missing: keep }
  sex:   { rows: { M: 007, F: no } }
  wards: { key: ward, rows: [ { site: A, ward: 1 } ], on_missing: empty }
)");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    const auto& specs = loaded.spec->tables;
    ASSERT_EQ(specs.size(), 4U);
    EXPECT_EQ(specs[0].name, "loinc");
    EXPECT_EQ(cell(specs[0], {"017", "L"}, 2), "NO");
    EXPECT_EQ(specs[0].on_missing, OnMissing::Default);
    EXPECT_THAT(specs[0].defaults, ElementsAre(std::pair("text", "1e3")));
    EXPECT_EQ(cell(specs[1], {"A"}, 1), "0x10");
    EXPECT_EQ(cell(specs[1], {"B"}, 1), "yes");
    EXPECT_EQ(specs[1].on_missing, OnMissing::Keep);
    EXPECT_EQ(cell(specs[2], {"M"}, 1), "007");
    EXPECT_EQ(cell(specs[2], {"F"}, 1), "no");
    EXPECT_EQ(specs[2].on_missing, OnMissing::Reject);
    EXPECT_EQ(cell(specs[3], {"1"}, 0), "A");
    EXPECT_EQ(specs[3].on_missing, OnMissing::Empty);
}

TEST_F(Tables, TakeVariablesAndSeparators) {
    folder_.write("de.csv", "code;text\n1,5;x\n");
    const Loaded loaded =
        load("  t: { file: \"${site}.csv\", separator: \";\" }\nvars: { site: de }\n");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(cell(loaded.spec->tables[0], {"1,5"}, 1), "x");
}

TEST_F(Tables, WithoutTheSitesVariablesAreNotRead) {
    const Loaded loaded = load("  t: { file: \"${SITE}.csv\" }\n", {{}, Unset::Warning});
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.spec->tables[0].table, nullptr);
}

struct BadCase {
    const char* name;
    const char* entry;
    const char* report;
};

class BadTables : public Tables, public ::testing::WithParamInterface<BadCase> {};

TEST_P(BadTables, AreRefusedWithTheirPlace) {
    folder_.write("t.csv", "code,text\na,1\n");
    folder_.write("ragged.csv", "code,text\na\n");
    folder_.write("bad.yaml", "A: { x: 1 }\nA: { x: 2 }\n");
    const Loaded loaded = load(GetParam().entry);
    EXPECT_FALSE(loaded.spec);
    EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(GetParam().report));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    BadTables,
    ::testing::Values(
        BadCase{"NoFileNoRows",
                "  t: {}\n",
                "p.yaml:4:3: error: the table `t` has neither file nor rows"},
        BadCase{
            "FileAndRows", "  t: { file: t.csv, rows: { A: 1 } }\n", "a file and rows of its own"},
        BadCase{"NoSuchFile", "  t: { file: none.csv }\n", "p.yaml:4:14: error: table:"},
        BadCase{"UnknownKey", "  t: { file: t.csv, keys: code }\n", "unknown key `keys`"},
        BadCase{"BadName", "  T-1: { file: t.csv }\n", "`T-1` is no name for a table"},
        BadCase{
            "Ragged", "  t: { file: ragged.csv }\n", "ragged.csv:2:1: error: the line has 1 cells"},
        BadCase{"TwiceInYaml", "  t: { file: bad.yaml }\n", "bad.yaml:2:1: error:"},
        BadCase{"NoKeyColumn", "  t: { file: t.csv, key: cod }\n", "did you mean `code`?"},
        BadCase{"NoDefaultColumn",
                "  t: { file: t.csv, default: { txt: x } }\n",
                "p.yaml:4:32: error: the table has no column `txt`"},
        BadCase{
            "DefaultOfTheKey", "  t: { file: t.csv, default: { code: x } }\n", "part of the key"},
        BadCase{"DefaultWithoutOne",
                "  t: { file: t.csv, on_missing: default }\n",
                "needs a `default`"},
        BadCase{"BadWord", "  t: { file: t.csv, on_missing: ignore }\n", "accepted: reject, keep"},
        BadCase{"NoMap", "  t: t.csv\n", "error:"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace aorta::pipeline
