#include "delivery/storage.hpp"

#include <chrono>
#include <condition_variable>

namespace aorta::delivery {

Result<std::unique_ptr<Storage>> Storage::open(spool::Spool::Settings settings,
                                               spool::Keys keys,
                                               Services services) {
    std::unique_ptr<Storage> made{new Storage(services)};
    auto opened =
        spool::Spool::open(std::move(settings),
                           std::move(keys),
                           {services.files,
                            services.clock,
                            services.log,
                            [storage = made.get()](spool::StreamId stream, std::uint64_t end) {
                                storage->on_durable(stream, end);
                            }});
    if (!opened.ok()) {
        return opened.error();
    }
    made->spool_ = std::move(*opened);
    return made;
}

Storage::~Storage() {
    loader_ = {};
    spool_.reset();  // its writer still tells the watchers
}

void Storage::watch(spool::StreamId stream, std::function<void(std::uint64_t)> told) {
    const std::scoped_lock lock(mutex_);
    watchers_[stream] = std::move(told);
}

void Storage::forget(spool::StreamId stream) {
    const std::scoped_lock lock(mutex_);
    watchers_.erase(stream);
}

void Storage::on_durable(spool::StreamId stream, std::uint64_t end) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = watchers_.find(stream); found != watchers_.end()) {
        found->second(end);
    }
}

void Storage::load(std::function<void(const spool::Loaded&, const std::stop_token&)> done) {
    loader_ = std::jthread([this, done = std::move(done)](const std::stop_token& stop) {
        std::mutex sleep_mutex;
        std::condition_variable_any sleep;
        while (!stop.stop_requested()) {
            const Result<spool::Loaded> loaded = spool_->load(stop);
            if (loaded.ok()) {
                done(*loaded, stop);
                return;
            }
            if (stop.stop_requested()) {
                return;
            }
            services_.log.error("storage_unreadable", {{"reason", loaded.error().message}});
            std::unique_lock lock(sleep_mutex);
            sleep.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
        }
    });
}

}  // namespace aorta::delivery
