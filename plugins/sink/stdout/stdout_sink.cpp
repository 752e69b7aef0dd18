#include "sink/stdout/stdout_sink.hpp"

#include <signal.h>

#include <cerrno>

namespace aorta::plugins::stdout_sink {

namespace {

// Holds SIGPIPE back from this thread while it writes, and takes away the one that a write raised.
class PipeSignalHeld {
public:
    PipeSignalHeld() {
        ::sigemptyset(&pipe_);
        ::sigaddset(&pipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }

    PipeSignalHeld(const PipeSignalHeld&) = delete;
    PipeSignalHeld& operator=(const PipeSignalHeld&) = delete;

    ~PipeSignalHeld() {
        if (::sigismember(&before_, SIGPIPE) == 0) {
            const timespec at_once = {};
            ::sigtimedwait(&pipe_, nullptr, &at_once);
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

private:
    sigset_t pipe_ = {};
    sigset_t before_ = {};
};

}  // namespace

void StdoutSink::consume(std::span<const Delivery> deliveries) {
    bytes_.clear();
    ends_.clear();
    for (const Delivery& delivery : deliveries) {
        files::append_record(
            delivery.record().payload(), settings_.line_ends, settings_.separator, bytes_);
        ends_.push_back(bytes_.size());
    }
    const files::Written written = [&] {
        const PipeSignalHeld held;
        return files::write_all(fd_, bytes_);
    }();
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        if (written.error == 0 || ends_[i] <= written.bytes) {
            deliveries[i].done();
        } else {
            // Neither comes back: the stream was given to this process, and cannot be opened anew.
            deliveries[i].fail(ErrorCode::Cancelled, written.error == EPIPE ? kClosed : kIoError);
        }
    }
}

}  // namespace aorta::plugins::stdout_sink
