// What the process of an isolated plugin is told first, as bytes and back. From the worker, which
// it trusts.
#pragma once

#include "config/value.hpp"
#include "sandbox/confine.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::isolation {

/// A table of the pipeline without its rows, as in aorta_table.
struct TableShape {
    std::string name;
    std::vector<std::string> columns = {};
    std::vector<std::uint64_t> keys = {};
    std::uint64_t on_missing = 0;
    bool has_defaults = false;
    std::vector<std::string> defaults = {};
};

struct Opening {
    std::filesystem::path plugin = {};
    config::Value options = {};
    config::Position at = {};  ///< of the node
    std::vector<TableShape> tables = {};
    sandbox::Permissions permissions = {};
    std::uint64_t memory_bytes = 0;  ///< beyond what the process takes before the plugin is loaded
    bool only_checks = false;        ///< lets the plugin look at its options, and makes none
    bool is_clock_frozen = false;    ///< time moves between calls alone
};

std::string encode(const Opening& opening);
Result<Opening> read_opening(std::string_view bytes);

}  // namespace aorta::isolation
