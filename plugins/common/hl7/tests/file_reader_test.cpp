#include "common/hl7/file_reader.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace aorta::hl7 {
namespace {

using List = std::vector<std::string>;

struct Case {
    std::string name;
    std::string bytes;
    List expected;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases = {
        {"empty", "", {}},
        {"one CR", "MSH|^~\\&|A\rPID|1\r", {"message@0:MSH|^~\\&|A\rPID|1\r"}},
        {"one LF, open end", "MSH|^~\\&|A\nPID|1", {"message@0:MSH|^~\\&|A\nPID|1"}},
        {"one CRLF", "MSH|^~\\&|A\r\nPID|1\r\n", {"message@0:MSH|^~\\&|A\r\nPID|1\r\n"}},
        {"many LF",
         "MSH|^~\\&|A\nPID|1\nMSH|^~\\&|B\n",
         {"message@0:MSH|^~\\&|A\nPID|1\n", "message@17:MSH|^~\\&|B\n"}},
        {"blank lines around",
         "\n\nMSH|^~\\&|A\n\n\nPID|1\n\n\nMSH|^~\\&|B\n\n",
         {"message@2:MSH|^~\\&|A\n\n\nPID|1\n", "message@23:MSH|^~\\&|B\n"}},
        {"CR messages on lines of their own",
         "MSH|^~\\&|A\rPID|1\r\nMSH|^~\\&|B\r\n",
         {"message@0:MSH|^~\\&|A\rPID|1\r\n", "message@18:MSH|^~\\&|B\r\n"}},
        {"LF is data between CRs",
         "MSH|^~\\&|A\rNTE|x\nMSH|^~\\&|y\rPID|1\r",
         {"message@0:MSH|^~\\&|A\rNTE|x\nMSH|^~\\&|y\rPID|1\r"}},
        {"byte order mark", "\xEF\xBB\xBFMSH|^~\\&|A\r", {"message@3:MSH|^~\\&|A\r"}},
        {"byte order marks of joined files",
         "\xEF\xBB\xBFMSH|^~\\&|A\r\xEF\xBB\xBFMSH|^~\\&|B\r",
         {"message@3:MSH|^~\\&|A\r", "message@17:MSH|^~\\&|B\r"}},
        {"noise in front",
         "hello\nworld\nMSH|^~\\&|A\n",
         {"no_message@0:12", "message@12:MSH|^~\\&|A\n"}},
        {"noise alone", "hello", {"no_message@0:5"}},
        {"MSHX is no message",
         "MSHX|1\nMSH|^~\\&|A\n",
         {"no_message@0:7", "message@7:MSH|^~\\&|A\n"}},
        {"batch",
         "FHS|^~\\&|\rBHS|^~\\&|\rMSH|^~\\&|A\rMSH|^~\\&|B\rBTS|2\rFTS|1\r",
         {"message@20:MSH|^~\\&|A\r",
          "message@31:MSH|^~\\&|B\r",
          "batch_end@42:2/2",
          "file_end@48:1/1"}},
        {"batches without their own envelope",
         "FHS|^~\\&|\rMSH|^~\\&|A\rBHS|^~\\&|\rMSH|^~\\&|B\rBTS|1\rMSH|^~\\&|C\rFTS|3\r",
         {"message@10:MSH|^~\\&|A\r",
          "message@31:MSH|^~\\&|B\r",
          "batch_end@42:1/1",
          "message@48:MSH|^~\\&|C\r",
          "file_end@59:3/3"}},
        {"batch count is wrong",
         "BHS|^~\\&|\nMSH|^~\\&|A\nBTS|3|x\n",
         {"message@10:MSH|^~\\&|A\n", "batch_end@21:3/1"}},
        {"batch without counts",
         "FHS!@%*:!\nBHS!@%*:!\nMSH|^~\\&|A\nBTS\nBHS!@%*:!\nBTS!x\nFTS!\n",
         {"message@20:MSH|^~\\&|A\n", "batch_end@31:-/1", "batch_end@45:-/0", "file_end@51:-/2"}},
        {"batch trailer at the end without line end",
         "MSH|^~\\&|A\nBTS|1",
         {"message@0:MSH|^~\\&|A\n", "batch_end@11:1/1"}},
        {"batches without trailers",
         "FHS|^~\\&|\nBHS|^~\\&|\nMSH|^~\\&|A\nBHS|^~\\&|\nMSH|^~\\&|B\nFTS|2\n",
         {"message@20:MSH|^~\\&|A\n",
          "no_trailer@31:0",
          "message@41:MSH|^~\\&|B\n",
          "no_trailer@52:0",
          "file_end@52:2/2"}},
        {"file without a trailer",
         "FHS|^~\\&|\nBHS|^~\\&|\nMSH|^~\\&|A\n",
         {"message@20:MSH|^~\\&|A\n", "no_trailer@31:0"}},
        {"a second file in it",
         "FHS|^~\\&|\nMSH|^~\\&|A\nFHS|^~\\&|\nFTS|0\n",
         {"message@10:MSH|^~\\&|A\n", "no_trailer@21:0", "file_end@31:0/0"}},
        {"frame with an end byte inside",
         "\x0BMSH|a\x1C"
         "b\r\x1C\r\x0BMSH|^~\\&|B\r\x1C\r",
         {"end_inside@1:8", "message@12:MSH|^~\\&|B\r"}},
        {"frames",
         "\x0BMSH|^~\\&|A\r\x1C\r\x0BMSH|^~\\&|B\r\x1C\r\n",
         {"message@1:MSH|^~\\&|A\r", "message@15:MSH|^~\\&|B\r", "noise@28:1"}},
        {"frame is cut off", "\x0BMSH|", {"truncated@1:4"}},
        {"too large",
         "MSH|^~\\&|" + std::string(100, 'x') + "\rPID|1\rMSH|^~\\&|B\r",
         {"oversize@0:116", "message@116:MSH|^~\\&|B\r"}},
        {"largest, blank lines not counted",
         "MSH|^~\\&|" + std::string(71, 'x') + "\r\r\rMSH|^~\\&|B\r",
         {"message@0:MSH|^~\\&|" + std::string(71, 'x') + "\r", "message@83:MSH|^~\\&|B\r"}},
    };
    return kCases;
}

std::string text_of(const FileEvent& event) {
    constexpr const char* kNames[] = {"message",
                                      "batch_end",
                                      "file_end",
                                      "no_message",
                                      "noise",
                                      "oversize",
                                      "truncated",
                                      "no_trailer",
                                      "end_inside"};
    std::string out = kNames[static_cast<int>(event.kind)];
    out += "@" + std::to_string(event.offset) + ":";
    switch (event.kind) {
        case FileEvent::Kind::Message:
            EXPECT_EQ(event.length, event.bytes.size());
            return out.append(event.bytes);
        case FileEvent::Kind::BatchEnd:
        case FileEvent::Kind::FileEnd:
            return out + (event.declared ? std::to_string(*event.declared) : "-") + "/" +
                   std::to_string(event.actual);
        default:
            return out + std::to_string(event.length);
    }
}

template <class NextSize>
List read(std::string_view bytes, NextSize&& next_size) {
    List events;
    FileReader reader([&](const FileEvent& event) { events.push_back(text_of(event)); }, 81);
    while (!bytes.empty()) {
        const std::size_t size = std::min(bytes.size(), next_size());
        const std::string copy{bytes.substr(0, size)};
        reader.feed(copy);
        bytes.remove_prefix(size);
    }
    reader.finish();
    return events;
}

TEST(FileReader, CutsAFileIntoMessages) {
    for (const Case& c : cases()) {
        EXPECT_EQ(read(c.bytes, [] { return std::size_t{100000}; }), c.expected) << c.name;
    }
}

TEST(FileReader, DoesNotCareHowTheBytesAreSplit) {
    std::mt19937 random(29);
    for (const Case& c : cases()) {
        EXPECT_EQ(read(c.bytes, [] { return std::size_t{1}; }), c.expected) << c.name;
        for (int round = 0; round < 50; ++round) {
            EXPECT_EQ(read(c.bytes, [&] { return std::size_t{1} + random() % 9; }), c.expected)
                << c.name;
        }
    }
}

TEST(FileReader, NamesTheBatchOfAMessage) {
    List batches;
    FileReader reader([&](const FileEvent& event) {
        if (event.kind == FileEvent::Kind::Message) {
            batches.emplace_back(event.batch);
        }
    });
    reader.feed(
        "MSH|^~\\&|\rFHS|^~\\&|||||||||F1\rMSH|^~\\&|\rBHS|^~\\&|||||||||B1|x\rMSH|^~\\&|\r"
        "BTS\rMSH|^~\\&|\rBHS|^~\\&\rMSH|^~\\&|\rFTS\rMSH|^~\\&|\r");
    reader.finish();
    EXPECT_EQ(batches, (List{"", "F1", "B1", "F1", "F1", ""}));
}

TEST(FileReader, OffsetsNameTheBytesOfTheFile) {
    std::string file;
    std::vector<std::string> messages;
    for (int i = 0; i < 200; ++i) {
        messages.push_back("MSH|^~\\&|" + std::to_string(i) + "\r\nPID|" + std::to_string(i) +
                           "\r\n");
        file += messages.back() + (i % 3 == 0 ? "\r\n" : "");
    }
    std::size_t seen = 0;
    FileReader reader([&](const FileEvent& event) {
        ASSERT_EQ(event.kind, FileEvent::Kind::Message);
        EXPECT_EQ(event.bytes, messages[seen++]);
        EXPECT_EQ(std::string_view{file}.substr(event.offset, event.length), event.bytes);
    });
    for (std::size_t at = 0; at < file.size(); at += 37) {
        reader.feed(std::string_view{file}.substr(at, 37));
    }
    reader.finish();
    EXPECT_EQ(seen, messages.size());
}

}  // namespace
}  // namespace aorta::hl7
