#include "common/fhir/reason.hpp"
#include "common/fhir/tests/fixtures.hpp"
#include "common/fhir/tests/oracle.hpp"
#include "common/fhir/tree_builder.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

namespace aorta::fhir {
namespace {

TEST(TreeFixtures, AreReadAsTheDomReadsThem) {
    const auto files = testing::json_files(testing::fixtures() / "fhir");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    TreeBuilder builder;
    simdjson::dom::parser dom;
    for (const auto& file : files) {
        const std::string json = testing::read_file(file);
        const Result<void> built = builder.build(json);
        if (!built.ok() && reason_id(built.error()) == kDuplicateName) {
            continue;  // which the DOM does not look for
        }
        // It knows no byte order mark.
        const bool has_mark = json.starts_with("\xEF\xBB\xBF");
        EXPECT_EQ(built.ok(), dom.parse(json.substr(has_mark ? 3 : 0)).error() == simdjson::SUCCESS)
            << file;
        if (built.ok()) {
            std::string written;
            testing::write(builder.tree().root(), written);
            EXPECT_EQ(written, testing::without_space(json)) << file;
        }
    }
}

}  // namespace
}  // namespace aorta::fhir
