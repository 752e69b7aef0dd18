// What lies in a storage, as text and JSON.
#pragma once

#include "config/value.hpp"
#include "spool/spool.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace aorta::app {

std::string_view to_string(spool::StreamKind kind);

/// Something that was promised is damaged or missing; a doubtful tail never was.
bool has_damage(const spool::Loaded& loaded);

/// Tables: streams, segments (where there are any) and damage.
std::string spool_text(const std::filesystem::path& folder, const spool::Inspection& seen);
config::Value json_of(const std::filesystem::path& folder, const spool::Inspection& seen);

}  // namespace aorta::app
