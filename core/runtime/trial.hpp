// Trial: one processor of a pipeline by itself, offline, to see what it does to records.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/diagnostic.hpp"
#include "pipeline/spec.hpp"

#include <aorta/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::runtime {

/// What a processor made of one record.
struct TrialResult {
    struct Record {
        std::string port;
        std::string payload;
    };

    std::vector<Record> records;  // what left by its ports
    std::string fate;  // when not all of it was delivered: "dead-lettered", "filtered" …
    std::string reason;
    std::string where;
};

/// Holds the processor between a source and sinks of its own, with the pipeline's tables. The clock
/// stands still. One thread.
class Trial {
public:
    /// Loads the plugin and starts it. `node` is a processor of the pipeline. Problems go to
    /// `diagnostics`.
    static Result<std::unique_ptr<Trial>> create(const pipeline::PipelineSpec& spec,
                                                 const pipeline::NodeSpec& node,
                                                 base::Nanoseconds now,
                                                 base::Log& log,
                                                 config::Diagnostics& diagnostics);
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;
    ~Trial();

    TrialResult run(std::string_view payload, std::string_view file);

private:
    struct State;
    explicit Trial(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace aorta::runtime
