#include "tables/store.hpp"

#include "tables/csv.hpp"
#include "tables/extension.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace aorta::tables {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::shared_ptr<const Table> load(const TableSpec& spec, config::Diagnostics& diagnostics) {
    auto grid = parse_csv(slurp(spec.file), spec.file.string(), ',', diagnostics);
    return grid ? Table::make(std::move(*grid), spec.key, diagnostics) : nullptr;
}

std::string_view text(aorta_str cell) {
    return {cell.data, cell.size};
}

class TablesOnDisk : public ::testing::Test {
protected:
    TablesOnDisk() {
        fs::create_directories(folder_);
        write("code,text\na,1\n", 0);
        spec_.file = folder_ / "t.csv";
        config::Diagnostics diagnostics;
        spec_.table = load(spec_, diagnostics);
    }

    ~TablesOnDisk() override { fs::remove_all(folder_); }

    // With a time of its own, so that no test depends on how fast it runs.
    void write(std::string_view csv, int number) {
        const fs::path file = folder_ / "t.csv";
        std::ofstream(file, std::ios::binary) << csv;
        fs::last_write_time(file, fs::file_time_type{} + std::chrono::hours(number));
    }

    std::string find(const Extension& extension, const aorta_table* table, std::string_view key) {
        const aorta_str part{key.data(), key.size()};
        const aorta_str* row = extension.abi()->find(extension.abi(), table, &part, 1);
        return row == nullptr ? "-" : std::string(text(row[1]));
    }

    const aorta_table* open(const Extension& extension, std::string_view name) {
        return extension.abi()->open(extension.abi(), {name.data(), name.size()});
    }

    const fs::path folder_ = fs::temp_directory_path() /
                             ("tables_" + std::to_string(::getpid()) + "_" +
                              ::testing::UnitTest::GetInstance()->current_test_info()->name());
    TableSpec spec_{.name = "codes"};
};

TEST_F(TablesOnDisk, ReplacesATableWhoseFileChanged) {
    Store store({spec_}, load);
    const Extension extension(&store);
    const aorta_table* table = open(extension, "codes");
    EXPECT_EQ(find(extension, table, "a"), "1");
    EXPECT_EQ(store.reload_changed().size(), 1U)
        << "young: it may have changed since it was loaded";
    EXPECT_TRUE(store.reload_changed().empty());

    write("code,text\na,2\nb,3\n", 1);
    const auto reloads = store.reload_changed();
    ASSERT_EQ(reloads.size(), 1U);
    EXPECT_TRUE(reloads[0].is_new);
    EXPECT_EQ(reloads[0].rows, 2U);
    EXPECT_EQ(find(extension, table, "a"), "2");
    EXPECT_EQ(find(extension, table, "b"), "3");
    EXPECT_TRUE(store.reload_changed().empty());
}

TEST_F(TablesOnDisk, KeepsTheOldTableWhenTheNewFileIsBroken) {
    Store store({spec_}, load);
    const Extension extension(&store);
    const aorta_table* table = open(extension, "codes");
    int number = 0;
    for (const char* broken : {"", "code,text\na\n", "code,text\na,1\na,2\n", "code\na\n"}) {
        write(broken, ++number);
        const auto reloads = store.reload_changed();
        ASSERT_EQ(reloads.size(), 1U) << broken;
        EXPECT_FALSE(reloads[0].is_new);
        EXPECT_TRUE(reloads[0].problems.has_errors());
        EXPECT_EQ(find(extension, table, "a"), "1");
        EXPECT_TRUE(store.reload_changed().empty()) << "told once";
    }
}

