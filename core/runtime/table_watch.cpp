#include "runtime/table_watch.hpp"

#include <chrono>
#include <utility>

namespace aorta::runtime {
namespace {

constexpr auto kBetweenLooks = std::chrono::seconds(1);

}  // namespace

TableWatch::TableWatch(tables::Store& store,
                       std::string pipeline,
                       base::Log& log,
                       metrics::Registry& metrics)
    : store_(store),
      pipeline_(std::move(pipeline)),
      log_(log),
      metrics_(metrics),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

TableWatch::~TableWatch() {
    thread_.request_stop();
    changed_.notify_all();
}

void TableWatch::watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, stop, kBetweenLooks, [&] { return stop.stop_requested(); })) {
        for (const tables::Reload& reload : store_.reload_changed()) {
            tell(reload);
        }
    }
}

void TableWatch::tell(const tables::Reload& reload) {
    const std::string outcome = reload.is_new ? "loaded" : reload.is_gone ? "gone" : "refused";
    metrics_
        .counter("aorta_table_reloads_total",
                 {{"pipeline", pipeline_}, {"table", reload.table}, {"outcome", outcome}},
                 "Tables whose file had changed.")
        .add(1);
    if (reload.is_new) {
        log_.info("table_loaded",
                  {{"pipeline", pipeline_}, {"table", reload.table}, {"rows", reload.rows}});
    }
    const bool is_refused = !reload.is_new && !reload.is_gone;
    for (const config::Diagnostic& problem : reload.problems.sorted()) {
        const std::initializer_list<base::LogField> fields{{"pipeline", pipeline_},
                                                           {"table", reload.table},
                                                           {"file", problem.at.file},
                                                           {"line", problem.at.line},
                                                           {"problem", problem.message}};
        if (is_refused) {
            log_.error("table_refused", fields);
        } else {
            log_.warn(reload.is_gone ? "table_file_gone" : "table_doubtful", fields);
        }
    }
}

}  // namespace aorta::runtime
