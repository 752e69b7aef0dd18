// Synthetic messages as a source.
#pragma once

#include "common/reading/feeder.hpp"
#include "common/synthetic/generator.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <thread>

namespace aorta::plugins::generate {

struct Settings {
    synthetic::Settings traffic = {};
    std::uint64_t count = 0;     ///< 0: no end
    double rate_per_second = 0;  ///< 0: as fast as the pipeline takes them
    bool uses_wall_clock = false;
};

/// Makes messages on a thread of its own.
class GenerateSource : public Source {
public:
    GenerateSource(Settings settings, Host host);

    ~GenerateSource() override { stop(); }

    Result<void> start() override;
    void stop() override;

    void on_credit() override { feeder_.on_credit(); }

private:
    void run();
    bool wait_until_due(std::uint64_t made, Nanoseconds started);

    Settings settings_;
    Host host_;
    reading::Feeder feeder_;
    std::jthread maker_;
};

}  // namespace aorta::plugins::generate
