// map_hl7v2_to_fhir_tool FILE…: for each file, a line with its Bundle and one with its report.
// map_hl7v2_to_fhir_tool --paths: every element that the guide's maps can fill, as
// Patient.name.given. For score_v2_to_fhir.py.
#include "common/hl7/index.hpp"
#include "map/hl7v2_to_fhir/bundle.hpp"
#include "map/hl7v2_to_fhir/mapper.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace aorta;
using namespace aorta::plugins::map_hl7v2_to_fhir;

constexpr int kMaxDepth = 6;

void add_paths(const guide::Map& map,
               const std::string& prefix,
               std::set<std::string>& paths,
               int depth) {
    for (const guide::Row& row : guide::rows(map)) {
        std::string path = prefix;
        for (const guide::Step& step : guide::steps(row.steps, row.step_count)) {
            if ((step.flags & guide::kReference) != 0) {
                path = guide::text(step.name);
            } else if ((step.flags & guide::kSibling) == 0) {
                path += "." + std::string{guide::text(step.name)};
            }
        }
        if (row.action == guide::Action::Map && depth < kMaxDepth) {
            add_paths(guide::kMaps[row.argument], path, paths, depth + 1);
        } else if (row.action != guide::Action::Narrative) {
            paths.insert(path);
        }
    }
}

void print_paths() {
    std::set<std::string> paths;
    for (std::size_t i = 0; i < guide::kMessageMapCount; ++i) {
        for (const guide::MessageRow& row : guide::rows(guide::kMessageMaps[i])) {
            add_paths(guide::kMaps[row.map], std::string{guide::type_name(row.type)}, paths, 0);
        }
    }
    for (const std::string& path : paths) {
        std::puts(path.c_str());
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 2 && std::string_view{arguments[1]} == "--paths") {
        print_paths();
        return 0;
    }
    Mapper mapper{MapperConfig{}};
    BundleWriter writer{BundleType::Message};
    hl7::IndexBuilder index;
    for (int i = 1; i < count; ++i) {
        std::ifstream file{arguments[i], std::ios::binary};
        const std::string payload{std::istreambuf_iterator<char>{file}, {}};
        if (!index.build(payload).ok()) {
            std::puts("\n");
            continue;
        }
        const hl7::Message message{payload, index.view()};
        mapper.run(message);
        const std::string report = mapper.account().to_json(message);
        const std::string bundle{writer.write(mapper.drafts(), payload)};
        std::printf("%s\n%s\n", bundle.c_str(), report.c_str());
    }
    return 0;
}
