#include "source/generate/start_time.hpp"

#include <chrono>

namespace aorta::plugins::generate {

Result<std::int64_t> parse_start_time(std::string_view text) {
    constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:ddZ";
    const Error error{ErrorCode::InvalidConfig,
                      "not a time such as 2026-01-01T00:00:00Z, from 1970 to 2200"};
    if (text.size() != kForm.size()) {
        return error;
    }
    unsigned numbers[6] = {};
    std::size_t at = 0;
    for (std::size_t i = 0; i < kForm.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (kForm[i] == 'd' ? !is_digit : text[i] != kForm[i]) {
            return error;
        }
        if (is_digit) {
            numbers[at] = numbers[at] * 10 + static_cast<unsigned>(text[i] - '0');
        } else {
            ++at;
        }
    }
    const auto& [year, month, day, hour, minute, second] = numbers;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(year)},
                                           std::chrono::month{month},
                                           std::chrono::day{day}};
    if (!date.ok() || year < 1970 || year > 2200 || hour > 23 || minute > 59 || second > 59) {
        return error;
    }
    const auto time = std::chrono::sys_days{date} + std::chrono::hours{hour} +
                      std::chrono::minutes{minute} + std::chrono::seconds{second};
    return std::chrono::nanoseconds{time.time_since_epoch()}.count();
}

}  // namespace aorta::plugins::generate
