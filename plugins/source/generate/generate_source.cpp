#include "source/generate/generate_source.hpp"

#include <algorithm>
#include <string>

namespace aorta::plugins::generate {

GenerateSource::GenerateSource(Settings settings, Host host)
    : settings_(settings), host_(host), feeder_(host) {}

Result<void> GenerateSource::start() {
    maker_ = std::jthread{[this] { run(); }};
    return {};
}

void GenerateSource::stop() {
    feeder_.stop();
    if (maker_.joinable()) {
        maker_.join();
    }
}

void GenerateSource::run() {
    synthetic::Generator generator{settings_.traffic};
    const std::uint32_t content_type = host_.intern("bytes");
    const Nanoseconds started = host_.steady();
    std::string message;
    for (std::uint64_t made = 0; settings_.count == 0 || made < settings_.count; ++made) {
        if (!wait_until_due(made, started)) {
            return;
        }
        if (settings_.uses_wall_clock) {
            generator.next_at(host_.now().count(), message);
        } else {
            generator.next(message);
        }
        Draft draft;
        draft.content_type = content_type;
        draft.event_time = Nanoseconds{generator.time_ns()};
        draft.position = made;
        draft.connection = 1;
        if (!feeder_.add(message, std::move(draft))) {
            return;
        }
    }
    feeder_.flush();
    host_.finished();
}

// False when stopped.
bool GenerateSource::wait_until_due(std::uint64_t made, Nanoseconds started) {
    if (settings_.rate_per_second <= 0) {
        return true;
    }
    const auto since_start =
        std::chrono::duration<double>(static_cast<double>(made) / settings_.rate_per_second);
    const Nanoseconds due = started + std::chrono::duration_cast<Nanoseconds>(since_start);
    for (Nanoseconds now = host_.steady(); now < due; now = host_.steady()) {
        feeder_.flush();
        // Looked at again now and then: the host's clock may be moved by a test.
        constexpr Nanoseconds kLook = std::chrono::milliseconds(20);
        if (!feeder_.wait(std::min(due - now, kLook))) {
            return false;
        }
    }
    return true;
}

}  // namespace aorta::plugins::generate
