// FHIR: four elements of Observations and Patients, from their bytes, against a bare simdjson
// on-demand loop that reads the same four. Both in one run, in turns, on the CPU clock.
#include "bench/rig.hpp"
#include "common/fhir/path.hpp"
#include "common/fhir/tree_builder.hpp"

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kResources = 2000;
constexpr std::size_t kRounds = 31;
constexpr std::size_t kPassesPerRound = 4;

/// Resources as Synthea writes them, without its white space.
class Generator {
public:
    std::string observation() {
        const std::string id = uuid();
        return R"({"resourceType":"Observation","id":")" + id +
               R"(","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"]},"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":")" +
               digits(4) + "-" + digits(1) + R"(","display":")" + word(24) + R"("}],"text":")" +
               word(24) + R"("},"subject":{"reference":"urn:uuid:)" + uuid() +
               R"("},"encounter":{"reference":"urn:uuid:)" + uuid() +
               R"("},"effectiveDateTime":"2019-0)" + digit(9) + "-1" + digit(9) + "T1" + digit(9) +
               R"(:07:43+02:00","issued":"2019-0)" + digit(9) + "-1" + digit(9) +
               R"(T18:07:43.211+02:00","valueQuantity":{"value":)" + digits(2) + "." + digits(4) +
               R"(,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}})";
    }

    std::string patient() {
        std::string out =
            R"({"resourceType":"Patient","id":")" + uuid() +
            R"(","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Generated, )" +
            word(30) + R"(</div>"},"extension":[)";
        for (const char* const name : {"race", "ethnicity", "birthsex"}) {
            out +=
                std::string{R"({"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-)"} +
                name +
                R"(","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3","display":")" +
                word(8) + R"("}},{"url":"text","valueString":")" + word(8) + R"("}]},)";
        }
        out.back() = ']';
        out += R"(,"identifier":[)";
        for (const char* const code : {"MR", "SS", "DL", "PPN"}) {
            out +=
                std::string{
                    R"({"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":")"} +
                code + R"(","display":")" + word(20) + R"("}],"text":")" + word(20) +
                R"("},"system":"http://hospital.smarthealthit.org","value":")" + uuid() + R"("},)";
        }
        out.back() = ']';
        return out + R"(,"name":[{"use":"official","family":")" + word(10) + R"(","given":[")" +
               word(8) + R"("],"prefix":["Mrs."]}],"telecom":[{"system":"phone","value":"555-)" +
               digits(3) + "-" + digits(4) +
               R"(","use":"home"}],"gender":"female","birthDate":"19)" + digits(2) +
               R"(-05-13","address":[{"line":[")" + word(20) + R"("],"city":")" + word(9) +
               R"(","state":"MA","country":"US"}],"maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M"}],"text":"M"},"multipleBirthBoolean":false,"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"en-US","display":"English"}],"text":"English"}}]})";
    }

private:
    std::string digit(unsigned below) { return std::to_string(random_() % below); }

    std::string digits(std::size_t n) {
        std::string out(1, static_cast<char>('1' + random_() % 9));
        while (out.size() < n) {
            out += static_cast<char>('0' + random_() % 10);
        }
        return out;
    }

    std::string word(std::size_t n) {
        std::string out;
        for (n = n / 2 + random_() % (n + 1); n > 0; --n) {
            out += static_cast<char>('a' + random_() % 26);
        }
        return out;
    }

    std::string uuid() {
        return digits(8) + "-" + digits(4) + "-" + digits(4) + "-" + digits(4) + "-" + digits(12);
    }

    std::mt19937_64 random_{7};
};

using Fields = std::array<std::string_view, 4>;

/// What a program does that wants these four and nothing else.
class Floor {
public:
    bool observation(const simdjson::padded_string& json, Fields& out) {
        auto document = parser_.iterate(json);
        return document["status"].get_string().get(out[0]) == simdjson::SUCCESS &&
               document["code"]["coding"].at(0)["code"].get_string().get(out[1]) ==
                   simdjson::SUCCESS &&
               document["subject"]["reference"].get_string().get(out[2]) == simdjson::SUCCESS &&
               document["valueQuantity"]["value"].raw_json_token().get(out[3]) == simdjson::SUCCESS;
    }

