#include "app/local_workers.hpp"

#include "app/exit_code.hpp"
#include "app/worker_report.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <system_error>

namespace aorta::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kFirstPause = std::chrono::milliseconds(100);
constexpr int kMostDoublings = 8;
/// A worker that ran for so long begins with the first pause again.
constexpr auto kLongRun = std::chrono::seconds(30);
constexpr int kExitInterrupted = 130;
constexpr int kExecFailed = 127;

struct Child {
    std::string worker;
    bool has_sources = false;
    pid_t pid = 0;  // 0: it does not run
    bool has_ended = false;
    bool is_told = false;  // to stop
    int failures = 0;      // in a row
    Clock::time_point started = {};
    Clock::time_point due = {};
    int code = 0;
};

sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) {
        sigaddset(&set, signal);
    }
    return set;
}

class Supervisor {
public:
    Supervisor(const Shell& shell,
               const pipeline::PipelineSpec& spec,
               const std::vector<std::string>& arguments,
               base::Log& log,
               std::filesystem::path folder)
        : shell_(shell), spec_(spec), arguments_(arguments), log_(log), folder_(std::move(folder)) {
        for (const pipeline::WorkerSpec& worker : spec.workers) {
            Child& child = children_.emplace_back();
            child.worker = worker.name;
            child.has_sources = std::ranges::any_of(spec.nodes, [&](const auto& node) {
                return node.kind == config::Kind::Source && node.worker == worker.name;
            });
        }
    }

    LocalRun run() {
        const sigset_t set = watched();
        pthread_sigmask(SIG_BLOCK, &set, nullptr);
        while (!all_ended()) {
            start_due();
            tell_to_stop();
            const timespec pause = next_pause();
            const int signal = ::sigtimedwait(&set, nullptr, &pause);
            if (signal == SIGHUP) {
                send_all(SIGHUP);
            } else if (signal == SIGTERM || signal == SIGINT) {
                stop();
            }
            reap();
        }
        return end();
    }

private:
    std::filesystem::path report_of(const Child& child) const {
        return folder_ / (child.worker + ".json");
    }

    bool all_ended() const { return std::ranges::all_of(children_, &Child::has_ended); }

    void stop() {
        if (is_stopping_) {
            send_all(SIGKILL);
            std::_Exit(kExitInterrupted);
        }
        log_.info("stopping", {{"because", "signal"}});
        is_stopping_ = true;
    }

    void send_all(int signal) const {
        for (const Child& child : children_) {
            if (child.pid != 0) {
                ::kill(child.pid, signal);
            }
        }
    }

    /// Workers that send to this one, and have not ended.
    bool has_upstream(const Child& child) const {
        return std::ranges::any_of(spec_.links, [&](const auto& link) {
            return link.to == child.worker &&
                   std::ranges::any_of(children_, [&](const Child& other) {
                       return other.worker == link.from && !other.has_ended;
                   });
        });
    }

    /// Upstream first, so that what they still send finds its way.
    void tell_to_stop() {
        for (Child& child : children_) {
            // One with sources of its own ends when they do.
            const bool may_stop = is_stopping_ || !child.has_sources;
            if (child.has_ended || child.is_told || !may_stop || has_upstream(child)) {
                continue;
            }
            if (child.pid != 0) {
                child.is_told = true;
                ::kill(child.pid, SIGTERM);
            } else if (is_stopping_) {
                child.has_ended = true;  // it waits to be started again
                child.code = kNotDrained;
            }
        }
    }

    void start_due() {
        for (Child& child : children_) {
            if (child.pid == 0 && !child.has_ended && !is_stopping_ && Clock::now() >= child.due) {
                start(child);
            }
        }
    }

