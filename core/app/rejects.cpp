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
constexpr std::size_t kMostWarned = 5;

/// Empty if it is no list.
config::Value list_of(std::string_view json) {
    auto parsed = config::parse_json(json);
    const bool is_list = parsed.ok() && parsed->is(config::Value::Type::List);
    return is_list ? std::move(*parsed) : config::Value{};
}

/// One record's findings, as a table.
std::string described(std::string_view what, const config::Value& findings) {
    std::vector<std::vector<std::string>> rows;
    for (const config::Value& finding : findings.items) {
        std::vector<std::string> row;
        for (const std::string_view key : {"severity", "path", "reason", "text"}) {
            const config::Value* const value = finding.find(key);
            row.push_back(value != nullptr ? value->text : std::string{});
        }
        rows.push_back(std::move(row));
    }
    return fmt::format("{}\n{}\n", what, table(rows, "  "));
}

}  // namespace

Rejects::Rejects(const pipeline::PipelineSpec& spec, std::uint32_t findings)
    : findings_id_(findings) {
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

void Rejects::look(const message::Record& record) {
    const std::string_view found = record.attribute(findings_id_);
    const message::Receipt* const receipt = record.share.receipt();
    if (found.empty() || receipt == nullptr) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    findings_.insert_or_assign(receipt->sequence, std::string{found});
}

std::string Rejects::take_findings(std::uint64_t sequence) {
    const auto found = findings_.extract(sequence);
    return found.empty() ? std::string{} : std::move(found.mapped());
}

void Rejects::note(std::uint64_t sequence, const message::Fate& fate) {
    const std::scoped_lock lock(mutex_);
    const config::Value findings = list_of(take_findings(sequence));
    const bool has_findings = !findings.items.empty();
    if (fate.kind == FateKind::Delivered) {
        if (has_findings && ++warned_count_ <= kMostWarned) {
            warned_ += described(fmt::format("record {}, delivered", sequence + 1), findings);
        }
        return;
    }
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
    if (has_findings && explained_count_ < kMostExplained) {
        ++explained_count_;
        explained_ += described(fmt::format("record {}", sequence + 1), findings);
    }
    if (file_ >= 0) {
        write_line(sequence + 1, fate, has_findings ? &findings : nullptr);
    }
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

std::string Rejects::warnings() const {
    const std::scoped_lock lock(mutex_);
    if (warned_count_ <= kMostWarned) {
        return warned_;
    }
    return fmt::format("{}… and {} more records that were delivered have findings\n",
                       warned_,
                       grouped(warned_count_ - kMostWarned));
}

void CountedDeadLetters::store(delivery::Letter letter) {
    rejects_.look(*letter.record);
    letter.record->settle(letter.fate());
}

}  // namespace aorta::app
