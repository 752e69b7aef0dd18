// Runs operations on a message through the plugin.
#pragma once

#include <aorta/ext/tables.h>
#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace aorta::testing {

inline constexpr std::string_view kHead =
    "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20260101120000||ORU^R01|1|P|2.5.1\r";

inline std::vector<Table> test_tables() {
    Table local{.name = "loinc",
                .columns = {"local", "system", "code", "text"},
                .rows = {{"GLU", "L", "2345-7", "Glucose ^ serum"}, {"017", "L", "NO", ""}},
                .key = {"local", "system"}};
    Table sites{.name = "sites", .columns = {"key", "value"}, .rows = {{"A", "NORTH"}}};
    sites.on_missing = AORTA_MISSING_KEEP;
    Table wards{.name = "wards",
                .columns = {"ward", "name", "floor"},
                .rows = {{"W1", "West", "1"}},
                .defaults = {"", "unknown", "0"}};
    wards.on_missing = AORTA_MISSING_DEFAULT;
    return {local, sites, wards};
}

inline std::unique_ptr<Harness> open_edit(std::string_view operations) {
    auto harness =
        Harness::open(std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_edit.so",
                      "{ do: " + std::string{operations} + " }",
                      test_tables());
    EXPECT_TRUE(harness.ok()) << operations << ": " << harness.error().message;
    return harness.ok() ? std::move(*harness) : nullptr;
}

/// What came of a message: its payload, or "reason where".
inline std::string edit(std::string_view operations, std::string_view message) {
    const auto harness = open_edit(operations);
    if (!harness) {
        return "not compiled";
    }
    const Outcome outcome = harness->process(message);
    EXPECT_EQ(to_text(harness->close()), "");
    if (outcome.verdict != AORTA_PASS) {
        return outcome.reason + (outcome.where.empty() ? "" : " " + outcome.where);
    }
    return outcome.record.payload;
}

/// The same for the segments behind MSH, which must stay as it is; '/' stands for the line end.
inline std::string edit_segments(std::string_view operations, std::string segments) {
    for (char& c : segments) {
        c = c == '/' ? '\r' : c;
    }
    std::string out = edit(operations, std::string{kHead} + segments);
    if (out.starts_with(kHead)) {
        out.erase(0, kHead.size());
    }
    for (char& c : out) {
        c = c == '\r' ? '/' : c;
    }
    return out;
}

}  // namespace aorta::testing
