// Any path with any values in it: the file lies below the root, where the text shows it. The input
// is the text, a line end, then a value for each attribute, split at line ends.
#include "common/files/root.hpp"
#include "sink/file/path_template.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest{reinterpret_cast<const char*>(data), size};
    const auto line = [&] {
        const std::string_view taken = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(taken.size() + 1, rest.size()));
        return taken;
    };
    const auto made = aorta::plugins::file_sink::PathTemplate::parse(line(), "root");
    if (!made) {
        return 0;
    }
    std::vector<std::string_view> values;
    while (values.size() < made->attribute_names().size()) {
        values.push_back(line());
    }
    std::string path;
    made->expand(
        {.time_ns = static_cast<std::int64_t>(size) << 55U, .id = "1f", .attributes = values},
        path);
    const auto depth = [](std::string_view text) { return std::ranges::count(text, '/'); };
    const bool has_named_slash = std::ranges::any_of(
        made->attribute_names(),
        [](const std::string& name) { return name.find('/') != std::string::npos; });
    if (!aorta::files::is_plain_relative(path) ||
        (!has_named_slash && depth(path) != depth(made->text()))) {
        std::abort();
    }
    return 0;
}
