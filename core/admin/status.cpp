#include "admin/status.hpp"

#include "config/json.hpp"

#include <algorithm>

namespace aorta::admin {
namespace {

using config::Value;

Value number(std::uint64_t count) {
    return Value::of_int(static_cast<std::int64_t>(count));
}

double seconds(base::Nanoseconds duration) {
    const auto whole = std::chrono::round<std::chrono::milliseconds>(duration);
    return static_cast<double>(whole.count()) / 1000.0;
}

Value ledger_value(const delivery::LedgerCounts& counts) {
    Value ledger = Value::of_map();
    ledger.add("held_at_start", number(counts.held_at_start));
    ledger.add("in", number(counts.in));
    ledger.add("replayed", number(counts.replayed));
    ledger.add("delivered", number(counts.delivered));
    ledger.add("filtered", number(counts.filtered));
    ledger.add("dead_lettered", number(counts.dead_lettered));
    ledger.add("failed", number(counts.failed));
    ledger.add("held", number(counts.held));
    return ledger;
}

Value sink_value(const runtime::SinkStatus& sink, base::Nanoseconds now) {
    Value value = Value::of_map();
    value.add("node", Value::of_text(sink.node));
    value.add("up", Value::of_bool(!sink.health.is_down));
    value.add("breaker_open", Value::of_bool(sink.health.is_breaker_open));
    value.add("reason", Value::of_text(sink.health.reason));
    value.add("waiting", number(sink.health.waiting));
    if (sink.outbox) {
        value.add("outbox", number(*sink.outbox));
    }
    value.add("oldest_unsent_seconds", Value::of_real(oldest_unsent_seconds(sink.health, now)));
    return value;
}

Value link_value(const runtime::LinkState& link, base::Nanoseconds now) {
    Value value = Value::of_map();
    value.add("from", Value::of_text(link.from));
    value.add("to", Value::of_text(link.to));
    value.add("sends", Value::of_bool(link.sends));
    value.add("up", Value::of_bool(link.is_up));
    value.add("reason", Value::of_text(link.trouble));
    value.add("backlog", number(std::max(link.backlog, link.outbox)));
    value.add("backlog_bytes", number(link.backlog_bytes));
    value.add("outbox", number(link.outbox));
    value.add("under_way", number(link.under_way));
    value.add(
        "oldest_unsettled_seconds",
        Value::of_real(link.oldest.count() == 0 ? 0.0 : std::max(0.0, seconds(now - link.oldest))));
    value.add("resent", number(link.resent));
    value.add("duplicates", number(link.duplicates));
    return value;
}

Value isolated_value(const runtime::IsolatedStatus& node) {
    Value value = Value::of_map();
    value.add("node", Value::of_text(node.node));
    value.add("up", Value::of_bool(node.process.is_up));
    value.add("restarts", number(node.process.restarts));
    value.add("reason", Value::of_text(node.process.reason));
    return value;
}

Value pipeline_value(const runtime::PipelineStatus& pipeline, base::Nanoseconds now) {
    Value value = Value::of_map();
    value.add("name", Value::of_text(pipeline.name));
    value.add("draining", Value::of_bool(pipeline.is_draining));
    value.add("ledger", ledger_value(pipeline.ledger));
    Value& sinks = value.add("sinks", Value::of_list({}));
    for (const runtime::SinkStatus& sink : pipeline.sinks) {
        sinks.items.push_back(sink_value(sink, now));
    }
    if (!pipeline.links.empty()) {
        Value& links = value.add("links", Value::of_list({}));
        for (const runtime::LinkState& link : pipeline.links) {
            links.items.push_back(link_value(link, now));
        }
    }
    if (!pipeline.isolated.empty()) {
        Value& isolated = value.add("isolated", Value::of_list({}));
        for (const runtime::IsolatedStatus& node : pipeline.isolated) {
            isolated.items.push_back(isolated_value(node));
        }
    }
    value.add("dead_letters_trouble", Value::of_text(pipeline.dead_letters_trouble));
    Value& budget = value.add("budget", Value::of_map());
    budget.add("used_bytes", number(pipeline.budget_used));
    budget.add("limit_bytes", number(pipeline.budget_limit));
    Value& stuck = value.add("no_progress", Value::of_list({}));
    for (const std::string& node : pipeline.stuck) {
        stuck.items.push_back(Value::of_text(node));
    }
    if (pipeline.spool) {
        Value& spool = value.add("spool", Value::of_map());
        spool.add("trouble", Value::of_text(pipeline.spool->trouble));
        spool.add("bytes", number(pipeline.spool->bytes));
        spool.add("waiting", number(pipeline.spool->waiting));
    }
    return value;
}

}  // namespace

std::string_view to_string(Phase phase) {
    switch (phase) {
        case Phase::Starting:
            return "starting";
        case Phase::Ready:
            return "ready";
        case Phase::Stopping:
            break;
    }
    return "stopping";
}

Phase phase_of(const runtime::Worker& worker) {
    if (worker.is_ready()) {
        return Phase::Ready;
    }
    return worker.is_stopping() ? Phase::Stopping : Phase::Starting;
}

Status status_of(const runtime::Worker& worker) {
    return {.phase = phase_of(worker),
            .heartbeat_age = worker.heartbeat_age(),
            .now = base::SystemClock{}.now(),
            .pipelines = worker.status()};
}

double oldest_unsent_seconds(const graph::SinkHealth& health, base::Nanoseconds now) {
    if (health.oldest.count() == 0) {
        return 0;
    }
    return std::max(0.0, seconds(now - health.oldest));
}

std::string status_json(const Status& status) {
    Value whole = Value::of_map();
    whole.add("phase", Value::of_text(std::string{to_string(status.phase)}));
    whole.add("heartbeat_age_seconds", Value::of_real(seconds(status.heartbeat_age)));
    Value& pipelines = whole.add("pipelines", Value::of_list({}));
    for (const runtime::PipelineStatus& pipeline : status.pipelines) {
        pipelines.items.push_back(pipeline_value(pipeline, status.now));
    }
    return config::to_json(whole) + "\n";
}

}  // namespace aorta::admin
