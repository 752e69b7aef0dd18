#include "isolation/process.hpp"

#include "isolation/guest.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

namespace aorta::isolation {
namespace {

// A batch of 64 records and what comes of it, without a wait in between.
constexpr int kSocketBytes = 1 << 20;

/// posix_spawn's two objects.
class Spawning {
public:
    Spawning() {
        ::posix_spawn_file_actions_init(&files_);
        ::posix_spawnattr_init(&attributes_);
    }

    Spawning(const Spawning&) = delete;
    Spawning& operator=(const Spawning&) = delete;

    ~Spawning() {
        ::posix_spawn_file_actions_destroy(&files_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    /// 0 or an error number.
    int run(pid_t& pid, int socket) {
        // What a crash prints may hold patient data.
        for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
            ::posix_spawn_file_actions_addopen(&files_, standard, "/dev/null", O_RDWR, 0);
        }
        ::posix_spawn_file_actions_adddup2(&files_, socket, kGuestFd);
        ::posix_spawn_file_actions_addclosefrom_np(&files_, kGuestFd + 1);
        sigset_t none;
        sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        // A Ctrl-C in the terminal is the worker's.
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        std::string program{"aorta"};
        std::string word{kGuestWord};
        std::array<char*, 3> arguments{program.data(), word.data(), nullptr};
        std::array<char*, 1> environment{nullptr};
        return ::posix_spawn(
            &pid, "/proc/self/exe", &files_, &attributes_, arguments.data(), environment.data());
    }

private:
    posix_spawn_file_actions_t files_;
    posix_spawnattr_t attributes_;
};

Error cannot(int error) {
    return {ErrorCode::Unavailable,
            "cannot start a process for the plugin: " + std::generic_category().message(error)};
}

}  // namespace

Result<std::unique_ptr<GuestProcess>> GuestProcess::start() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return cannot(errno);
    }
    for (const int end : ends) {
        ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kSocketBytes, sizeof kSocketBytes);
    }
    pid_t pid = 0;
    // Out of the way of those that the process gets; a dup2 onto itself would leave it
    // close-on-exec.
    const int theirs =
        ends[1] <= kGuestFd ? ::fcntl(ends[1], F_DUPFD_CLOEXEC, kGuestFd + 1) : ends[1];
    const int error = theirs < 0 ? errno : Spawning{}.run(pid, theirs);
    ::close(ends[1]);
    if (theirs >= 0 && theirs != ends[1]) {
        ::close(theirs);
    }
    if (error != 0) {
        ::close(ends[0]);
        return cannot(error);
    }
    return std::make_unique<GuestProcess>(pid, ends[0]);
}

GuestProcess::~GuestProcess() {
    static_cast<void>(end());
}

Ending GuestProcess::end() {
    if (pid_ == 0) {
        return {};
    }
    int status = 0;
    ::kill(pid_, SIGKILL);  // says nothing to one that is ending
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return WIFSIGNALED(status) ? Ending{true, WTERMSIG(status)}
                               : Ending{false, WEXITSTATUS(status)};
}

}  // namespace aorta::isolation
