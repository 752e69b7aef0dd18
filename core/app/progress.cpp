#include "app/progress.hpp"

#include "app/ledger_text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

namespace aorta::app {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(500);

}  // namespace

Progress::Progress(Console& console, const runtime::Worker& worker, const base::Clock& clock)
    : console_(console), worker_(worker), clock_(clock) {
    if (console_.is_lively()) {
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
}

Progress::~Progress() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
    console_.progress({});
}

void Progress::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    base::Nanoseconds last = clock_.steady();
    while (!stop_.wait_for(lock, stop, kInterval, [&] { return stop.stop_requested(); })) {
        const base::Nanoseconds now = clock_.steady();
        console_.progress(line(std::chrono::duration<double>(now - last).count()));
        last = now;
    }
}

std::string Progress::line(double seconds) {
    delivery::LedgerCounts sum;
    std::string trouble;
    for (const runtime::PipelineStatus& status : worker_.status()) {
        sum += status.ledger;
        for (const runtime::SinkStatus& sink : status.sinks) {
            if (sink.health.is_down) {
                trouble += fmt::format("  {} is down ({})", sink.node, sink.health.reason);
            }
        }
        if (!status.dead_letters_trouble.empty()) {
            trouble += "  dead letters cannot be stored";
        }
    }
    const std::uint64_t settled = sum.in - sum.held;
    const double rate =
        static_cast<double>(settled - std::min(settled, last_settled_)) / std::max(seconds, 1e-3);
    last_settled_ = settled;
    return fmt::format("in {}  delivered {}  filtered {}  dead-lettered {}  held {}  {}/s{}",
                       grouped(sum.in),
                       grouped(sum.delivered),
                       grouped(sum.filtered),
                       grouped(sum.dead_lettered),
                       grouped(sum.held),
                       grouped(static_cast<std::uint64_t>(std::llround(rate))),
                       trouble);
}

}  // namespace aorta::app
