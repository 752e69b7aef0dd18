// MSH alone: what a receiver needs before, or without, indexing the whole message.
#pragma once

#include "common/hl7/delimiters.hpp"

#include <aorta/result.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace aorta::hl7 {

/// The MSH segment at the head of a message; views of the bytes it was read from.
class Header {
public:
    /// Fails as parse_delimiters does.
    static Result<Header> parse(std::string_view message);

    const Delimiters& delimiters() const { return delimiters_; }

    /// Raw field (MSH-1 is the separator); a view without data when absent.
    std::string_view field(std::size_t number) const;
    /// A component of a field, from 1.
    std::string_view component(std::size_t number, std::size_t component) const;

    /// MSH-15 or MSH-16 has a value: enhanced acknowledgement mode.
    bool is_enhanced() const { return has_value(15) || has_value(16); }

    /// MSH-9 says that this is itself an acknowledgement, at once or delayed (never acknowledge
    /// one).
    bool is_ack() const { return component(9, 1) == "ACK" || component(9, 1) == "MCF"; }

    /// MSH-12 names version `major`.`minor`.`patch` or later; false if it names none.
    bool is_version_at_least(unsigned major, unsigned minor, unsigned patch = 0) const;

private:
    bool has_value(std::size_t number) const {
        return !field(number).empty() && field(number) != "\"\"";
    }

    static constexpr std::size_t kFields = 16;  // as many as an acknowledgement asks for

    Delimiters delimiters_;
    std::array<std::string_view, kFields> fields_{};  // MSH-1 first
    std::string_view beyond_;                         // what follows them, without data if nothing
};

/// Whether MSH-15 or MSH-16 (table 0155: AL, NE, ER, SU) of an enhanced message asks for an
/// acknowledgement of an outcome. Empty or null asks for none, as the other field says what is
/// wanted; a value that is none of the four asks for one, as its sender most likely waits.
bool ack_is_wanted(std::string_view condition, bool success);

}  // namespace aorta::hl7
