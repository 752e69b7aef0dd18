#include "app/plugin_check.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace aorta::app {
namespace {

constexpr unsigned kSecondsAtMost = 60;

/// The child: findings go to the pipe, one a line.
[[noreturn]] void run_child(int to, const std::filesystem::path& file, const testing::Plan& plan) {
    ::alarm(kSecondsAtMost);
    const std::vector<testing::Finding> findings = testing::check_plugin(file, plan);
    std::string text = testing::to_text(findings);
    const char* data = text.data();
    std::size_t left = text.size();
    while (left > 0) {
        const ssize_t wrote = ::write(to, data, left);
        if (wrote <= 0) {
            std::_Exit(2);
        }
        data += wrote;
        left -= static_cast<std::size_t>(wrote);
    }
    std::_Exit(findings.empty() ? 0 : 1);
}

std::string read_all(int from) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (true) {
        const ssize_t got = ::read(from, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

PluginCheck check_plugin_apart(const std::filesystem::path& file, const testing::Plan& plan) {
    int ends[2];
    if (::pipe(ends) != 0) {
        return {false, fmt::format("host.pipe: {}\n", std::generic_category().message(errno))};
    }
    const pid_t child = ::fork();
    if (child < 0) {
        return {false, fmt::format("host.fork: {}\n", std::generic_category().message(errno))};
    }
    if (child == 0) {
        ::close(ends[0]);
        run_child(ends[1], file, plan);
    }
    ::close(ends[1]);
    PluginCheck check;
    check.text = read_all(ends[0]);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    check.passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        check.text += fmt::format("plugin.hangs: no end after {} s\n", kSecondsAtMost);
    } else if (WIFSIGNALED(status)) {
        const char* name = ::sigabbrev_np(WTERMSIG(status));
        check.text += fmt::format(
            "plugin.crashes: signal {} (SIG{})\n", WTERMSIG(status), name == nullptr ? "?" : name);
    } else if (!check.passed && check.text.empty()) {
        check.text = fmt::format("plugin.exits: with code {}\n", WEXITSTATUS(status));
    }
    return check;
}

}  // namespace aorta::app
