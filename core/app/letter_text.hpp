// Dead letters as text and JSON.
#pragma once

#include "config/value.hpp"
#include "delivery/stored_letters.hpp"

#include <span>
#include <string>

namespace aorta::app {

config::Value json_of(const delivery::StoredLetter& letter, bool with_payload);

/// A table, the newest first, without payloads.
std::string letters_text(std::span<const delivery::StoredLetter> letters);

/// One letter, with its payload if the JSON has it.
std::string letter_text(const config::Value& letter);

}  // namespace aorta::app
