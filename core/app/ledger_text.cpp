#include "app/ledger_text.hpp"

#include "app/console.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <filesystem>
#include <iterator>

namespace aorta::app {

using config::Value;
using delivery::LedgerCounts;

namespace {

struct Column {
    std::string_view title;
    std::string_view key;
    std::uint64_t LedgerCounts::*count;
};

constexpr Column kColumns[] = {{"in", "in", &LedgerCounts::in},
                               {"replayed", "replayed", &LedgerCounts::replayed},
                               {"delivered", "delivered", &LedgerCounts::delivered},
                               {"filtered", "filtered", &LedgerCounts::filtered},
                               {"dead-lettered", "dead_lettered", &LedgerCounts::dead_lettered},
                               {"failed", "failed", &LedgerCounts::failed},
                               {"held", "held", &LedgerCounts::held}};

std::int64_t peak_rss_bytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

std::string grouped(std::uint64_t count) {
    const std::string digits = std::to_string(count);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i != 0 && (digits.size() - i) % 3 == 0) {
            text += ',';
        }
        text += digits[i];
    }
    return text;
}

std::string ledger_text(std::span<const runtime::PipelineReport> reports) {
    std::vector<std::vector<std::string>> rows{{"ledger"}};
    for (const Column& column : kColumns) {
        rows.front().emplace_back(column.title);
    }
    std::string notes;
    for (const runtime::PipelineReport& report : reports) {
        std::vector<std::string>& row = rows.emplace_back();
        row.push_back(report.name);
        for (const Column& column : kColumns) {
            row.push_back(grouped(report.ledger.*column.count));
        }
        std::vector<std::vector<std::string>> reasons;
        for (const runtime::PipelineReport::Reason& one : report.reasons) {
            reasons.push_back({one.node, one.fate, one.reason, grouped(one.count)});
        }
        if (!reasons.empty()) {
            fmt::format_to(std::back_inserter(notes), "{}: not delivered\n", report.name);
            notes += table(reasons, "  ", {3});
        }
        if (report.ledger.dead_lettered != 0 && std::filesystem::exists(report.dead_letters)) {
            fmt::format_to(std::back_inserter(notes),
                           "{}: dead letters lie in {}\n",
                           report.name,
                           report.dead_letters.native());
        }
        if (!report.stop_reason.empty()) {
            fmt::format_to(std::back_inserter(notes),
                           "{}: stopped, since a node could not go on ({})\n",
                           report.name,
                           report.stop_reason);
        }
        if (!report.is_drained) {
            fmt::format_to(std::back_inserter(notes),
                           "{}: a plugin did not come back within the grace\n",
                           report.name);
        }
        if (!report.ledger.balances()) {
            fmt::format_to(
                std::back_inserter(notes),
                "{}: THE LEDGER DOES NOT BALANCE. This is a bug in aorta; please report it.\n",
                report.name);
        }
    }
    return table(rows, "", {1, 2, 3, 4, 5, 6, 7}) + notes;
}

Value ledger_json(std::span<const runtime::PipelineReport> reports, double seconds) {
    LedgerCounts sum;
    for (const runtime::PipelineReport& report : reports) {
        sum += report.ledger;
    }
    Value ledger = Value::of_map();
    for (const Column& column : kColumns) {
        ledger.add(std::string{column.key},
                   Value::of_int(static_cast<std::int64_t>(sum.*column.count)));
    }
    Value whole = Value::of_map();
    whole.add("ledger", std::move(ledger));
    whole.add("seconds", Value::of_real(seconds));
    whole.add("peak_rss_bytes", Value::of_int(peak_rss_bytes()));
    return whole;
}

}  // namespace aorta::app
