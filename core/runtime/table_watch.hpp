// TableWatch: looks now and then whether the files of a pipeline's tables have changed.
#pragma once

#include "base/log.hpp"
#include "metrics/registry.hpp"
#include "tables/store.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace aorta::runtime {

/// Owns a thread from construction on that looks once a second. Tells the log and counts
/// aorta_table_reloads_total{pipeline,table,outcome}.
class TableWatch {
public:
    /// All of them outlive it.
    TableWatch(tables::Store& store,
               std::string pipeline,
               base::Log& log,
               metrics::Registry& metrics);
    TableWatch(const TableWatch&) = delete;
    TableWatch& operator=(const TableWatch&) = delete;
    ~TableWatch();

private:
    void watch(const std::stop_token& stop);
    void tell(const tables::Reload& reload);

    tables::Store& store_;
    const std::string pipeline_;
    base::Log& log_;
    metrics::Registry& metrics_;
    std::mutex mutex_;  // for changed_ only
    std::condition_variable_any changed_;
    std::jthread thread_;
};

}  // namespace aorta::runtime
