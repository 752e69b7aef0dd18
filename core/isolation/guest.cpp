#include "isolation/guest.hpp"

#include "host/instance.hpp"
#include "host/library.hpp"
#include "isolation/guest_host.hpp"
#include "transport/wire.hpp"

#include <malloc.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace aorta::isolation {
namespace {

constexpr std::uint64_t kAnyFrame = ~std::uint64_t{0};

/// Of address space, now.
std::uint64_t memory_taken() {
    unsigned long pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%lu", &pages) != 1) {
            pages = 0;
        }
        static_cast<void>(std::fclose(file));
    }
    return std::uint64_t{pages} * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Ends the process when the worker is gone, whatever the plugin does meanwhile.
void watch_for_the_end(int fd) {
    std::thread([fd] {
        pollfd socket{fd, POLLRDHUP, 0};
        while (::poll(&socket, 1, -1) <= 0) {
        }
        std::_Exit(EXIT_SUCCESS);
    }).detach();
}

Clocks read_clocks(transport::WireReader& in) {
    const auto now_ns = static_cast<std::int64_t>(in.fixed());
    return {now_ns, static_cast<std::int64_t>(in.fixed())};
}

class Guest {
public:
    explicit Guest(int fd) : channel_(fd) {}

    int run() {
        const auto first = channel_.receive(kAnyFrame);
        if (!first.ok() || first->kind != FrameKind::Open || !open(*first)) {
            return EXIT_FAILURE;
        }
        while (answer()) {
            const auto frame = channel_.receive(kAnyFrame);
            if (!frame.ok()) {
                return EXIT_SUCCESS;
            }
            call(*frame);
        }
        return EXIT_FAILURE;
    }

private:
    bool answer() { return channel_.send(FrameKind::Answer, host_->take()).ok(); }

    /// False when not even an answer can be given.
    bool open(const Frame& frame) {
        transport::WireReader in{frame.body};
        const Clocks clocks = read_clocks(in);
        auto opening = read_opening(in.rest());
        if (!opening.ok()) {
            return false;
        }
        opening_ = std::move(*opening);
        host_.emplace(channel_, opening_);
        host_->begin(clocks);
        const auto confined = sandbox::confine(
            opening_.permissions, {.memory_bytes = memory_taken() + opening_.memory_bytes});
        end(confined.ok() ? load() : confined);
        return true;
    }

    Result<void> load() {
        auto library = host::load(opening_.plugin);
        if (!library.ok()) {
            return library.error();
        }
        if (opening_.only_checks) {
            host::check_options(
                **library, opening_.options, opening_.at, findings_, host_->tables());
            return {};
        }
        auto made = host::Instance::create(
            std::move(*library), host_->abi(), std::move(opening_.options), opening_.at, findings_);
        if (!made.ok()) {
            return made.error();
        }
        instance_ = std::move(*made);
        if (instance_->state_version()) {
            host_->add({.deed = Deed::HasState});
        }
        return {};
    }

    void call(const Frame& frame) {
        transport::WireReader in{frame.body};
        const Clocks clocks = read_clocks(in);
        if (!in.is_good() || !instance_) {
            std::_Exit(EXIT_FAILURE);
        }
        host_->begin(clocks);
        switch (frame.kind) {
            case FrameKind::Start:
                end(instance_->start(opening_.at, findings_));
                break;
            case FrameKind::Process:
                end(process(in.rest()));
                break;
            case FrameKind::Timer:
                end(instance_->on_timer(*host_->out(), clocks.steady_ns));
                break;
            case FrameKind::Stop:
                end(instance_->stop(host_->out()));
                break;
            default:
                std::_Exit(EXIT_FAILURE);
        }
    }

    Result<void> process(std::string_view body) {
        const auto batch = host_->batch(body);
        return batch.ok() ? instance_->process(*batch) : Result<void>{batch.error()};
    }

    /// How the call ended, and what was found in it.
    void end(const Result<void>& result) {
        for (const config::Diagnostic& each : findings_.sorted()) {
            host_->add({.deed = Deed::Finding,
                        .record = each.at.line,
                        .before = each.at.column,
                        .kind = static_cast<std::uint64_t>(each.severity),
                        .name = each.message,
                        .bytes = each.hint,
                        .where = each.at.file});
        }
        findings_ = {};
        if (!result.ok()) {
            host_->add({.deed = Deed::Result,
                        .number = static_cast<std::uint64_t>(result.error().code),
                        .name = result.error().message});
        }
    }

    Channel channel_;
    Opening opening_;
    config::Diagnostics findings_;
    std::optional<GuestHost> host_;
    std::unique_ptr<host::Instance> instance_;
};

}  // namespace

int run_guest() {
    // Who stops the worker by a signal to all of its group means the worker, which still needs this
    // process to drain.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        static_cast<void>(std::signal(signal, SIG_IGN));
    }
    // Each further heap takes address space, of which there is little.
    ::mallopt(M_ARENA_MAX, 2);  // NOLINT(concurrency-mt-unsafe): no other thread yet
    // Whatever catches std::bad_alloc would go on with memory that leaks.
    std::set_new_handler([] { std::_Exit(kExitOutOfMemory); });
    watch_for_the_end(kGuestFd);
    Guest guest{kGuestFd};
    std::_Exit(guest.run());  // the plugin's own ends are its own business
}

}  // namespace aorta::isolation
