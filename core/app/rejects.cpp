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

}  // namespace

Rejects::Rejects(const pipeline::PipelineSpec& spec) {
    for (const pipeline::NodeSpec& node : spec.nodes) {
        nodes_.push_back(node.name);
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
    if (file_ >= 0) {
        write_line(sequence + 1, fate);
    }
}

void Rejects::write_line(std::uint64_t number, const message::Fate& fate) {
    config::Value line = config::Value::of_map();
    line.add("id", config::Value::of_int(static_cast<std::int64_t>(number)));
    line.add("node", config::Value::of_text(nodes_.at(fate.node)));
    line.add("fate", config::Value::of_text(std::string{message::to_string(fate.kind)}));
    line.add("reason", config::Value::of_text(fate.reason));
    line.add("where", config::Value::of_text(fate.where));
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
        {"fate", "node", "reason", "where", "records", "no."}};
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
                        nodes_.at(node),
                        reason,
                        where,
                        grouped(group.count),
                        numbers});
    }
    return table(rows, "", {4});
}

}  // namespace aorta::app
