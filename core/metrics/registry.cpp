#include "metrics/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace aorta::metrics {
namespace {

std::string label_text(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        text += text.empty() ? "{" : ",";
        text += name + "=\"";
        for (const char c : value) {
            if (c == '\\' || c == '"') {
                text += '\\';
            }
            if (c == '\n') {
                text += "\\n";
            } else {
                text += c;
            }
        }
        text += '"';
    }
    return text.empty() ? text : text + "}";
}

}  // namespace

Counter& Registry::counter(std::string_view name, const Labels& labels, std::string_view help) {
    const std::scoped_lock lock(mutex_);
    const std::string text = label_text(labels);
    Counter*& found = by_series_[std::string{name} + text];
    if (found == nullptr) {
        found = &counters_.emplace_back();
        Family& family = families_[std::string{name}];
        family.help = help;
        family.type = "counter";
        family.samples.push_back({text, found, {}, nullptr});
    }
    return *found;
}

void Registry::gauge(std::string_view name,
                     const Labels& labels,
                     std::string_view help,
                     std::function<double()> read,
                     const void* owner) {
    add_read(name, labels, help, "gauge", {{}, nullptr, std::move(read), owner});
}

void Registry::counter_of(std::string_view name,
                          const Labels& labels,
                          std::string_view help,
                          std::function<double()> read,
                          const void* owner) {
    add_read(name, labels, help, "counter", {{}, nullptr, std::move(read), owner});
}

void Registry::add_read(std::string_view name,
                        const Labels& labels,
                        std::string_view help,
                        std::string_view type,
                        Sample sample) {
    const std::scoped_lock lock(mutex_);
    Family& family = families_[std::string{name}];
    family.help = help;
    family.type = type;
    sample.labels = label_text(labels);
    family.samples.push_back(std::move(sample));
}

void Registry::forget(const void* owner) {
    const std::scoped_lock lock(mutex_);
    for (auto& [name, family] : families_) {
        std::erase_if(family.samples, [&](const Sample& sample) {
            return sample.owner == owner && sample.counter == nullptr;
        });
    }
}

std::string Registry::text() const {
    const std::scoped_lock lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        if (family.samples.empty()) {
            continue;
        }
        fmt::format_to(std::back_inserter(out),
                       "# HELP {} {}\n# TYPE {} {}\n",
                       name,
                       family.help,
                       name,
                       family.type);
        for (const Sample& sample : family.samples) {
            if (sample.counter != nullptr) {
                fmt::format_to(std::back_inserter(out),
                               "{}{} {}\n",
                               name,
                               sample.labels,
                               sample.counter->value());
            } else {
                fmt::format_to(
                    std::back_inserter(out), "{}{} {}\n", name, sample.labels, sample.read());
            }
        }
    }
    return out;
}

}  // namespace aorta::metrics
