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

    /// MSH-15 or MSH-16 is set: enhanced acknowledgement mode.
    bool is_enhanced() const { return !field(15).empty() || !field(16).empty(); }

    /// MSH-9 says that this is itself an acknowledgement (never acknowledge one).
    bool is_ack() const { return component(9, 1) == "ACK"; }

    /// MSH-12 names version `major`.`minor` or later.
    bool is_version_at_least(unsigned major, unsigned minor) const;

private:
    static constexpr std::size_t kFields = 16;  // as many as an acknowledgement asks for

    Delimiters delimiters_;
    std::array<std::string_view, kFields> fields_{};  // MSH-1 first
    std::string_view beyond_;                         // what follows them, without data if nothing
};

/// Whether MSH-15 or MSH-16 (AL, NE, ER, SU; empty is AL) asks for an acknowledgement of an
/// outcome.
bool ack_is_wanted(std::string_view condition, bool success);

}  // namespace aorta::hl7
