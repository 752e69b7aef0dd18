// map_v2_fhir: FHIR Bundles made of HL7 v2 messages (results of eight rows, and admissions), on one
// core, beside indexing the same messages, without which no mapping can be.
#include "bench/rig.hpp"
#include "common/hl7/index.hpp"
#include "map/hl7v2_to_fhir/bundle.hpp"
#include "map/hl7v2_to_fhir/mapper.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace aorta;
using namespace aorta::plugins::map_hl7v2_to_fhir;

constexpr std::size_t kMessages = 200;
constexpr std::size_t kRounds = 11;

std::string message(std::size_t n) {
    const std::string id = std::to_string(1000 + n);
    std::string out = "MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260309080000+0100||";
    out += n % 2 == 0 ? "ORU^R01^ORU_R01" : "ADT^A01^ADT_A01";
    out += "|M" + id + "|P|2.5.1\r";
    out += n % 2 == 0 ? "" : "EVN|A01|20260309080000\r";
    out +=
        "PID|1||" + id +
        "^^^NORTH^MR||Muster^Erika^A||19640812|F|||Am Markt 1^^Bonn^^53111^DE||^PRN^PH^^49^228^" +
        id + "|||M\r";
    out += "PV1|1|I|W1^12^1^NORTH||||77^Arzt^Anna^^^Dr|||MED||||7|||||V" + id + "\r";
    if (n % 2 == 0) {
        out += "OBR|1|P" + id + "|F" + id +
               "|24323-8^Panel^LN|||202603090715|||||||||77^Arzt^Anna|||||||||F\r";
    }
    for (std::size_t i = 1; i <= 8; ++i) {
        const std::string row = std::to_string(i);
        out += n % 2 == 0 ? "OBX|" + row + "|NM|2345-" + row + "^Analyte^LN||5." + row +
                                "|mmol/L^^UCUM|3.5-5.1|N|||F|||202603090715\r"
                          : "DG1|" + row + "||E1" + row + "^Diagnosis^I10||20260309|A\r";
    }
    return out;
}

}  // namespace

int main() {
    std::vector<std::string> messages;
    for (std::size_t i = 0; i < kMessages; ++i) {
        messages.push_back(message(i));
    }
    Mapper mapper{MapperConfig{}};
    BundleWriter writer{BundleType::Message};
    hl7::IndexBuilder index;
    std::vector<double> mapped;
    std::vector<double> indexed;
    std::size_t bytes = 0;
    for (std::size_t round = 0; round < kRounds; ++round) {
        const double begin = bench::process_cpu();
        for (const std::string& each : messages) {
            bytes += index.build(each).ok() ? index.block_size() : 0;
        }
        const double between = bench::process_cpu();
        for (const std::string& each : messages) {
            if (index.build(each).ok()) {
                mapper.run({each, index.view()});
                bytes += writer.write(mapper.drafts(), each).size();
            }
        }
        indexed.push_back(kMessages / (between - begin));
        mapped.push_back(kMessages / (bench::process_cpu() - between));
    }
    std::printf(
        "{\"name\":\"map_v2_fhir\",\"ratio\":%.4g,\"bar\":null,\"holds\":true,\"better\":"
        "\"higher\","
        "\"measured\":%.4g,\"floor\":%.4g,\"unit\":\"messages/s\",\"what\":\"HL7 v2 to FHIR "
        "Bundles, beside "
        "indexing alone\"}\n",
        bench::median(mapped) / bench::median(indexed),
        bench::median(mapped),
        bench::median(indexed));
    return bytes == 0 ? 1 : 0;
}
