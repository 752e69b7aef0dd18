// Any bytes as a FHIR server's answer, and as a resource to send: what is told of it is a code and
// a path, and a request has no line ends.
#include "sink/http/fhir_write.hpp"
#include "sink/http/outcome.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

namespace sink = aorta::plugins::http_sink;

void must(bool claim) {
    if (!claim) {
        std::abort();
    }
}

bool is_safe(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{" .-[]"}.find(c) != std::string_view::npos;
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    must(is_safe(sink::issue_of(text)));
    must(is_safe(sink::safe_path(text)));
    const sink::EntryVerdicts verdicts = sink::entries_of(text, {});
    must(!verdicts.worst || is_safe(verdicts.worst->issue));
    for (const auto how : {sink::Conditional::Create, sink::Conditional::Update}) {
        const auto write = sink::fhir_write(text, {}, how);
        must(!write || write->place.find_first_of("\r\n ") == std::string::npos);
        for (std::size_t i = 0; write && i < write->fields.size(); ++i) {
            must(write->fields[i].find_first_of("\r\n") == std::string::npos);
        }
    }
    return 0;
}
