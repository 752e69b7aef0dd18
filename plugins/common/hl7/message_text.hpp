// The texts of a message in one character set, UTF-8, whatever the message's own is.
#pragma once

#include "common/hl7/message.hpp"
#include "common/hl7/transcode.hpp"

#include <optional>
#include <string>

namespace aorta::hl7 {

/// Turns texts of one message after the other into UTF-8, and texts back into the message's set:
/// that of MSH-18, else the one that its bytes look like. Text in ASCII costs nothing but a look.
/// One thread at a time.
class MessageText {
public:
    /// From now on texts are those of this message. Borrows its payload.
    void begin(const Message& message) {
        message_ = message;
        choice_.reset();
    }

    /// A decoded text of the message; what is no text of its set stays as it is.
    void to_utf8(std::string& text);

    /// A text for the message. False if its set lacks a character.
    bool from_utf8(std::string& text);

private:
    const CharsetChoice& choice();

    std::optional<Message> message_;
    std::optional<CharsetChoice> choice_;
    Transcoder transcoder_{Invalid::Reject};
    std::string scratch_;
};

}  // namespace aorta::hl7
