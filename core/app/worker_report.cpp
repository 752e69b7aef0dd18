#include "app/worker_report.hpp"

#include "config/json.hpp"

#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace aorta::app {
namespace {

using config::Value;
using delivery::LedgerCounts;
using runtime::PipelineReport;

constexpr std::pair<const char*, std::uint64_t LedgerCounts::*> kCounts[] = {
    {"held_at_start", &LedgerCounts::held_at_start},
    {"in", &LedgerCounts::in},
    {"replayed", &LedgerCounts::replayed},
    {"delivered", &LedgerCounts::delivered},
    {"filtered", &LedgerCounts::filtered},
    {"dead_lettered", &LedgerCounts::dead_lettered},
    {"failed", &LedgerCounts::failed},
    {"held", &LedgerCounts::held}};

Value number(std::uint64_t count) {
    return Value::of_int(static_cast<std::int64_t>(count));
}

Value value_of(const PipelineReport& report) {
    Value value = Value::of_map();
    value.add("pipeline", Value::of_text(report.name));
    Value& ledger = value.add("ledger", Value::of_map());
    for (const auto& [key, count] : kCounts) {
        ledger.add(key, number(report.ledger.*count));
    }
    Value& reasons = value.add("reasons", Value::of_list({}));
    for (const PipelineReport::Reason& reason : report.reasons) {
        Value& one = reasons.items.emplace_back(Value::of_map());
        one.add("node", Value::of_text(reason.node));
        one.add("fate", Value::of_text(reason.fate));
        one.add("reason", Value::of_text(reason.reason));
        one.add("count", number(reason.count));
    }
    value.add("stop_reason", Value::of_text(report.stop_reason));
    value.add("drained", Value::of_bool(report.is_drained));
    value.add("dead_letters", Value::of_text(report.dead_letters.string()));
    return value;
}

std::string text_at(const Value& map, std::string_view key) {
    const Value* value = map.find(key);
    return value == nullptr ? std::string{} : value->text;
}

std::uint64_t count_at(const Value& map, std::string_view key) {
    const Value* value = map.find(key);
    return value == nullptr ? 0 : static_cast<std::uint64_t>(value->integer);
}

PipelineReport report_of(const Value& value) {
    PipelineReport report;
    report.name = text_at(value, "pipeline");
    if (const Value* ledger = value.find("ledger")) {
        for (const auto& [key, count] : kCounts) {
            report.ledger.*count = count_at(*ledger, key);
        }
    }
    if (const Value* reasons = value.find("reasons")) {
        for (const Value& one : reasons->items) {
            report.reasons.push_back({text_at(one, "node"),
                                      text_at(one, "fate"),
                                      text_at(one, "reason"),
                                      count_at(one, "count")});
        }
    }
    report.stop_reason = text_at(value, "stop_reason");
    report.is_drained = count_at(value, "drained") != 0;
    report.dead_letters = text_at(value, "dead_letters");
    return report;
}

}  // namespace

Result<void> write_reports(const std::filesystem::path& file,
                           std::span<const PipelineReport> reports) {
    Value all = Value::of_list({});
    for (const PipelineReport& report : reports) {
        all.items.push_back(value_of(report));
    }
    const std::filesystem::path fresh = file.string() + ".new";
    std::ofstream out(fresh, std::ios::binary);
    out << config::to_json(all) << "\n";
    out.close();
    std::error_code error;
    std::filesystem::rename(fresh, file, error);
    if (!out || error) {
        return Error{ErrorCode::Unavailable, "the report cannot be written", file.string()};
    }
    return {};
}

Result<std::vector<PipelineReport>> read_reports(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        return Error{ErrorCode::NotFound, "there is no report", file.string()};
    }
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto all = config::parse_json(text);
    if (!all.ok()) {
        return all.error();
    }
    std::vector<PipelineReport> reports;
    for (const Value& one : all->items) {
        reports.push_back(report_of(one));
    }
    return reports;
}

PipelineReport sum_of(const std::string& name, std::span<const PipelineReport> reports) {
    PipelineReport sum;
    sum.name = name;
    for (const PipelineReport& report : reports) {
        sum.ledger += report.ledger;
        sum.is_drained = sum.is_drained && report.is_drained;
    }
    return sum;
}

}  // namespace aorta::app
