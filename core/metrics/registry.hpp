// Metrics: counters and gauges with few labels, written as Prometheus text.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// A number that only grows. [any thread]
class Counter {
public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }

    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// All metrics of a worker. Names are `aorta_<noun>_<unit>`, counters end in `_total`; labels never
/// hold an identifier of a patient or device. [any thread; counters are lock-free once made]
class Registry {
public:
    Registry() = default;
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// The same name and labels give the same counter. It lives as long as the registry.
    Counter& counter(std::string_view name, const Labels& labels, std::string_view help);
    /// A value that is read when it is shown. `owner` groups gauges for `forget`.
    void gauge(std::string_view name,
               const Labels& labels,
               std::string_view help,
               std::function<double()> read,
               const void* owner = nullptr);
    /// A counter that someone else keeps, read when it is shown.
    void counter_of(std::string_view name,
                    const Labels& labels,
                    std::string_view help,
                    std::function<double()> read,
                    const void* owner = nullptr);
    /// Removes the gauges of an owner that is about to go.
    void forget(const void* owner);

    /// Prometheus text exposition format 0.0.4.
    std::string text() const;

private:
    struct Sample {
        std::string labels;
        const Counter* counter = nullptr;
        std::function<double()> read;
        const void* owner = nullptr;
    };

    struct Family {
        std::string help;
        std::string type;
        std::vector<Sample> samples;
    };

    void add_read(std::string_view name,
                  const Labels& labels,
                  std::string_view help,
                  std::string_view type,
                  Sample sample);

    mutable std::mutex mutex_;
    std::map<std::string, Family, std::less<>> families_;
    std::map<std::string, Counter*> by_series_;
    std::deque<Counter> counters_;
};

}  // namespace aorta::metrics
