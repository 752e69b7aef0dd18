// The bytes of a resume log: docs/formats/file-sink-resume.md.
#pragma once

#include "sink/file/id_window.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::file_sink {

/// How far the records of a file go that were, or may be, completed.
struct FileState {
    std::uint64_t inode = 0;
    std::uint64_t length = 0;
    std::uint32_t tail_bytes = 0;  ///< before `length`, that tail_crc is of
    std::uint32_t tail_crc = 0;

    bool operator==(const FileState&) const = default;
};

/// What one commit says, all of it or nothing.
struct ResumeEntry {
    std::map<std::string, FileState> held;  ///< files that the sink has locked, by path
    std::vector<std::string> released;      ///< files that it has not any more
    std::vector<RecordId> ids;              ///< of records that stand in files

    bool operator==(const ResumeEntry&) const = default;
};

enum class LogEnd {
    Whole,
    Torn,     ///< the last entry was not finished: it was never relied on
    Damaged,  ///< good entries behind a bad one, or no log of this version: lengths are doubtful
};

struct ResumeContents {
    std::map<std::string, FileState> held;
    std::vector<RecordId> ids;
    LogEnd end = LogEnd::Whole;
};

std::uint32_t crc32c(std::string_view bytes);

/// What a log begins with.
std::string_view resume_header();

void append_entry(const ResumeEntry& entry, std::string& out);

/// Never fails: what can be read is read. Nothing at all is a whole, empty log.
ResumeContents parse_resume_log(std::string_view bytes);

}  // namespace aorta::plugins::file_sink
