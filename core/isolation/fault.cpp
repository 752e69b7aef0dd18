#include "isolation/fault.hpp"

namespace aorta::isolation {

std::string_view to_string(Fault fault) {
    switch (fault) {
        case Fault::None:
            return "none";
        case Fault::Crashed:
            return "crashed";
        case Fault::Hung:
            return "hung";
        case Fault::OutOfMemory:
            return "out_of_memory";
        case Fault::Flooded:
            return "flooded";
        case Fault::Corrupt:
            return "corrupt";
        case Fault::NotStarted:
            return "not_started";
        case Fault::TooLarge:
            return "too_large";
        case Fault::GivenUp:
            return "given_up";
    }
    return "crashed";
}

ErrorCode code_of(Fault fault) {
    switch (fault) {
        case Fault::Hung:
            return ErrorCode::Timeout;
        case Fault::OutOfMemory:
        case Fault::Flooded:
        case Fault::TooLarge:
            return ErrorCode::ResourceExhausted;
        case Fault::NotStarted:
            return ErrorCode::Unavailable;
        default:
            return ErrorCode::Internal;
    }
}

/// For a sentence about the plugin.
std::string_view said_of(Fault fault) {
    switch (fault) {
        case Fault::Hung:
            return "did not come back before the deadline of `isolation`";
        case Fault::OutOfMemory:
            return "took more memory than `isolation` lets it have";
        case Fault::Flooded:
        case Fault::Corrupt:
            return "sent what is no answer";
        default:
            return "crashed";
    }
}

std::string reason_of(Fault fault) {
    return "isolation." + std::string{to_string(fault)};
}

}  // namespace aorta::isolation