    bool patient(const simdjson::padded_string& json, Fields& out) {
        auto document = parser_.iterate(json);
        return document["id"].get_string().get(out[0]) == simdjson::SUCCESS &&
               document["name"].at(0)["family"].get_string().get(out[1]) == simdjson::SUCCESS &&
               document["gender"].get_string().get(out[2]) == simdjson::SUCCESS &&
               document["birthDate"].get_string().get(out[3]) == simdjson::SUCCESS;
    }

private:
    ondemand::parser parser_;
};

/// What a decoder and a node behind it do: the tree, copied to where the host keeps it, and four
/// compiled paths read through it.
class Engine {
public:
    bool read(std::string_view json, const std::array<aorta::fhir::Path, 4>& paths, Fields& out) {
        if (!builder_.build(json).ok() || builder_.block_size() > block_.size() * 4) {
            return false;
        }
        builder_.copy_to(block_.data());
        const auto tree = aorta::fhir::Tree::open(block_.data(), builder_.block_size(), json);
        if (!tree.ok()) {
            return false;
        }
        for (std::size_t i = 0; i < paths.size(); ++i) {
            out[i] = {};
            paths[i].each(tree->root(), [&](const aorta::fhir::Item& item) {
                out[i] = aorta::fhir::text_of(item, scratch_[i]);
                return false;
            });
        }
        return true;
    }

private:
    aorta::fhir::TreeBuilder builder_;
    std::vector<std::uint32_t> block_ = std::vector<std::uint32_t>(65536);
    std::array<std::string, 4> scratch_;
};

aorta::fhir::Path path(std::string_view text) {
    return std::move(*aorta::fhir::Path::compile(text));
}

template <class Work>
double time_of(const Work& work) {
    const double start = aorta::bench::process_cpu();
    for (std::size_t pass = 0; pass < kPassesPerRound; ++pass) {
        work();
    }
    return (aorta::bench::process_cpu() - start) * 1e9 /
           static_cast<double>(kPassesPerRound * kResources);
}

}  // namespace

int main() {
    Generator generator;
    std::vector<simdjson::padded_string> resources;
    for (std::size_t i = 0; i < kResources; ++i) {
        resources.emplace_back(i % 4 == 3 ? generator.patient() : generator.observation());
    }
    const std::array<aorta::fhir::Path, 4> of_observation{
        path("Observation.status"),
        path("Observation.code.coding[0].code"),
        path("Observation.subject.reference"),
        path("Observation.value.ofType(Quantity).value")};
    const std::array<aorta::fhir::Path, 4> of_patient{path("Patient.id"),
                                                      path("Patient.name[0].family"),
                                                      path("Patient.gender"),
                                                      path("Patient.birthDate")};
    Floor floor;
    Engine engine;
    std::size_t checked = 0;
    bool is_good = true;
    const auto floor_read = [&](std::size_t i, Fields& out) {
        return i % 4 == 3 ? floor.patient(resources[i], out) : floor.observation(resources[i], out);
    };
    const auto engine_read = [&](std::size_t i, Fields& out) {
        return engine.read({resources[i].data(), resources[i].size()},
                           i % 4 == 3 ? of_patient : of_observation,
                           out);
    };
    const auto pass = [&](const auto& read) {
        Fields fields;
        for (std::size_t i = 0; i < kResources; ++i) {
            is_good = read(i, fields) && is_good;
            checked += fields[0].size() + fields[1].size() + fields[2].size() + fields[3].size();
        }
    };
    for (std::size_t i = 0; i < kResources; ++i) {
        Fields theirs;
        Fields ours;
        if (!floor_read(i, theirs) || !engine_read(i, ours) || theirs != ours) {
            std::fputs("fhir_fields_bench: the elements that were read differ\n", stderr);
            return 70;
        }
    }
    aorta::bench::Rounds rounds;
    for (std::size_t round = 0; round < kRounds; ++round) {
        const double bare = time_of([&] { pass(floor_read); });
        rounds.add(time_of([&] { pass(engine_read); }), bare);
    }
    rounds.print({.name = "fhir_fields",
                  .bar = 1.3,
                  .is_at_most = true,
                  .unit = "ns",
                  .what = "four elements of a resource by compiled paths, against a bare simdjson "
                          "on-demand loop"});
    return checked == 0 || !is_good ? 70 : 0;
}
