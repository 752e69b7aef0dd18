#include "runtime/pipeline_node.hpp"

#include <cstdlib>

namespace aorta::runtime {
namespace {

constexpr int kExitInternal = 70;

}  // namespace

StartWatchdog::StartWatchdog(base::Log& log, const pipeline::PipelineSpec& spec)
    : log_(log), spec_(spec), thread_([this](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!stop.stop_requested()) {
              const std::uint64_t round = rounds_;
              const bool moved = changed_.wait_for(
                  lock, stop, spec_.start_deadline, [&] { return rounds_ != round; });
              if (!moved && !stop.stop_requested() && !node_.empty()) {
                  log_.error("plugin_hangs",
                             {{"pipeline", spec_.name},
                              {"node", node_},
                              {"plugin", plugin_},
                              {"in", doing_},
                              {"deadline_ms", spec_.start_deadline.count() / 1'000'000}});
                  std::_Exit(kExitInternal);
              }
          }
      }) {}

StartWatchdog::~StartWatchdog() {
    thread_.request_stop();
    thread_.join();
}

void StartWatchdog::watch(const pipeline::NodeSpec& node, std::string_view doing) {
    {
        const std::scoped_lock lock(mutex_);
        node_ = node.name;
        plugin_ = node.descriptor.id;
        doing_ = doing;
        ++rounds_;
    }
    changed_.notify_one();
}

}  // namespace aorta::runtime
