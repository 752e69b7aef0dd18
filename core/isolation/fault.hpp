// Why the process of an isolated plugin was ended.
#pragma once

#include <aorta/result.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace aorta::isolation {

enum class Fault : std::uint8_t {
    None,
    Crashed,
    Hung,  ///< no answer before the deadline
    OutOfMemory,
    Flooded,     ///< an answer beyond all bounds
    Corrupt,     ///< an answer that cannot be read
    TooLarge,    ///< not a fault of the process: a record that no frame can hold
    NotStarted,  ///< it could not be made, or the plugin would not start
    GivenUp,     ///< by the worker, at its end
};

/// All that a record may fail for.
inline constexpr std::array kFaults = {Fault::Crashed,
                                       Fault::Hung,
                                       Fault::OutOfMemory,
                                       Fault::Flooded,
                                       Fault::Corrupt,
                                       Fault::TooLarge,
                                       Fault::NotStarted,
                                       Fault::GivenUp};

/// "crashed", "hung" …
std::string_view to_string(Fault fault);

/// Of a record that fails for it: "isolation.crashed", and the error code.
std::string reason_of(Fault fault);
ErrorCode code_of(Fault fault);

/// For a sentence about the plugin: "it …".
std::string_view said_of(Fault fault);

}  // namespace aorta::isolation
