// What npm's fhirpath says (tests/peers/fhirpath_table.py), we say.
#include "common/fhir/tests/fixtures.hpp"
#include "common/fhir/tests/path_results.hpp"
#include "common/fhir/tree_builder.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <sstream>

namespace aorta::fhir {
namespace {

struct Resource {
    std::string json;
    TreeBuilder builder;
};

const std::filesystem::path kFolder =
    std::filesystem::path{AORTA_SOURCE_DIR} / "plugins/common/fhir/tests/paths";

TEST(PathTable, AgreesWithFhirpath) {
    std::map<std::string, std::unique_ptr<Resource>> resources;
    std::istringstream table{testing::read_file(kFolder / "expected.tsv")};
    std::size_t lines = 0;
    for (std::string line; std::getline(table, line); ++lines) {
        const std::size_t first = line.find('\t');
        const std::size_t second = line.find('\t', first + 1);
        const std::string name = line.substr(0, first);
        const std::string text = line.substr(first + 1, second - first - 1);
        auto& resource = resources[name];
        if (resource == nullptr) {
            resource = std::make_unique<Resource>();
            resource->json = testing::read_file(kFolder / (name + ".json"));
            ASSERT_TRUE(resource->builder.build(resource->json).ok()) << name;
        }
        const auto path = Path::compile(text);
        if (!path.ok()) {
            ADD_FAILURE() << text << ": " << path.error().message << " " << path.error().where;
            continue;
        }
        EXPECT_EQ(testing::results_of(*path, resource->builder.tree().root()),
                  line.substr(second + 1))
            << name << ": " << text;
    }
    EXPECT_GT(lines, 100U);
}

}  // namespace
}  // namespace aorta::fhir
