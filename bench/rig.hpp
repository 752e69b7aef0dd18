// What the benchmarks share: clocks, medians of paired rounds, and the JSON line of a row.
#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
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

/// One row: the measured ratio, the bar, and whether it holds (`at_most`: lower is better).
inline void print_row(const std::string& name,
                      double ratio,
                      double bar,
                      bool at_most,
                      const std::string& what,
                      double measured,
                      double floor,
                      const std::string& unit) {
    const bool holds = at_most ? ratio <= bar : ratio >= bar;
    std::printf(
        "{\"name\":\"%s\",\"ratio\":%.3f,\"bar\":%.3f,\"holds\":%s,\"better\":\"%s\","
        "\"measured\":%.4g,\"floor\":%.4g,\"unit\":\"%s\",\"what\":\"%s\"}\n",
        name.c_str(),
        ratio,
        bar,
        holds ? "true" : "false",
        at_most ? "lower" : "higher",
        measured,
        floor,
        unit.c_str(),
        what.c_str());
    std::fflush(stdout);
}

}  // namespace aorta::bench
