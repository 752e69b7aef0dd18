// Any bytes as a connection's: the same requests come out in whatever pieces they are fed, within
// the limits.
#include "common/http/media_type.hpp"
#include "common/http/request_reader.hpp"
#include "common/http/target.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace http = aorta::http;

constexpr http::ReaderLimits kLimits{.head_bytes = 512, .body_bytes = 1024};

std::string read(std::string_view bytes, std::size_t step) {
    http::RequestReader reader{kLimits};
    std::string found;
    bool is_over = false;
    while (!bytes.empty() && !is_over) {
        reader.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
        for (auto event = reader.next(); event != http::RequestReader::Event::None;
             event = reader.next()) {
            if (event == http::RequestReader::Event::Failed) {
                is_over = true;
                break;
            }
            if (event == http::RequestReader::Event::Request) {
                const http::Head& head = reader.head();
                if (reader.body().size() > kLimits.body_bytes) {
                    std::abort();
                }
                found += head.method + head.target + std::to_string(head.fields.size()) + "|";
                found += reader.body();
                http::parse_target(head.target);
                http::query_value(head.target, "a");
                http::accepts(head.field("Accept"), {http::kFhirJson});
            }
        }
        if (reader.buffered_bytes() > 4 * (kLimits.head_bytes + kLimits.body_bytes) + step) {
            std::abort();
        }
    }
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const std::string some = read(bytes, 64);
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{17}}) {
        // The line of a chunk that is too long is noticed only when it comes in pieces.
        const std::string others = read(bytes, step);
        if (!some.starts_with(others) && !others.starts_with(some)) {
            std::abort();
        }
    }
    return 0;
}
