#include "app/new_pipeline.hpp"

namespace aorta::app {
namespace {

constexpr std::string_view kPipeline = R"(# aorta run pipeline.yaml < samples/admit.hl7
aorta: 1
pipeline: NAME
summary: Lets admissions through and prints them

nodes:
  # Messages come from standard input. For a network: { source: mllp, with: { listen: … } }
  intake: { source: stdin }
  decode: { process: decode_hl7v2, from: intake }
  # `aorta plugins describe filter` tells what it can do.
  admissions: { process: filter, from: decode, with: { keep_if: "MSH-9.1 == 'ADT'" } }
  out: { sink: stdout, from: admissions, with: { line_ends: lf } }

tests:
  - name: an admission passes unchanged
    inject: [ { at: intake, file: samples/admit.hl7 } ]
    expect: [ { at: out, count: 1, contains: "ADT^A01", golden: expected/admit.hl7 } ]
  - name: what is no admission is filtered
    inject: [ { at: intake, file: samples/result.hl7 } ]
    expect: [ { at: out, count: 0 }, { at: dead_letters, count: 0 } ]
  - name: what is no message becomes a dead letter
    inject: [ { at: intake, text: "hello" } ]
    expect: [ { at: out, count: 0 }, { at: dead_letters, count: 1 } ]
)";

// A made-up patient.
constexpr std::string_view kAdmit =
    R"(MSH|^~\&|ADT|NORTH|RESEARCH|NORTH|20260101120000+0000||ADT^A01^ADT_A01|1|T|2.5.1
EVN||20260101120000+0000
PID|1||100001^^^NORTH^MR||EXAMPLE^ADA||19500101|F
PV1|1|I|WARD1^101^1
)";

constexpr std::string_view kResult =
    R"(MSH|^~\&|LAB|NORTH|RESEARCH|NORTH|20260101121500+0000||ORU^R01^ORU_R01|2|T|2.5.1
PID|1||100001^^^NORTH^MR||EXAMPLE^ADA||19500101|F
OBR|1||4711|718-7^Hemoglobin^LN
OBX|1|NM|718-7^Hemoglobin^LN||13.5|g/dL|12-16|N|||F
)";

}  // namespace

std::vector<NewFile> pipeline_files(std::string_view name) {
    std::string pipeline{kPipeline};
    pipeline.replace(pipeline.find("NAME"), 4, name);
    return {{"pipeline.yaml", std::move(pipeline)},
            {"samples/admit.hl7", std::string{kAdmit}},
            {"samples/result.hl7", std::string{kResult}},
            {"expected/admit.hl7", std::string{kAdmit}}};
}

}  // namespace aorta::app
