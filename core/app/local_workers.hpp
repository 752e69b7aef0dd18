// aorta run --local-workers: each worker of a pipeline as a child process on this machine.
#pragma once

#include "app/command.hpp"
#include "base/log.hpp"
#include "pipeline/spec.hpp"
#include "runtime/worker.hpp"

#include <string>
#include <vector>

namespace aorta::app {

struct LocalRun {
    std::vector<runtime::PipelineReport> reports;  ///< one for each worker that told how it ended
    int code = 0;                                  ///< the worst exit code of the workers
};

/// Starts all workers, joined by ipc sockets in a private folder, and starts one again, later each
/// time, when it dies. Returns when all have ended: by themselves, upstream first, or because
/// SIGTERM or SIGINT came; a worker is asked to stop when those that send to it have ended. A
/// second signal kills all. `arguments` are those of `aorta run` for each of them, the file
/// included. Call it before any thread is started.
Result<LocalRun> run_local_workers(const Shell& shell,
                                   const pipeline::PipelineSpec& spec,
                                   const std::vector<std::string>& arguments,
                                   base::Log& log);

}  // namespace aorta::app
