#include "app/rejects.hpp"

#include "app/console.hpp"
#include "app/ledger_text.hpp"
#include "config/json.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace aorta::app {

using message::FateKind;

namespace {

constexpr std::size_t kMostGroups = 1000;
constexpr std::size_t kMostNumbers = 5;
constexpr std::size_t kMostShown = 20;
constexpr std::size_t kMostExplained = 10;

}  // namespace

Rejects::Rejects(const pipeline::PipelineSpec& spec) {
    for (const pipeline::NodeSpec& node : spec.nodes) {
        nodes_.push_back({node.name, node.descriptor.reasons});
    }
}

Rejects::~Rejects() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

bool Rejects::open(const std::string& file) {
    file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return file_ >= 0;
}

void Rejects::explain(std::uint64_t sequence, std::string_view findings) {
    const std::scoped_lock lock(mutex_);
    if (file_ >= 0 || explained_count_ < kMostExplained) {
        findings_.insert_or_assign(sequence, std::string{findings});
    }
}

void Rejects::note(std::uint64_t sequence, const message::Fate& fate) {
    if (fate.kind == FateKind::Delivered) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    if (fate.kind != FateKind::Filtered) {
        ++rejected_;
    }
    Key key{fate.kind, fate.node, fate.reason, fate.where};
    if (groups_.size() >= kMostGroups && !groups_.contains(key)) {
        std::get<3>(key) = "(elsewhere)";
    }
    Group& group = groups_[std::move(key)];
    ++group.count;
    if (group.first.size() < kMostNumbers) {
        group.first.push_back(sequence + 1);
    }
    config::Value findings;
    if (const auto found = findings_.extract(sequence); !found.empty()) {
        if (auto parsed = config::parse_json(found.mapped()); parsed.ok()) {
            findings = std::move(*parsed);
        }
    }
    const bool is_list = findings.is(config::Value::Type::List);
    if (is_list && explained_count_ < kMostExplained) {
        ++explained_count_;
        show(sequence + 1, findings);
    }
    if (file_ >= 0) {
        write_line(sequence + 1, fate, is_list ? &findings : nullptr);
    }
}

/// One record's findings, as a table.
void Rejects::show(std::uint64_t number, const config::Value& findings) {
    std::vector<std::vector<std::string>> rows;
    for (const config::Value& finding : findings.items) {
        std::vector<std::string> row;
        for (const std::string_view key : {"severity", "path", "reason", "text"}) {
            const config::Value* const value = finding.find(key);
            row.push_back(value != nullptr ? value->text : std::string{});
        }
        rows.push_back(std::move(row));
    }
    explained_ += fmt::format("record {}\n{}\n", number, table(rows, "  "));
}

std::string_view Rejects::meaning(std::uint32_t node, std::string_view reason) const {
    for (const config::Reason& known : nodes_.at(node).reasons) {
        if (known.id == reason) {
            return known.summary;
        }
    }
    return {};
}

void Rejects::write_line(std::uint64_t number,
                         const message::Fate& fate,
                         const config::Value* findings) {
    config::Value line = config::Value::of_map();
    line.add("id", config::Value::of_int(static_cast<std::int64_t>(number)));
    line.add("node", config::Value::of_text(nodes_.at(fate.node).name));
    line.add("fate", config::Value::of_text(std::string{message::to_string(fate.kind)}));
    line.add("reason", config::Value::of_text(fate.reason));
    line.add("where", config::Value::of_text(fate.where));
    if (findings != nullptr) {
        line.add("findings", *findings);
    }
    const std::string text = config::to_json(line) + "\n";
    if (::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        has_failed_ = true;
    }
}

std::uint64_t Rejects::rejected() const {
    const std::scoped_lock lock(mutex_);
    return rejected_;
}

bool Rejects::has_failed() const {
    const std::scoped_lock lock(mutex_);
    return has_failed_;
}

std::string Rejects::text() const {
    const std::scoped_lock lock(mutex_);
    if (groups_.empty()) {
        return {};
    }
    std::vector<std::vector<std::string>> rows{
        {"fate", "node", "reason", "where", "records", "no.", "meaning"}};
    for (const auto& [key, group] : groups_) {
        if (rows.size() > kMostShown) {
            rows.push_back({fmt::format("… {} more", groups_.size() - kMostShown)});
            break;
        }
        const auto& [fate, node, reason, where] = key;
        std::string numbers = fmt::format("{}", fmt::join(group.first, ", "));
        if (group.count > group.first.size()) {
            numbers += ", …";
        }
        rows.push_back({std::string{message::to_string(fate)},
                        nodes_.at(node).name,
                        reason,
                        where,
                        grouped(group.count),
                        numbers,
                        std::string{meaning(node, reason)}});
    }
    return explained_ + table(rows, "", {4});
}

void CountedDeadLetters::store(delivery::Letter letter) {
    const std::string_view findings = letter.record->attribute(findings_);
    if (const message::Receipt* const receipt = letter.record->share.receipt();
        receipt != nullptr && !findings.empty()) {
        rejects_.explain(receipt->sequence, findings);
    }
    letter.record->settle(letter.fate());
}

}  // namespace aorta::app
