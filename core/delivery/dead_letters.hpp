// Dead letters: records that could not go on, kept with their reason until someone looks.
#pragma once

#include "message/record.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <string>

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

}  // namespace aorta::delivery
