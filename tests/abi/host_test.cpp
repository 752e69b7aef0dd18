// The host against real files: what it lists, loads and refuses.
#include "host/instance.hpp"
#include "host/library.hpp"
#include "host/note.hpp"
#include "host/search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace aorta::host {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path plugin(const std::string& name) {
    return fs::path(AORTA_BUILD_DIR) / "tests" / "abi" / "plugins" / (name + ".so");
}

/// A folder that is gone at the end.
class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "aorta_host_XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() { fs::remove_all(path_); }

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

TEST(Load, RefusesBadFilesWithAReason) {
    const std::pair<const char*, const char*> cases[] = {
        {"no_note", "is not an aorta plugin"},
        {"other_major", "was built for ABI 7; this aorta speaks 0: rebuild it"},
        {"small_entry", "entry of 16 bytes"},
        {"bad_descriptor", "bad descriptor"},
        {"no_symbol", "does not export the symbol aorta_plugin"},
        {"undefined", "undefined symbol: aorta_test_nobody_defines_this"},
        {"mismatch", "contradicts itself"},
    };
    for (const auto& [name, message] : cases) {
        const auto library = load(plugin(name));
        ASSERT_FALSE(library.ok()) << name;
        EXPECT_EQ(library.error().code, ErrorCode::InvalidData) << name;
        EXPECT_THAT(library.error().message, HasSubstr(message)) << name;
        EXPECT_EQ(library.error().where, plugin(name).string());
    }
}

TEST(Load, TakesAPluginWrittenInC) {
    const auto library = load(plugin("plain_c"));

    ASSERT_TRUE(library.ok()) << library.error().message;
    EXPECT_EQ((*library)->descriptor().id, "plain_c");
    EXPECT_NE((*library)->entry().create, nullptr);
}

TEST(Load, GivesTheSameCodeTwice) {
    const auto first = load(plugin("plain_c"));
    const auto second = load(plugin("plain_c"));

    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ(&(*first)->entry(), &(*second)->entry());
}

TEST(Load, KeepsTheCodeAfterTheLibraryObjectIsGone) {
    const aorta_plugin_entry* entry = nullptr;
    {
        const auto library = load(plugin("good_sink"));
        ASSERT_TRUE(library.ok());
        entry = &(*library)->entry();
    }
    EXPECT_EQ(entry->size, sizeof(aorta_plugin_entry));
}

TEST(FindPlugins, ListsTheGoodAndReportsTheBad) {
    const Folder folder;
    fs::copy_file(plugin("plain_c"), folder.path() / "a.so");
    fs::copy_file(plugin("plain_c"), folder.path() / "b.so");
    fs::copy_file(plugin("other_major"), folder.path() / "c.so");
    std::ofstream(folder.path() / "d.so") << "text";
    std::ofstream(folder.path() / "readme.txt") << "text";

    const fs::path folders[] = {folder.path()};
    const Found found = find_plugins(folders);

    ASSERT_EQ(found.catalog.entries().size(), 1U);
    const auto* entry = found.catalog.find(config::Kind::Processor, "plain_c");
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->path.filename(), "a.so");
    ASSERT_EQ(found.problems.size(), 3U);
    EXPECT_EQ(found.problems[0].path.filename(), "b.so");
    EXPECT_THAT(found.problems[1].message, HasSubstr("ABI 7"));
    EXPECT_THAT(found.problems[2].message, HasSubstr("not an ELF file"));
}

TEST(FindPlugins, ReportsAFolderThatIsMissing) {
    const fs::path folders[] = {"/nowhere/plugins"};
    const Found found = find_plugins(folders);

    ASSERT_EQ(found.problems.size(), 1U);
    EXPECT_EQ(found.problems[0].path, "/nowhere/plugins");
}

TEST(PluginFolders, GoFromTheCommandLineToTheInstallation) {
    const Folder prefix;
    fs::create_directories(prefix.path() / "lib" / "aorta" / "plugins");
    const fs::path extra[] = {"/extra"};
    const auto folders = plugin_folders(prefix.path() / "bin" / "aorta", "/one::/two:/one", extra);

    EXPECT_THAT(
        folders,
        testing::ElementsAre(
            "/extra", "/one", "/two", fs::canonical(prefix.path()) / "lib" / "aorta" / "plugins"));
}

/// A host that a plugin may ask for extensions, and nothing more.
aorta_host bare_host() {
    aorta_host host{};
    host.size = sizeof host;
    host.get_extension = [](const aorta_host*, const char*) -> const void* { return nullptr; };
    return host;
}

Result<std::unique_ptr<Instance>> make(const std::string& name,
                                       const aorta_host& host,
                                       config::Diagnostics& diagnostics) {
    auto library = load(plugin(name));
    if (!library) {
        return library.error();
    }
    return Instance::create(
        *library, &host, config::Value::of_map(), {"p.yaml", 4, 2}, diagnostics);
}

TEST(Instance, ReportsAConstructorThatThrows) {
    const aorta_host host = bare_host();
    config::Diagnostics diagnostics;
    const auto made = make("throws_in_constructor", host, diagnostics);

    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code, ErrorCode::InvalidConfig);
    EXPECT_THAT(diagnostics.to_text(), HasSubstr("p.yaml:4:2: error: no constructor today"));
}

TEST(Instance, IsRefusedWithoutTheFunctionsOfItsKind) {
    const aorta_host host = bare_host();
    config::Diagnostics diagnostics;
    const auto made = make("no_process", host, diagnostics);

    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code, ErrorCode::Internal);
    EXPECT_THAT(made.error().message, HasSubstr("`process`"));
}

TEST(Instance, StopsExceptionsAtTheBorder) {
    const aorta_host host = bare_host();
    config::Diagnostics diagnostics;
    const auto made = make("throws_across", host, diagnostics);
    ASSERT_TRUE(made.ok());
    ASSERT_TRUE((*made)->start({}, diagnostics).ok());

    const aorta_batch batch{.size = sizeof(aorta_batch),
                            .count = 0,
                            .records = nullptr,
                            .verdicts = nullptr,
                            .out = nullptr};
    const auto result = (*made)->process(batch);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::Internal);
    EXPECT_THAT(result.error().message, HasSubstr("an exception out of process"));
    EXPECT_TRUE((*made)->stop(nullptr).ok());
}

TEST(Instance, PassesOnWhatThePluginRefuses) {
    const aorta_host host = bare_host();
    config::Diagnostics diagnostics;
    const auto made = make("refuses_options", host, diagnostics);

    ASSERT_FALSE(made.ok());
    EXPECT_THAT(diagnostics.to_text(), HasSubstr("never works"));
}

}  // namespace
}  // namespace aorta::host
