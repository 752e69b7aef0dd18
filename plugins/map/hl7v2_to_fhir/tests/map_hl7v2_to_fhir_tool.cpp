// map_hl7v2_to_fhir_tool FILE…: for each file, a line with its Bundle and one with its report. For
// score_v2_to_fhir.py.
#include "map/hl7v2_to_fhir/bundle.hpp"
#include "map/hl7v2_to_fhir/mapper.hpp"

#include "common/hl7/index.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

int main(int count, char** arguments) {
    using namespace aorta;
    using namespace aorta::plugins::map_hl7v2_to_fhir;
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
