#include "common/files/replace.hpp"
#include "common/files/root.hpp"
#include "common/files/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

namespace fs = std::filesystem;
using aorta::ErrorCode;
using namespace aorta::files;  // NOLINT(google-build-using-namespace)

class Files : public ::testing::Test {
protected:
    Files() {
        std::string name = ::testing::TempDir() + "aorta_files_XXXXXX";
        folder_ = ::mkdtemp(name.data());
        fs::create_directories(folder_ / "root");
    }

    ~Files() override { fs::remove_all(folder_); }

    Root root() const { return Root::open((folder_ / "root").string()).value(); }

    static std::string content(const fs::path& path) {
        std::ostringstream all;
        all << std::ifstream(path, std::ios::binary).rdbuf();
        return all.str();
    }

    fs::path folder_;
};

TEST_F(Files, PathsThatLeaveTheRootAreRefused) {
    for (const char* path :
         {"../out.txt", "/etc/passwd", "a/../../out.txt", "a//b", ".", "", ".."}) {
        EXPECT_EQ(root().open_append(path).error().code, ErrorCode::Denied) << path;
        EXPECT_EQ(root().put(path, "x", true).error().code, ErrorCode::Denied) << path;
    }
    EXPECT_FALSE(fs::exists(folder_ / "out.txt"));
}

TEST_F(Files, LinksAreNotFollowed) {
    fs::create_directories(folder_ / "outside");
    fs::create_directory_symlink(folder_ / "outside", folder_ / "root/directory");
    fs::create_symlink(folder_ / "outside/target", folder_ / "root/file");
    EXPECT_EQ(root().open_append("directory/new").error().code, ErrorCode::Denied);
    EXPECT_EQ(root().open_append("file").error().code, ErrorCode::Denied);
    ASSERT_TRUE(root().put("file", "x", true).ok());
    EXPECT_FALSE(fs::is_symlink(folder_ / "root/file")) << "replaced, not followed";
    EXPECT_TRUE(fs::is_empty(folder_ / "outside"));
}

TEST_F(Files, APipeInTheFilesPlaceIsRefusedWithoutHanging) {
    ASSERT_EQ(::mkfifo((folder_ / "root/pipe").c_str(), 0600), 0);
    EXPECT_EQ(root().open_append("pipe").error().code, ErrorCode::Denied);
}

TEST_F(Files, MakesDirectoriesAndPrivateFiles) {
    ASSERT_TRUE(root().open_append("a/b/c.txt").ok());
    EXPECT_EQ(fs::status(folder_ / "root/a/b/c.txt").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(fs::status(folder_ / "root/a").permissions(), fs::perms::owner_all);
}

TEST_F(Files, PutReplacesAndLeavesNoTemporaryFile) {
    ASSERT_TRUE(root().put("a/x.hl7", "one", true).ok());
    ASSERT_TRUE(root().put("a/x.hl7", "two", true).ok());
    EXPECT_EQ(content(folder_ / "root/a/x.hl7"), "two");
    EXPECT_THAT(root().names("a").value(), ::testing::UnorderedElementsAre(".", "..", "x.hl7"));
}

TEST_F(Files, OpenExistingAndRemoveMakeNothing) {
    EXPECT_EQ(root().open_existing("a/b").error().code, ErrorCode::NotFound);
    EXPECT_EQ(root().remove("a/b").error().code, ErrorCode::NotFound);
    EXPECT_EQ(root().sync_directory("a").error().code, ErrorCode::NotFound);
    EXPECT_FALSE(fs::exists(folder_ / "root/a"));
    ASSERT_TRUE(root().put("b", "text", true).ok());
    EXPECT_EQ(root().open_existing("b").value().size_bytes, 4U);
    ASSERT_TRUE(root().remove("b").ok());
    EXPECT_TRUE(fs::is_empty(folder_ / "root"));
    EXPECT_EQ(root().remove("../out.txt").error().code, ErrorCode::Denied);
    EXPECT_EQ(Root::temporary("a/b"), "a/.b.part");
}

TEST_F(Files, ReplaceFileReplacesAsAWhole) {
    const std::string path = (folder_ / "state").string();
    EXPECT_FALSE(read_small_file(path, 10).value().has_value());
    ASSERT_TRUE(replace_file(path, "first").ok());
    ASSERT_TRUE(replace_file(path, "second").ok());
    EXPECT_EQ(read_small_file(path, 10).value(), "second");
    EXPECT_EQ(read_small_file(path, 3).error().code, ErrorCode::ResourceExhausted);
    ASSERT_TRUE(replace_file((folder_ / "made/state").string(), "x").ok()) << "folders are made";
    EXPECT_FALSE(replace_file((folder_ / "state/below").string(), "x").ok())
        << "a file is no folder";
}

TEST(RecordText, SeparatorComesOnceAndLineEndsOnRequest) {
    std::string out;
    append_record("MSH|a\rPID|b\r", LineEnds::Keep, "\n", out);
    append_record("MSH|a\r\nPID|b\r", LineEnds::Lf, "\n", out);
    append_record("line\n", LineEnds::Keep, "\n", out);
    append_record("", LineEnds::Keep, "\n", out);
    append_record("raw", LineEnds::Keep, "", out);
    EXPECT_EQ(out, "MSH|a\rPID|b\r\nMSH|a\nPID|b\nline\n\nraw");
}

TEST(RecordText, JsonStringsAreEscaped) {
    std::string out;
    append_json_string("a\"b\\c\r\n\t\x01\xC3\xA9", out);
    EXPECT_EQ(out, "\"a\\\"b\\\\c\\r\\n\\u0009\\u0001\xC3\xA9\"");
}

TEST(RecordText, Utf8IsChecked) {
    EXPECT_TRUE(is_utf8("plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
    for (const char* bad : {"\xC3",
                            "\xC0\x80",
                            "\xE0\x80\x80",
                            "\xED\xA0\x80",
                            "\xF4\x90\x80\x80",
                            "\x80",
                            "\xFF",
                            "\xE2\x28\xA1"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

TEST(RecordText, Base64) {
    for (const auto& [bytes, expected] : {std::pair{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foobar", "Zm9vYmFy"}}) {
        std::string out;
        append_base64(bytes, out);
        EXPECT_EQ(out, expected);
    }
}

}  // namespace
