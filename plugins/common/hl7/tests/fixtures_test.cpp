#include "common/hl7/tests/fixtures.hpp"

#include "common/hl7/ack.hpp"
#include "common/hl7/edit.hpp"
#include "common/hl7/escape.hpp"
#include "common/hl7/header.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aorta::hl7 {
namespace {

/// Everything that can be read, joined again with the message's delimiters.
std::string written_again(const Message& message, std::size_t segment) {
    const Delimiters& delimiters = message.delimiters();
    const auto join = [](std::string& out, bool& first, char separator) {
        if (!first) {
            out += separator;
        }
        first = false;
    };
    std::string out;
    const std::string_view name = message.name(segment);
    out +=
        message.is_well_formed(segment)
            ? name
            : message.segment(segment).substr(0, message.segment(segment).find(delimiters.field));
    const std::size_t begin = message.is_header(segment) ? 2 : 1;
    for (std::size_t n = begin; n <= message.field_count(segment); ++n) {
        out += delimiters.field;
        const std::string_view field = message.field(segment, n);
        if (message.is_header(segment) && n == 2) {
            out += field;
            continue;
        }
        bool first_repetition = true;
        for (const std::string_view repetition : message.repetitions(field)) {
            join(out, first_repetition, delimiters.repetition);
            bool first_component = true;
            for (const std::string_view component : message.components(repetition)) {
                join(out, first_component, delimiters.component);
                bool first_subcomponent = true;
                for (const std::string_view piece : message.subcomponents(component)) {
                    join(out, first_subcomponent, delimiters.subcomponent);
                    out += piece;
                }
            }
        }
    }
    return out;
}

TEST(Fixtures, AreReadAndWrittenAgainWithoutLoss) {
    const auto files = testing::hl7_files(testing::fixtures() / "hl7v2");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    std::size_t messages = 0;
    for (const auto& file : files) {
        for (const std::string& payload : testing::messages_of(testing::read_file(file))) {
            IndexBuilder builder;
            ASSERT_TRUE(builder.build(payload).ok()) << file;
            const Message message(payload, builder.view());
            EXPECT_EQ(Edit(message).apply(), payload) << file;
            for (std::size_t i = 0; i < message.segment_count(); ++i) {
                EXPECT_EQ(written_again(message, i), message.segment(i))
                    << file << " segment " << i;
            }
            const auto ack = parse_ack(build_ack(payload, {}));
            ASSERT_TRUE(ack.ok()) << file;
            const auto header = Header::parse(payload);
            EXPECT_EQ(ack->control_id, decode(header->field(10), header->delimiters())) << file;
            ++messages;
        }
    }
    EXPECT_GE(messages, files.size() * 9 / 10);
    RecordProperty("messages", static_cast<int>(messages));
}

TEST(Fixtures, EveryFileIsCutCompletely) {
    const auto files = testing::hl7_files(testing::fixtures() / "hl7v2");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    for (const auto& file : files) {
        const std::string bytes = testing::read_file(file);
        std::uint64_t position = 0;
        FileReader reader([&](const FileEvent& event) {
            // Between two events there are only line ends, byte order marks and batch headers.
            EXPECT_GE(event.offset, position) << file;
            position = event.offset + event.length;
            if (event.kind == FileEvent::Kind::Message) {
                EXPECT_EQ(std::string_view{bytes}.substr(event.offset, event.length), event.bytes);
            }
        });
        for (std::size_t at = 0; at < bytes.size(); at += 1000) {
            reader.feed(std::string_view{bytes}.substr(at, 1000));
        }
        reader.finish();
        EXPECT_EQ(bytes.find_first_not_of("\r\n", position), std::string::npos) << file;
    }
}

}  // namespace
}  // namespace aorta::hl7
