// Any bytes as a resume log: read without trouble, and what was read can be written and read again.
#include "sink/file/resume_format.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace sink = aorta::plugins::file_sink;
    const sink::ResumeContents first =
        sink::parse_resume_log({reinterpret_cast<const char*>(data), size});
    std::string bytes{sink::resume_header()};
    sink::append_entry({first.held, {}, first.ids}, bytes);
    const sink::ResumeContents again = sink::parse_resume_log(bytes);
    if (again.end != sink::LogEnd::Whole || again.held != first.held || again.ids != first.ids) {
        std::abort();
    }
    return 0;
}