    void start(Child& child) {
        std::vector<std::string> words{shell_.executable.string(), "run"};
        words.insert(words.end(), arguments_.begin(), arguments_.end());
        for (const std::string& word : {std::string{"--worker"},
                                        child.worker,
                                        std::string{"--links-in"},
                                        folder_.string(),
                                        std::string{"--report"},
                                        report_of(child).string()}) {
            words.push_back(word);
        }
        std::vector<char*> argv;
        argv.reserve(words.size() + 1);
        for (std::string& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        const pid_t parent = ::getpid();
        child.started = Clock::now();
        child.is_told = false;
        child.pid = ::fork();
        if (child.pid == 0) {
            // Whoever kills the supervisor stops its workers: they drain by themselves.
            ::prctl(PR_SET_PDEATHSIG, SIGTERM);
            // A Ctrl-C in the terminal is the supervisor's: it stops one after the other.
            ::setpgid(0, 0);
            if (::getppid() != parent) {
                ::_exit(kExecFailed);
            }
            sigset_t none;
            sigemptyset(&none);
            pthread_sigmask(SIG_SETMASK, &none, nullptr);
            ::execv(argv.front(), argv.data());
            ::_exit(kExecFailed);
        }
        if (child.pid < 0) {
            child.pid = 0;
            died(child, "it could not be started");
            return;
        }
        log_.info("worker_started",
                  {{"worker", child.worker}, {"process", std::to_string(child.pid)}});
    }

    timespec next_pause() const {
        Clock::duration pause = std::chrono::seconds(3600);
        for (const Child& child : children_) {
            if (child.pid == 0 && !child.has_ended) {
                pause = std::min(pause, std::max(child.due - Clock::now(), Clock::duration{0}));
            }
        }
        const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(pause).count();
        return {ns / 1'000'000'000, ns % 1'000'000'000};
    }

    void reap() {
        for (Child& child : children_) {
            int status = 0;
            if (child.pid == 0 || ::waitpid(child.pid, &status, WNOHANG) != child.pid) {
                continue;
            }
            child.pid = 0;
            if (WIFEXITED(status)) {
                exited(child, WEXITSTATUS(status));
            } else {
                died(child, fmt::format("signal {}", WTERMSIG(status)));
            }
        }
    }

    void exited(Child& child, int code) {
        std::error_code none;
        const bool has_run = std::filesystem::exists(report_of(child), none);
        const bool is_over = code == kOk || code == kFindings || code == kNotDrained;
        if (has_run && is_over) {
            child.has_ended = true;
            child.code = code;
            log_.info("worker_ended", {{"worker", child.worker}, {"code", std::to_string(code)}});
        } else if (code == kInternal || code == kUnavailable || code == kIo) {
            died(child, fmt::format("exit code {}", code));
        } else {
            // It will not start next time either.
            child.has_ended = true;
            child.code = code;
            log_.error("worker_refused",
                       {{"worker", child.worker}, {"code", std::to_string(code)}});
            is_stopping_ = true;
        }
    }

    void died(Child& child, const std::string& how) {
        if (is_stopping_ || child.is_told) {
            child.has_ended = true;
            child.code = kNotDrained;
            log_.error("worker_died", {{"worker", child.worker}, {"how", how}});
            return;
        }
        child.failures =
            Clock::now() - child.started >= kLongRun ? 0 : std::min(child.failures + 1, 1000);
        const auto pause = kFirstPause * (1 << std::clamp(child.failures - 1, 0, kMostDoublings));
        child.due = Clock::now() + pause;
        log_.error("worker_died",
                   {{"worker", child.worker},
                    {"how", how},
                    {"again_in_ms", std::to_string(pause.count())}});
    }

    LocalRun end() const {
        LocalRun run;
        for (const Child& child : children_) {
            run.code = std::max(run.code, child.code);
            auto reports = read_reports(report_of(child));
            if (!reports.ok()) {
                continue;
            }
            for (runtime::PipelineReport& report : *reports) {
                report.name += "/" + child.worker;
                run.reports.push_back(std::move(report));
            }
        }
        return run;
    }

    const Shell& shell_;
    const pipeline::PipelineSpec& spec_;
    const std::vector<std::string>& arguments_;
    base::Log& log_;
    const std::filesystem::path folder_;
    std::vector<Child> children_;
    bool is_stopping_ = false;
};

}  // namespace

Result<LocalRun> run_local_workers(const Shell& shell,
                                   const pipeline::PipelineSpec& spec,
                                   const std::vector<std::string>& arguments,
                                   base::Log& log) {
    std::error_code error;
    const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
    std::string folder = ((error ? "/tmp" : temporary) / "aorta-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
        return Error{ErrorCode::Unavailable,
                     "cannot make a folder for the links: " + std::system_category().message(errno),
                     folder};
    }
    LocalRun run = Supervisor(shell, spec, arguments, log, folder).run();
    std::filesystem::remove_all(folder, error);
    return run;
}

}  // namespace aorta::app
