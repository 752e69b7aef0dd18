#include "source/stdin/stdin_source.hpp"

#include "common/files/error.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace aorta::plugins::stdin_source {

StdinSource::StdinSource(Settings settings, int fd, Host host)
    : settings_(settings),
      fd_(fd),
      host_(host),
      content_type_(host.intern(reading::content_type_of(settings.format))),
      batch_attribute_(host.intern("batch")),
      findings_(host),
      feeder_(host) {}

Result<void> StdinSource::start() {
    reader_ = std::jthread{[this] { run(); }};
    return {};
}

void StdinSource::stop() {
    feeder_.stop();
    if (reader_.joinable()) {
        reader_.join();
    }
}

void StdinSource::run() {
    reading::Splitter splitter{
        settings_.format, settings_.max_record_bytes, 0, [this](const reading::Piece& piece) {
            take(piece);
        }};
    while (read_some(splitter)) {
        feeder_.flush();
    }
    if (feeder_.is_stopping()) {
        return;  // what is held of a record was never in
    }
    splitter.finish();
    feeder_.flush();
    host_.finished();
}

// False at the end of the stream and when stopped.
bool StdinSource::read_some(reading::Splitter& splitter) {
    std::array<pollfd, 2> ready = {{{fd_, POLLIN, 0}, {feeder_.stop_fd(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0) {
        return errno == EINTR;
    }
    if (ready[1].revents != 0) {
        return false;
    }
    std::array<char, std::size_t{64} << 10U>
        chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const ssize_t count = ::read(fd_, chunk.data(), chunk.size());
    if (count > 0) {
        splitter.feed({chunk.data(), static_cast<std::size_t>(count)});
        return !feeder_.is_stopping();
    }
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
        return true;
    }
    if (count < 0) {
        const Error error = files::errno_error(errno, "read standard input", {});
        host_.log(AORTA_LOG_ERROR, "read_failed", {{"file", "-"}, {"error", error.message}});
    }
    return false;
}

void StdinSource::take(const reading::Piece& piece) {
    using Kind = reading::Piece::Kind;
    if (piece.kind != Kind::Record) {
        findings_.report(piece, "-");
    }
    if (piece.kind != Kind::Record && piece.kind != Kind::TooLarge &&
        piece.kind != Kind::EndInside) {
        return;
    }
    Draft draft;
    draft.content_type = content_type_;
    draft.position = piece.begin;
    draft.connection = 1;
    if (piece.kind == Kind::TooLarge) {
        feeder_.refuse(draft, ErrorCode::ResourceExhausted, kTooLarge);
        return;
    }
    if (piece.kind == Kind::EndInside) {
        feeder_.refuse(draft, ErrorCode::InvalidData, kEndInside);
        return;
    }
    if (!piece.batch.empty()) {
        draft.attributes.emplace_back(batch_attribute_, piece.batch);
    }
    feeder_.add(piece.bytes, std::move(draft));
}

}  // namespace aorta::plugins::stdin_source
