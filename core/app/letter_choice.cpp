#include "app/letter_choice.hpp"

#include "base/units.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <utility>

namespace aorta::app {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text, int base = 10) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return {};
    }
    return number;
}

/// "2h" before now, or a date, or a date and time, in UTC: 2026-03-29, 2026-03-29T01:30:00Z.
std::optional<std::int64_t> time_of(const std::string& text, base::Nanoseconds now) {
    if (const auto age = base::parse_duration(text); age.ok()) {
        return (now - *age).count();
    }
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    int used = 0;
    const int size = static_cast<int>(text.size());
    const bool is_date =
        std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &used) == 3;
    bool is_whole = is_date && used == size;
    if (is_date && !is_whole) {
        int more = 0;
        const int fields =
            std::sscanf(text.c_str() + used, "T%2u:%2u:%2u%n", &hour, &minute, &second, &more);
        const std::string rest =
            fields == 3
                ? text.substr(static_cast<std::size_t>(used) + static_cast<std::size_t>(more))
                : "?";
        is_whole = rest.empty() || rest == "Z";
    }
    const std::chrono::year_month_day date{
        std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    if (!is_whole || !date.ok() || hour > 23 || minute > 59 || second > 60) {
        return {};
    }
    const base::Nanoseconds time = std::chrono::sys_days{date}.time_since_epoch() +
                                   std::chrono::hours{hour} + std::chrono::minutes{minute} +
                                   std::chrono::seconds{second};
    return time.count();
}

}  // namespace

void LetterChoice::declare(Arguments& arguments) {
    arguments.option("--node", "NAME", node_, "Of this node only");
    arguments.option("--failed-with", "ID", failed_with_, "With this reason only");
    arguments.option("--since", "WHEN", since_, "Failed since: 2h, 7d, 2026-03-29T01:30:00Z");
    arguments.option("--until", "WHEN", until_, "Failed before: the same");
    arguments.option("--key", "HASH", key_, "Of this patient: the hash that `list --json` has");
    arguments.option("--record", "ID", record_, "Of this record");
    arguments.option("--type", "TYPE", type_, "Of this content type: hl7v2");
    arguments.option("--limit", "N", limit_, "list: at most so many (default 100)");
    arguments.option("--before", "N", before_, "list: numbers below N, for the next page");
}

std::vector<std::string> LetterChoice::take_numbers(const std::vector<std::string>& words) {
    std::vector<std::string> others;
    for (const std::string& word : words) {
        if (const auto number = number_of<std::int64_t>(word); number && *number > 0) {
            filter.numbers.push_back(*number);
        } else {
            others.push_back(word);
        }
    }
    return others;
}

std::optional<std::string> LetterChoice::read(base::Nanoseconds now, const std::string& reason) {
    if (limit_ < 1 || before_ < 0) {
        return "--limit takes a number from 1, --before a letter's number";
    }
    filter.node = node_;
    filter.reason = failed_with_.empty() ? reason : failed_with_;
    filter.record_id = record_;
    filter.content_type = type_;
    filter.limit = static_cast<std::size_t>(limit_);
    filter.before = before_;
    for (const auto& [text, into] :
         {std::pair{&since_, &filter.since_ns}, std::pair{&until_, &filter.until_ns}}) {
        if (!text->empty() && !(*into = time_of(*text, now))) {
            return "`" + *text + "` is no time: 2h, 7d, 2026-03-29, 2026-03-29T01:30:00Z";
        }
    }
    if (!key_.empty() && !(filter.key = number_of<std::uint64_t>(key_, 16))) {
        return "--key takes up to 16 hex digits, as `list --json` shows them";
    }
    return {};
}

bool LetterChoice::is_narrow() const {
    return !filter.numbers.empty() || !filter.node.empty() || !filter.reason.empty() ||
           !filter.record_id.empty() || !filter.content_type.empty() || filter.key ||
           filter.since_ns || filter.until_ns;
}

}  // namespace aorta::app
