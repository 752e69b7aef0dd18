// Exit codes of the command (docs/reference/cli.md).
#pragma once

#include <aorta/result.hpp>

namespace aorta::app {

enum ExitCode : int {
    kOk = 0,
    kFindings = 1,  // a check, a test or a record that did not pass
    kUsage = 2,
    kNotDrained = 3,  // the end came before all records were settled
    kBadData = 65,
    kUnavailable = 69,
    kInternal = 70,
    kIo = 74,
    kDenied = 77,
    kBadConfig = 78,
};

/// What an error ends the command with.
ExitCode exit_code(ErrorCode code);

}  // namespace aorta::app
