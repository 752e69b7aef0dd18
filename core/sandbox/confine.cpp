#include "sandbox/confine.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>

namespace aorta::sandbox {
namespace {

// Memory, time, threads, waiting, and what is open.
constexpr int kComputing[] = {
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(nanosleep),
    SCMP_SYS(time),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(futex),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(getcpu),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getegid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getuid),
    SCMP_SYS(getrandom),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_yield),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(close),
    SCMP_SYS(dup),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(eventfd2),
    SCMP_SYS(lseek),
    SCMP_SYS(pipe2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(shutdown),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(write),
    SCMP_SYS(writev),
};

constexpr int kReadingFiles[] = {
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents64),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(stat),
    SCMP_SYS(statfs),
    SCMP_SYS(statx),
};

constexpr int kWritingFiles[] = {
    SCMP_SYS(fallocate),
    SCMP_SYS(fchmod),
    SCMP_SYS(fdatasync),
    SCMP_SYS(flock),
    SCMP_SYS(fsync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(pwrite64),
    SCMP_SYS(pwritev),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
};

constexpr int kNetwork[] = {
    SCMP_SYS(accept4),
    SCMP_SYS(bind),
    SCMP_SYS(connect),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(listen),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(setsockopt),
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
};

struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
};

/// A filter that denies what it was not told to allow.
class Filter {
public:
    Filter() : filter_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
        note(filter_ ? seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_TSYNC, 1) : -ENOMEM);
    }

    template <std::size_t size>
    void allow(const int (&calls)[size]) {
        for (const int call : calls) {
            note(seccomp_rule_add(filter_.get(), SCMP_ACT_ALLOW, call, 0));
        }
    }

    void allow_if(int call, const scmp_arg_cmp& condition) {
        note(seccomp_rule_add_array(filter_.get(), SCMP_ACT_ALLOW, call, 1, &condition));
    }

    /// As on a kernel that has not heard of it: glibc then does without.
    void hide(int call) { note(seccomp_rule_add(filter_.get(), SCMP_ACT_ERRNO(ENOSYS), call, 0)); }

    /// 0, or the first error.
    int load() {
        if (error_ == 0) {
            note(seccomp_load(filter_.get()));
        }
        return error_;
    }

private:
    void note(int result) {
        if (error_ == 0 && result < 0) {
            error_ = -result;
        }
    }

    std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, Release> filter_;
    int error_ = 0;
};

void allow_with_arguments(Filter& filter, const Permissions& permissions) {
    filter.allow_if(SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    filter.allow_if(SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid())));
    filter.allow_if(SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC}) {
        filter.allow_if(SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
    }
    // To ask, not to set.
    filter.allow_if(SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0));
    // Their arguments lie in memory, where a filter cannot look.
    filter.hide(SCMP_SYS(clone3));
    filter.hide(SCMP_SYS(openat2));
    if (!permissions.writes_files) {
        constexpr scmp_datum_t kChanges = O_ACCMODE | O_CREAT | O_TRUNC;
        filter.allow_if(SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, kChanges, O_RDONLY));
        filter.allow_if(SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, kChanges, O_RDONLY));
    }
}

bool limit(__rlimit_resource resource, std::uint64_t most) {
    const rlimit bound{most, most};
    return ::setrlimit(resource, &bound) == 0;
}

Error cannot(const char* what, int error) {
    return {ErrorCode::Unavailable,
            std::string{"this process cannot be confined: "} + what + ": " +
                std::generic_category().message(error)};
}

}  // namespace

Result<void> confine(const Permissions& permissions, const Limits& limits) {
    if (!limit(RLIMIT_AS, limits.memory_bytes) || !limit(RLIMIT_NOFILE, limits.open_files) ||
        !limit(RLIMIT_CORE, 0)) {
        return cannot("setrlimit", errno);
    }
    // No one else may look into it.
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_DUMPABLE, 0) != 0) {
        return cannot("prctl", errno);
    }
    Filter filter;
    filter.allow(kComputing);
    filter.allow(kReadingFiles);
    if (permissions.writes_files) {
        filter.allow(kWritingFiles);
    }
    if (permissions.has_network) {
        filter.allow(kNetwork);
    }
    allow_with_arguments(filter, permissions);
    if (const int error = filter.load(); error != 0) {
        return cannot("seccomp", error);
    }
    return {};
}

}  // namespace aorta::sandbox
