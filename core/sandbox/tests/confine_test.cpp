#include "sandbox/confine.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

namespace aorta::sandbox {
namespace {

constexpr int kNotConfined = 200;

/// What `attempt` says in a process that is confined: 0 when it worked, else the errno.
int in_confinement(const std::function<int()>& attempt, const Permissions& permissions = {}) {
    const pid_t child = ::fork();
    if (child == 0) {
        const bool is_confined = confine(permissions, {.memory_bytes = 256U << 20U}).ok();
        ::_exit(is_confined ? attempt() : kNotConfined);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int error_of(long result) {
    return result < 0 ? errno : 0;
}

bool has_filters() {
    const std::uint32_t action = SECCOMP_RET_ERRNO;
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

class Confine : public testing::Test {
protected:
    void SetUp() override {
        if (!has_filters()) {
            GTEST_SKIP() << "this kernel has no seccomp filters";
        }
    }

    Confine() {
        std::string name =
            (std::filesystem::temp_directory_path() / "aorta-confine-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        std::ofstream{folder + "/here"} << "text";
    }

    void TearDown() override { std::filesystem::remove_all(folder); }

    int opens(const std::string& name, int flags, const Permissions& permissions = {}) {
        return in_confinement(
            [&] { return error_of(::open((folder + "/" + name).c_str(), flags, 0600)); },
            permissions);
    }

    std::string folder;
};

TEST_F(Confine, DeniesTheNetwork) {
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {
        EXPECT_EQ(in_confinement([&] { return error_of(::socket(family, SOCK_STREAM, 0)); }), EPERM)
            << family;
    }
}

TEST_F(Confine, DeniesOtherProgramsAndProcesses) {
    EXPECT_EQ(in_confinement([] { return error_of(::execl("/bin/true", "true", nullptr)); }),
              EPERM);
    EXPECT_EQ(in_confinement([] { return error_of(::fork()); }), EPERM);
    EXPECT_EQ(in_confinement([] { return error_of(::kill(::getppid(), 0)); }), EPERM);
    EXPECT_EQ(
        in_confinement([] { return error_of(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }),
        EPERM);
    EXPECT_EQ(in_confinement([] { return error_of(::syscall(SYS_memfd_create, "x", 0)); }), EPERM);
}

TEST_F(Confine, LetsFilesBeReadAndNotChanged) {
    EXPECT_EQ(opens("here", O_RDONLY), 0);
    EXPECT_EQ(opens("here", O_WRONLY), EPERM);
    EXPECT_EQ(opens("here", O_RDWR), EPERM);
    EXPECT_EQ(opens("here", O_RDONLY | O_TRUNC), EPERM);
    EXPECT_EQ(opens("new", O_RDONLY | O_CREAT), EPERM);
    EXPECT_EQ(opens("", O_TMPFILE | O_RDWR), EPERM);
    const std::string here = folder + "/here";
    EXPECT_EQ(in_confinement([&] { return error_of(::unlink(here.c_str())); }), EPERM);
    EXPECT_EQ(in_confinement([&] { return error_of(::truncate(here.c_str(), 0)); }), EPERM);
    EXPECT_EQ(in_confinement([&] { return error_of(::chmod(here.c_str(), 0777)); }), EPERM);
    EXPECT_EQ(in_confinement(
                  [&] { return error_of(::rename(here.c_str(), (folder + "/there").c_str())); }),
              EPERM);
    EXPECT_EQ(in_confinement([&] { return error_of(::mkdir((folder + "/sub").c_str(), 0700)); }),
              EPERM);
    EXPECT_EQ(std::filesystem::file_size(here), 4);
}

TEST_F(Confine, PermissionsAddWhatTheySay) {
    EXPECT_EQ(opens("new", O_WRONLY | O_CREAT, {.writes_files = true}), 0);
    const auto makes_socket = [] { return error_of(::socket(AF_INET, SOCK_STREAM, 0)); };
    EXPECT_EQ(in_confinement(makes_socket, {.writes_files = true}), EPERM);
    EXPECT_EQ(in_confinement(makes_socket, {.has_network = true}), 0);
    EXPECT_EQ(opens("here", O_WRONLY, {.has_network = true}), EPERM);
}

TEST_F(Confine, LeavesWhatAPluginNeeds) {
    EXPECT_EQ(in_confinement([] {
                  int sum = 0;
                  std::thread{[&] { sum = 1; }}.join();
                  return 1 - sum;
              }),
              0);
    EXPECT_EQ(in_confinement([&] {
                  std::string text;
                  std::ifstream{folder + "/here"} >> text;
                  return text == "text" ? 0 : 1;
              }),
              0);
    EXPECT_EQ(in_confinement([] {
                  std::raise(SIGABRT);  // a crash is a crash
                  return 0;
              }),
              -SIGABRT);
}

TEST_F(Confine, BoundsMemory) {
    EXPECT_EQ(in_confinement([] {
                  return ::mmap(nullptr,
                                1U << 30U,
                                PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS,
                                -1,
                                0) == MAP_FAILED
                             ? errno
                             : 0;
              }),
              ENOMEM);
}

}  // namespace
}  // namespace aorta::sandbox
