#include "admin/status.hpp"

#include <fmt/format.h>

namespace aorta::admin {
namespace {

constexpr std::string_view kStyle =
    R"(body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; color: #1c2733; background: #fff; }
h1 small { font-size: 1rem; font-weight: normal; color: #5a6875; }
table { border-collapse: collapse; margin: 0.5rem 0 1rem; }
th, td { padding: 0.2rem 1.2rem 0.2rem 0; text-align: left; }
th { color: #5a6875; font-weight: normal; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
.sinks { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 0.5rem 0 1rem; padding: 0;
  list-style: none; }
.sinks li { padding: 0.4rem 0.8rem; border-left: 0.5rem solid; background: #f3f5f7; }
.up { border-color: #2b8a3e; }
.down { border-color: #c92a2a; }
.trouble { color: #c92a2a; }
@media (prefers-color-scheme: dark) {
  body { color: #dfe6ec; background: #14191f; }
  h1 small, th { color: #9aa7b3; }
  .sinks li { background: #202830; }
  .trouble { color: #ff8787; }
}
)";

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string sink_item(const runtime::SinkStatus& sink, base::Nanoseconds now) {
    const graph::SinkHealth& health = sink.health;
    std::string item = fmt::format(
        R"(<li class="{0}"><b>{1}</b> {0})", health.is_down ? "down" : "up", escaped(sink.node));
    if (health.is_down && !health.reason.empty()) {
        item += ": " + escaped(health.reason);
    }
    item += health.is_breaker_open ? "<br>spared: one record tries it now and then" : "";
    if (health.waiting > 0) {
        item += fmt::format(
            "<br>{} waiting, oldest {:.1f} s", health.waiting, oldest_unsent_seconds(health, now));
    }
    return item + "</li>\n";
}

std::string ledger_table(const delivery::LedgerCounts& ledger) {
    return fmt::format(R"(<table>
<tr><th>in</th><th>delivered</th><th>filtered</th><th>dead-lettered</th><th>failed</th><th>held</th></tr>
<tr><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td></tr>
</table>
)",
                       ledger.held_at_start + ledger.in + ledger.replayed,
                       ledger.delivered,
                       ledger.filtered,
                       ledger.dead_lettered,
                       ledger.failed,
                       ledger.held);
}

std::string pipeline_part(const runtime::PipelineStatus& pipeline, base::Nanoseconds now) {
    std::string part = fmt::format("<h2>{}{}</h2>\n<ul class=\"sinks\">\n",
                                   escaped(pipeline.name),
                                   pipeline.is_draining ? " (draining)" : "");
    for (const runtime::SinkStatus& sink : pipeline.sinks) {
        part += sink_item(sink, now);
    }
    part += "</ul>\n" + ledger_table(pipeline.ledger);
    if (!pipeline.dead_letters_trouble.empty()) {
        part += fmt::format("<p class=\"trouble\">Dead letters cannot be stored: {}</p>\n",
                            escaped(pipeline.dead_letters_trouble));
    }
    part += fmt::format("<p>Memory budget: {} of {} bytes in use</p>\n",
                        pipeline.budget_used,
                        pipeline.budget_limit);
    return part;
}

}  // namespace

std::string_view page_style() {
    return kStyle;
}

std::string status_page(const Status& status) {
    std::string page = fmt::format(R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2">
<title>Aorta: {0}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<h1>Aorta <small>{0}</small></h1>
)",
                                   to_string(status.phase));
    for (const runtime::PipelineStatus& pipeline : status.pipelines) {
        page += pipeline_part(pipeline, status.now);
    }
    page += status.pipelines.empty() ? "<p>No pipelines.</p>\n" : "";
    page +=
        R"(<p><a href="/status">status</a> · <a href="/metrics">metrics</a> · <a href="/version">version</a></p>
</body>
</html>
)";
    return page;
}

}  // namespace aorta::admin
