#include "tests/abi/compliance_plans.hpp"

#include <map>
#include <string>

namespace aorta {
namespace {

using testing::Plan;
using testing::Record;

// Invented; nobody has ever been called this.
constexpr std::string_view kMessage =
    "MSH|^~\\&|LAB|HOSPITAL|AORTA|HOSPITAL|20260101120000+0000||ORU^R01^ORU_R01|0001|P|2.5.1\r"
    "PID|1||100001^^^HOSPITAL^MR||SAMPLE^PATIENT||19800101|F\r"
    "OBR|1||2001|57021-8^Blood count^LN|||20260101115500+0000\r"
    "OBX|1|NM|8867-4^Heart rate^LN||72|/min|60-100|N|||F|||20260101115500+0000\r";

Plan with(std::string options) {
    Plan plan;
    plan.options = std::move(options);
    return plan;
}

/// A processor of bytes or text that needs no decoder.
Plan on_bytes(std::string options = "{}") {
    Plan plan = with(std::move(options));
    plan.samples = {Record{.payload = std::string(kMessage)}};
    return plan;
}

Plan on_fhir_bytes() {
    Plan plan;
    plan.samples = {Record{
        .payload =
            R"({"resourceType":"Observation","status":"final","valueQuantity":{"value":1.50}})"}};
    return plan;
}

/// A processor of decoded messages.
Plan on_hl7v2(std::string options = "{}") {
    Plan plan = on_bytes(std::move(options));
    plan.before = "processor_decode_hl7v2.so";
    plan.samples.front().content_type = "bytes";
    return plan;
}

Plan file_source() {
    Plan plan = with(R"({ path: "{dir}/in/*.hl7" })");
    plan.files = {{"in/a.hl7", std::string(kMessage)}, {"in/b.hl7", std::string(kMessage)}};
    plan.records = 2;
    return plan;
}

Plan generate_source() {
    Plan plan = with("{ count: 20 }");
    plan.records = 20;
    return plan;
}

Plan mllp_sink() {
    // Nobody listens there: what counts is that every record is ended all the same.
    Plan plan = on_bytes(R"({ connect: "127.0.0.1:1", connect_timeout: 50ms, timeout: 50ms })");
    plan.may_refuse_samples = true;
    return plan;
}

Plan http_sink() {
    Plan plan = on_bytes(R"({ url: "http://127.0.0.1:1/", connect_timeout: 50ms, timeout: 50ms })");
    plan.may_refuse_samples = true;
    return plan;
}

Plan zmq_sink() {
    Plan plan = on_bytes(R"({ pattern: push, connect: "tcp://127.0.0.1:1", timeout: 50ms })");
    plan.may_refuse_samples = true;
    return plan;
}

}  // namespace

Plan plan_of(std::string_view plugin) {
    static const std::map<std::string_view, Plan (*)()> kPlans = {
        {"processor_alert",
         [] {
             return on_hl7v2(
                 "{ rules: [{ name: fast, when: \"any(OBX, .3.1 == '8867-4' and .5 > "
                 "130)\", priority: high }] }");
         }},
        {"processor_assemble_hl7v2", [] { return on_bytes(); }},
        {"processor_decode_fhir", [] { return on_fhir_bytes(); }},
        {"processor_decode_hl7v2", [] { return on_bytes(); }},
        {"processor_dedupe", [] { return on_hl7v2(); }},
        {"processor_deidentify", [] { return on_hl7v2(); }},
        {"processor_encode_hl7v2", [] { return on_hl7v2(); }},
        {"processor_filter", [] { return on_hl7v2("{ keep_if: \"MSH-9.1 == 'ORU'\" }"); }},
        {"processor_route",
         [] { return on_hl7v2("{ cases: { results: \"MSH-9.1 == 'ORU'\" }, mode: all }"); }},
        {"processor_split", [] { return on_hl7v2("{ by: OBX }"); }},
        {"processor_edit", [] { return on_hl7v2("{ do: [ { set: MSH-6, to: NORTH } ] }"); }},
        {"processor_validate_hl7v2", [] { return on_hl7v2(); }},
        {"sink_dead_letter", [] { return on_bytes(); }},
        {"sink_discard", [] { return on_bytes(); }},
        {"sink_file", [] { return on_bytes(R"({ path: "{dir}/out/{date}.hl7" })"); }},
        {"sink_http", http_sink},
        {"sink_mllp", mllp_sink},
        {"sink_stdout", [] { return on_bytes(); }},
        {"sink_zmq", zmq_sink},
        {"source_file", file_source},
        {"source_generate", generate_source},
        {"source_http",
         [] { return with(R"({ listen: "127.0.0.1:0", paths: [{ path: /hook }] })"); }},
        {"source_mllp", [] { return with(R"({ listen: "127.0.0.1:0" })"); }},
        {"source_zmq", [] { return with(R"({ pattern: pull, listen: "tcp://127.0.0.1:*" })"); }},
    };
    const auto found = kPlans.find(plugin);
    return found == kPlans.end() ? Plan{} : found->second();
}

}  // namespace aorta