TEST_F(TablesOnDisk, SaysOnceThatAFileIsGoneAndKeepsTheTable) {
    Store store({spec_}, load);
    const Extension extension(&store);
    const aorta_table* table = open(extension, "codes");
    static_cast<void>(store.reload_changed());
    for (int number = 1; number <= 2; ++number) {
        fs::remove(folder_ / "t.csv");
        EXPECT_TRUE(store.reload_changed().empty()) << "it may be being replaced";
        const auto reloads = store.reload_changed();
        ASSERT_EQ(reloads.size(), 1U);
        EXPECT_TRUE(reloads[0].is_gone);
        EXPECT_FALSE(reloads[0].is_new);
        EXPECT_TRUE(store.reload_changed().empty()) << "told once";
        EXPECT_EQ(find(extension, table, "a"), std::to_string(number));
        write("code,text\na," + std::to_string(number + 1) + "\n", number);
        EXPECT_EQ(store.reload_changed().size(), 1U);
        EXPECT_EQ(find(extension, table, "a"), std::to_string(number + 1));
    }
    fs::remove(folder_ / "t.csv");
    EXPECT_TRUE(store.reload_changed().empty());
    write("code,text\na,9\n", 9);
    EXPECT_EQ(store.reload_changed().size(), 1U) << "and when it comes back, it counts anew";
    fs::remove(folder_ / "t.csv");
    EXPECT_TRUE(store.reload_changed().empty());
}

TEST_F(TablesOnDisk, ACellStaysValidUntilTheNextFind) {
    Store store({spec_}, load);
    const Extension extension(&store);
    const aorta_table* table = open(extension, "codes");
    const aorta_str key{"a", 1};
    const aorta_str* row = extension.abi()->find(extension.abi(), table, &key, 1);
    write("code,text\nzzzzzzzzzzzzzz,22222222222222222\n", 1);
    static_cast<void>(store.reload_changed());
    EXPECT_EQ(text(row[1]), "1");
}

TEST_F(TablesOnDisk, TellsWhatThePipelineSays) {
    spec_.defaults = {{"text", "none"}};
    spec_.on_missing = OnMissing::Default;
    const TableSpec unread{.name = "unread"};
    const Store store({spec_, unread});
    const Extension extension(&store);
    const aorta_table* table = open(extension, "codes");
    ASSERT_NE(table, nullptr);
    EXPECT_EQ(table->column_count, 2U);
    EXPECT_EQ(text(table->columns[1]), "text");
    EXPECT_EQ(table->key_count, 1U);
    EXPECT_EQ(table->keys[0], 0U);
    EXPECT_EQ(table->on_missing, AORTA_MISSING_DEFAULT + 0U);
    ASSERT_NE(table->defaults, nullptr);
    EXPECT_EQ(text(table->defaults[0]), "");
    EXPECT_EQ(text(table->defaults[1]), "none");
    EXPECT_EQ(open(extension, "unread")->column_count, 0U);
    EXPECT_EQ(find(extension, open(extension, "unread"), "a"), "-");
    EXPECT_EQ(open(extension, "other"), nullptr);
    EXPECT_EQ(text(extension.abi()->name(extension.abi(), 1)), "unread");
    EXPECT_EQ(extension.abi()->name(extension.abi(), 2).size, 0U);
}

TEST_F(TablesOnDisk, ACheckSeesColumnsOnly) {
    const Store store({spec_});
    const Extension extension(&store, Extension::Content::ColumnsOnly);
    const aorta_table* table = open(extension, "codes");
    EXPECT_EQ(table->column_count, 2U);
    EXPECT_EQ(find(extension, table, "a"), "-");
    EXPECT_EQ(open(Extension(nullptr), "codes"), nullptr);
}

TEST_F(TablesOnDisk, LooksUpWhileTheTableIsReplaced) {
    Store store({spec_}, load);
    const Extension extension(&store);
    std::jthread reader([&](const std::stop_token& stop) {
        const aorta_table* table = open(extension, "codes");
        while (!stop.stop_requested()) {
            const std::string got = find(extension, table, "a");
            EXPECT_TRUE(got == "1" || got == "2" || got == "3") << got;
        }
    });
    for (int i = 1; i <= 50; ++i) {
        write(i % 2 == 0 ? "code,text\na,2\n" : "code,text\na,3\nb,4\n", i);
        static_cast<void>(store.reload_changed());
    }
}

}  // namespace
}  // namespace aorta::tables
