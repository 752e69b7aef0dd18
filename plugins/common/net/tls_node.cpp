#include "common/net/tls_node.hpp"

#include <aorta/ext/gauges.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace aorta::net {
namespace {

constexpr Nanoseconds kLookInterval = std::chrono::seconds{1};
constexpr std::int64_t kDay = 86'400;

std::int64_t seconds(Nanoseconds time) {
    return std::chrono::floor<std::chrono::seconds>(time).count();
}

}  // namespace

TlsNode::TlsNode(Host host, TlsConfig config)
    : host_(host),
      config_(std::move(config)),
      handshakes_(host.counter("tls_handshakes")),
      reloads_(host.counter("tls_reloads")),
      reloads_failed_(host.counter("tls_reloads_failed")) {
    for (std::size_t i = 0; i < kTlsFailures.size(); ++i) {
        const auto failure = static_cast<TlsFailure>(i);
        failures_.push_back(failure == TlsFailure::None
                                ? Counter{}
                                : host.counter("tls_failed_" + std::string{name(failure)}));
    }
}

Result<void> TlsNode::start() {
    stamp_ = stamp();
    auto context = TlsContext::load(config_);
    if (!context.ok()) {
        return context.error();
    }
    next_look_ = host_.steady() + kLookInterval;
    take(std::move(*context));
    return {};
}

void TlsNode::refresh() {
    const Nanoseconds now = host_.steady();
    if (now < next_look_) {
        return;
    }
    next_look_ = now + kLookInterval;
    std::string found = stamp();
    if (found == stamp_) {
        warn_all();
        return;
    }
    // Taken before the files are read: one that changes meanwhile is read again.
    stamp_ = std::move(found);
    auto context = TlsContext::load(config_);
    if (!context.ok()) {
        reloads_failed_.add();
        host_.log(AORTA_LOG_ERROR, "tls_reload_failed", {{"why", context.error().message}});
        return;
    }
    reloads_.add();
    host_.log(AORTA_LOG_INFO, "tls_reloaded");
    take(std::move(*context));
}

void TlsNode::take(std::shared_ptr<const TlsContext> context) {
    context_ = std::move(context);
    note(certificate_, context_->certificate_expiry());
    note(authority_, context_->authority_expiry());
    note(crl_, context_->crl_expiry());
    warn_all();
}

void TlsNode::note(Watch& watch, const Expiry& expiry) {
    if (expiry.at == watch.expiry.at) {
        return;
    }
    watch.expiry = expiry;
    watch.warned = 0;
    if (const auto* gauges = host_.extension<aorta_gauges>(AORTA_EXT_GAUGES)) {
        gauges->set(host_.abi(), to_abi(watch.gauge), static_cast<double>(expiry.at));
    }
}

void TlsNode::warn_all() {
    for (Watch* watch : {&certificate_, &authority_, &crl_}) {
        warn(*watch);
    }
}

void TlsNode::warn(Watch& watch) {
    if (watch.expiry.at == 0) {
        return;
    }
    const bool is_list = &watch == &crl_;
    // A list that is made anew every day would be news every day.
    const std::int64_t last = is_list ? std::min(7 * kDay, watch.expiry.life_s / 3) : 7 * kDay;
    const std::array<std::int64_t, 3> thresholds = {is_list ? last : 30 * kDay, last, 0};
    const std::int64_t left = watch.expiry.at - seconds(host_.now());
    const auto passed = static_cast<std::size_t>(
        std::count_if(thresholds.begin(), thresholds.end(), [&](std::int64_t threshold) {
            return left <= threshold;
        }));
    if (passed <= watch.warned) {
        return;
    }
    watch.warned = passed;
    host_.log(left <= 0 ? AORTA_LOG_ERROR : AORTA_LOG_WARN,
              left <= 0 ? "tls_expired" : "tls_expires_soon",
              {{"what", watch.what}, {"days", left / kDay}, {"file", watch.expiry.file}});
}

void TlsNode::report_established(const Stream& stream, std::string_view peer) {
    handshakes_.add();
    host_.log(AORTA_LOG_INFO,
              "tls_established",
              {{"peer", peer},
               {"protocol", stream.tls()->protocol()},
               {"cipher", stream.tls()->cipher()}});
}

TlsFailure TlsNode::report_failure(const Stream& stream, std::string_view peer) {
    const TlsFailure failure = stream.tls() != nullptr ? stream.tls()->failure() : TlsFailure::None;
    if (failure == TlsFailure::None) {
        return failure;
    }
    failures_[static_cast<std::size_t>(failure)].add();
    // Many programs never say goodbye; their messages have ends of their own.
    host_.log(failure == TlsFailure::Truncated ? AORTA_LOG_DEBUG : AORTA_LOG_WARN,
              "tls_failed",
              {{"peer", peer},
               {"reason", name(failure)},
               {"text", text(failure)},
               {"detail", stream.tls()->detail()}});
    return failure;
}

/// Differs when any of the files was replaced or written to, or is gone.
std::string TlsNode::stamp() const {
    std::string all;
    for (const std::string& path : config_.files()) {
        struct stat facts {};

        const bool is_there = ::stat(path.c_str(), &facts) == 0;
        for (const auto number : {static_cast<std::int64_t>(is_there ? facts.st_ino : 0),
                                  static_cast<std::int64_t>(facts.st_size),
                                  static_cast<std::int64_t>(facts.st_mtim.tv_sec),
                                  static_cast<std::int64_t>(facts.st_mtim.tv_nsec),
                                  static_cast<std::int64_t>(facts.st_ctim.tv_sec),
                                  static_cast<std::int64_t>(facts.st_ctim.tv_nsec)}) {
            all += std::to_string(number) + ' ';
        }
        all += path + '\n';
    }
    return all;
}

}  // namespace aorta::net
