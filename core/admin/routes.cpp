#include "admin/routes.hpp"

#include "admin/address.hpp"
#include "admin/status.hpp"
#include "config/json.hpp"

#include <aorta/abi.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace aorta::admin {
namespace {

constexpr auto kStaleHeartbeat = std::chrono::seconds(5);

/// Only the worker's own beat: a dead sink is no reason to restart a worker that holds its records.
Answer livez(const runtime::Worker& worker) {
    if (worker.heartbeat_age() < kStaleHeartbeat) {
        return {200, "alive\n"};
    }
    return {503, "not alive: no heartbeat of the worker for 5 s\n"};
}

/// A plugin that hangs: nothing passes there until the worker is started again.
Answer stuck(const runtime::Worker& worker) {
    for (const runtime::PipelineStatus& pipeline : worker.status()) {
        if (!pipeline.stuck.empty()) {
            return {503,
                    "not ready: " + pipeline.stuck.front() + " of " + pipeline.name +
                        " makes no progress\n"};
        }
    }
    return {200, "ready\n"};
}

Answer readyz(const runtime::Worker& worker) {
    switch (phase_of(worker)) {
        case Phase::Ready:
            return stuck(worker);
        case Phase::Starting:
            return {503, "not ready: the pipelines have not started yet\n"};
        case Phase::Stopping:
            break;
    }
    return {503, "not ready: the worker is stopping\n"};
}

Answer startupz(const runtime::Worker& worker) {
    if (phase_of(worker) == Phase::Starting) {
        return {503, "not started: the pipelines have not started yet\n"};
    }
    return {200, "started\n"};
}

Answer status(const runtime::Worker& worker) {
    return {200, status_json(status_of(worker)), "application/json"};
}

Answer metrics(const runtime::Worker& worker) {
    return {200, worker.metrics().text(), "text/plain; version=0.0.4"};
}

Answer version(const runtime::Worker& /*worker*/) {
    config::Value whole = config::Value::of_map();
    whole.add("version", config::Value::of_text(AORTA_VERSION));
    whole.add("abi",
              config::Value::of_text(std::to_string(AORTA_ABI_MAJOR) + "." +
                                     std::to_string(AORTA_ABI_MINOR)));
    return {200, config::to_json(whole) + "\n", "application/json"};
}

Answer page(const runtime::Worker& worker) {
    return {200, status_page(status_of(worker)), "text/html; charset=utf-8"};
}

Answer style(const runtime::Worker& /*worker*/) {
    return {200, std::string{page_style()}, "text/css; charset=utf-8"};
}

struct Route {
    std::string_view path;
    Answer (*answer)(const runtime::Worker& worker);
};

constexpr std::array kRoutes = {Route{"/livez", livez},
                                Route{"/readyz", readyz},
                                Route{"/startupz", startupz},
                                Route{"/status", status},
                                Route{"/metrics", metrics},
                                Route{"/version", version},
                                Route{"/", page},
                                Route{"/style.css", style}};

}  // namespace

Answer answer(const Request& request, const runtime::Worker& worker) {
    if (request.method != "GET" && request.method != "HEAD") {
        return {405, "only GET and HEAD are answered\n"};
    }
    if (!request.host.empty() && !is_local_host(request.host)) {
        return {403, "the Host header must name 127.0.0.1, [::1] or localhost\n"};
    }
    const std::string_view path = request.target.substr(0, request.target.find('?'));
    const auto* const route = std::find_if(
        kRoutes.begin(), kRoutes.end(), [&](const Route& each) { return each.path == path; });
    if (route == kRoutes.end()) {
        return {404, "not found: try /status, /metrics, /livez, /readyz, /startupz, /version\n"};
    }
    return route->answer(worker);
}

}  // namespace aorta::admin
