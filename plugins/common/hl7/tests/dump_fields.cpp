// Prints the fields of every message of a file as "message segment.field<TAB>raw value" lines, for
// comparison with another parser. Control characters are written as \xhh, the backslash too.
#include "common/hl7/message.hpp"
#include "common/hl7/tests/fixtures.hpp"

#include <cstdio>
#include <string>

namespace {

std::string printable(std::string_view text) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F && c != '\\') {
            out += c;
            continue;
        }
        out += "\\x";
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 15U];
    }
    return out;
}

void dump(const aorta::hl7::Message& message, std::size_t number) {
    for (std::size_t segment = 0; segment < message.segment_count(); ++segment) {
        const std::string name = printable(message.segment(segment).substr(
            0, message.segment(segment).find(message.delimiters().field)));
        std::printf("%zu %zu.0\t%s\n", number, segment, name.c_str());
        for (std::size_t n = 1; n <= message.field_count(segment); ++n) {
            const std::string value = printable(message.field(segment, n));
            std::printf("%zu %zu.%zu\t%s\n", number, segment, n, value.c_str());
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: hl7_dump_fields FILE\n", stderr);
        return 2;
    }
    std::size_t number = 0;
    for (const std::string& payload :
         aorta::hl7::testing::messages_of(aorta::hl7::testing::read_file(argv[1]))) {
        aorta::hl7::IndexBuilder builder;
        if (builder.build(payload).ok()) {
            dump({payload, builder.view()}, number);
        } else {
            std::printf("%zu refused\n", number);
        }
        ++number;
    }
    return 0;
}
