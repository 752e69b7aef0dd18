// Dead letters: records that could not go on, kept with their reason until someone looks.
#pragma once

#include "message/record.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace aorta::delivery {

/// A record on its way to the dead letters, with what is told of it.
struct Letter {
    message::RecordPtr record;
    std::string node;
    std::uint32_t node_index = 0;
    ErrorCode code = ErrorCode::InvalidData;
    std::string reason;
    std::string where;

    message::Fate fate() const {
        return {message::FateKind::DeadLettered, code, reason, where, node_index};
    }
};

/// Where dead letters go. A letter's record is settled only when it is kept for good. [any thread]
class DeadLetters {
public:
    DeadLetters() = default;
    DeadLetters(const DeadLetters&) = delete;
    DeadLetters& operator=(const DeadLetters&) = delete;
    virtual ~DeadLetters() = default;
    /// Takes the letter. Never blocks; the byte budget bounds what waits.
    virtual void store(Letter letter) = 0;
    /// Empty when all is well, else why nothing can be stored at present.
    virtual std::string trouble() const = 0;
};

/// A kept dead letter. The payload and the attributes may hold patient data.
struct StoredLetter {
    std::int64_t number = 0;
    std::string record_id;
    std::string pipeline;
    std::string node;
    std::string code;
    std::string reason;
    std::string where;
    std::string content_type;
    std::int64_t time_ns = 0;
    std::uint64_t key = 0;
    std::uint64_t bytes = 0;
    std::string payload;                                          ///< only when asked for
    std::vector<std::pair<std::string, std::string>> attributes;  ///< only when asked for
};

/// Letters of a file made by SqliteDeadLetters, newest first. Empty filters match all.
struct LetterFilter {
    std::string node;
    std::string reason;
    std::size_t limit = 100;
};

Result<std::vector<StoredLetter>> list_letters(const std::filesystem::path& file,
                                               const LetterFilter& filter);
/// One letter with its payload and attributes.
Result<StoredLetter> read_letter(const std::filesystem::path& file, std::int64_t number);

}  // namespace aorta::delivery
