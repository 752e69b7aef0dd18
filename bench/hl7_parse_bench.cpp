// Bytes of an HL7 v2 message to five of its fields as text, as bench/peers/parse.* do with other
// libraries.
//
//   hl7_parse_bench FILE
//
// Each line of standard input is how many messages to parse; each line of output is JSON: the CPU
// time of one in ns, and the five texts.
#include "bench/rig.hpp"
#include "common/hl7/escape.hpp"
#include "common/hl7/index.hpp"
#include "common/hl7/message.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using aorta::hl7::Path;

/// Indexes a message, keeps the index where the host would, and reads through it.
class Parser {
public:
    bool parse(std::string_view payload) {
        if (!builder_.build(payload).ok()) {
            return false;
        }
        if (block_.size() * sizeof(std::uint32_t) < builder_.block_size()) {
            block_.resize(builder_.block_size() / sizeof(std::uint32_t) + 1);
        }
        builder_.copy_to(block_.data());
        const auto view =
            aorta::hl7::IndexView::open(block_.data(), builder_.block_size(), payload);
        if (!view.ok()) {
            return false;
        }
        const aorta::hl7::Message message(payload, *view);
        for (std::size_t i = 0; i < paths_.size(); ++i) {
            read(message, message.get(paths_[i]), texts_[i]);
        }
        const auto last = message.find("OBX", message.count("OBX"));
        if (last) {
            read(message, message.get(*last, in_last_), texts_.back());
        }
        return last.has_value();
    }

    const std::array<std::string, 5>& texts() const { return texts_; }

private:
    static void read(const aorta::hl7::Message& message,
                     const aorta::hl7::Value& value,
                     std::string& text) {
        text.clear();
        aorta::hl7::decode(value.raw, message.delimiters(), aorta::hl7::TextKind::Plain, text);
    }

    aorta::hl7::IndexBuilder builder_;
    std::vector<std::uint32_t> block_;
    std::array<Path, 4> paths_{*aorta::hl7::parse_path("MSH-10"),
                               *aorta::hl7::parse_path("MSH-9.2"),
                               *aorta::hl7::parse_path("PID-3.1"),
                               *aorta::hl7::parse_path("PID-5.1")};
    Path in_last_ = *aorta::hl7::parse_path("OBX-3.1");
    std::array<std::string, 5> texts_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: hl7_parse_bench FILE\n", stderr);
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    const std::string message{std::istreambuf_iterator<char>(file), {}};
    Parser parser;
    unsigned long count = 0;
    while (std::scanf("%lu", &count) == 1 && count > 0) {
        const double before = aorta::bench::process_cpu();
        for (unsigned long i = 0; i < count; ++i) {
            if (!parser.parse(message)) {
                std::fputs("hl7_parse_bench: cannot parse\n", stderr);
                return 70;
            }
        }
        const double spent = aorta::bench::process_cpu() - before;
        std::printf("{\"ns\":%.1f,\"texts\":[", spent * 1e9 / static_cast<double>(count));
        for (std::size_t i = 0; i < parser.texts().size(); ++i) {
            std::printf("%s\"%s\"", i == 0 ? "" : ",", parser.texts()[i].c_str());
        }
        std::puts("]}");
        std::fflush(stdout);
    }
    return 0;
}
