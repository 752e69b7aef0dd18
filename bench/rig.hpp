// What the benchmarks share: clocks, medians of paired rounds, and the JSON line of a row.
#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

namespace aorta::bench {

inline double seconds_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// CPU seconds of the whole process.
inline double process_cpu() {
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

inline double wall() {
    return seconds_of(CLOCK_MONOTONIC);
}

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0.0 : values[values.size() / 2];
}

/// Resident memory now, in bytes.
inline double resident_bytes() {
    long pages = 0;
    long resident = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) {
            resident = 0;
        }
        std::fclose(file);
    }
    return static_cast<double>(resident) * 4096.0;
}

/// How a row is named and judged.
struct Row {
    const char* name;
    double bar;
    bool is_at_most;  ///< a lower ratio is better
    const char* unit;
    const char* what;
};

/// The rounds of one row: what was measured, beside its floor of the same round.
class Rounds {
public:
    void add(double measured, double floor) {
        ratios_.push_back(measured / floor);
        measured_.push_back(measured);
        floors_.push_back(floor);
    }

    /// Prints the row as a line of JSON: the medians, and whether the ratio holds.
    void print(const Row& row) const {
        const double ratio = median(ratios_);
        const bool holds = row.is_at_most ? ratio <= row.bar : ratio >= row.bar;
        std::printf(
            "{\"name\":\"%s\",\"ratio\":%.3f,\"bar\":%.3f,\"holds\":%s,\"better\":\"%s\","
            "\"measured\":%.4g,\"floor\":%.4g,\"unit\":\"%s\",\"what\":\"%s\"}\n",
            row.name,
            ratio,
            row.bar,
            holds ? "true" : "false",
            row.is_at_most ? "lower" : "higher",
            median(measured_),
            median(floors_),
            row.unit,
            row.what);
        std::fflush(stdout);
    }

private:
    std::vector<double> ratios_;
    std::vector<double> measured_;
    std::vector<double> floors_;
};

}  // namespace aorta::bench
