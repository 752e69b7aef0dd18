// The process of an isolated plugin: made, asked, ended, made again.
#include "isolation/guest.hpp"
#include "isolation/plugin.hpp"
#include "transport/wire.hpp"

#include <aorta/text.hpp>

#include <poll.h>

#include <algorithm>
#include <utility>

namespace aorta::isolation {
namespace {

/// An answer beyond so much more than what was asked is a flood.
constexpr std::uint64_t kMostAnswer = std::uint64_t{64} << 20U;
constexpr std::uint64_t kMostGrowth = 4;
constexpr std::size_t kMostActs = 200'000;
constexpr std::uint64_t kMostKeys = 64;

}  // namespace

std::string Plugin::head() const {
    transport::WireWriter out;
    out.fixed(static_cast<std::uint64_t>(context_.clock.now().count()));
    out.fixed(static_cast<std::uint64_t>(context_.clock.steady().count()));
    return out.take();
}

Result<void> Plugin::open(config::Diagnostics& diagnostics) {
    const std::size_t errors_before = diagnostics.error_count();
    Result<void> opened = tell_options(diagnostics);
    if (!opened.ok()) {
        process_.reset();
        if (diagnostics.error_count() == errors_before) {
            diagnostics.error(
                settings_.at,
                "the plugin could not be made in its own process: " + opened.error().message);
        }
    }
    return opened;
}

/// Starts the process, and has it make the plugin's instance.
Result<void> Plugin::tell_options(config::Diagnostics& diagnostics) {
    auto started = GuestProcess::start();
    if (!started.ok()) {
        restarts_.failed(std::chrono::steady_clock::now());
        return started.error();
    }
    process_ = std::move(*started);
    const config::Secret opening{head() + opening_of(settings_, tables_abi_, false)};
    const auto acts = exchange(FrameKind::Open, opening.reveal());
    if (!acts.ok()) {
        return lost(acts.error());
    }
    deeds_.apply(*acts, {}, nullptr, nullptr);
    has_state_ = std::ranges::find(*acts, Deed::HasState, &Act::deed) != acts->end();
    return read_report(*acts, diagnostics);
}

Error Plugin::lost(const Error& why) {
    return {ErrorCode::Unavailable, "it " + std::string{said_of(ended(why))}};
}

Result<void> Plugin::tell_start(config::Diagnostics& diagnostics) {
    const auto acts = exchange(FrameKind::Start, head());
    if (!acts.ok()) {
        return lost(acts.error());
    }
    deeds_.apply(*acts, {}, nullptr, nullptr);
    Result<void> result = read_report(*acts, diagnostics);
    if (result.ok()) {
        const std::scoped_lock lock(mutex_);
        status_.is_up = true;
    }
    return result;
}

/// Asks, and waits for the answer. The process is of no use after a failure. The acts are good
/// until the next call.
Result<std::vector<Act>> Plugin::exchange(FrameKind kind, std::string_view body) {
    const Patience patience{std::chrono::steady_clock::now() + settings_.deadline, wake_fd_};
    Channel& channel = process_->channel();
    if (Result<void> sent = channel.send(kind, body, patience); !sent.ok()) {
        return sent.error();
    }
    while (true) {
        const auto frame = channel.receive(kMostAnswer + kMostGrowth * body.size(), patience);
        if (!frame.ok()) {
            return frame.error();
        }
        if (frame->kind == FrameKind::Answer) {
            return read_answer(frame->body, kMostActs);
        }
        const Result<void> answered = frame->kind == FrameKind::Find
                                          ? answer_find(frame->body, patience)
                                          : Error{ErrorCode::Corrupt, "no answer"};
        if (!answered.ok()) {
            return answered.error();
        }
    }
}

Result<void> Plugin::answer_find(std::string_view question, const Patience& patience) {
    transport::WireReader in{question};
    const std::uint64_t number = in.varint();
    const std::uint64_t count = in.varint(kMostKeys);
    std::vector<aorta_str> keys;
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        keys.push_back(to_abi(in.text(question.size())));
    }
    if (!in.is_at_end() || number >= tables_.size()) {
        return Error{ErrorCode::Corrupt, "a question that cannot be read"};
    }
    const aorta_table* table = tables_[number];
    const aorta_str* cells =
        tables_abi_->find(tables_abi_, table, keys.data(), static_cast<std::uint32_t>(count));
    transport::WireWriter row;
    row.varint(cells == nullptr ? 0 : table->column_count);
    for (std::uint32_t i = 0; cells != nullptr && i < table->column_count; ++i) {
        row.text(from_abi(cells[i]));
    }
    return process_->channel().send(FrameKind::Row, row.take(), patience);
}

/// The process has failed: ends it, finds out why, and settles when the next one starts.
Fault Plugin::ended(const Error& why) {
    const Ending ending = process_->end();
    process_.reset();
    Fault fault = is_given_up_.load() ? Fault::GivenUp : Fault::NotStarted;
    switch (why.code) {
        case ErrorCode::Timeout:
            fault = Fault::Hung;
            break;
        case ErrorCode::ResourceExhausted:
            fault = Fault::Flooded;
            break;
        case ErrorCode::Corrupt:
            fault = Fault::Corrupt;
            break;
        case ErrorCode::Unavailable:
            fault = !ending.by_signal && ending.number == kExitOutOfMemory ? Fault::OutOfMemory
                                                                           : Fault::Crashed;
            break;
        default:
            break;
    }
    for (aorta_record* record : deeds_.take_held()) {
        orphans_.push_back({record});
    }
    restarts_.failed(std::chrono::steady_clock::now());
    note(fault, ending);
    return fault;
}

void Plugin::note(Fault fault, const Ending& ending) {
    {
        const std::scoped_lock lock(mutex_);
        status_.is_up = false;
        status_.reason = to_string(fault);
        ++status_.restarts;
    }
    context_.metrics
        .counter("aorta_isolation_restarts_total",
                 {{"pipeline", context_.pipeline},
                  {"node", settings_.node},
                  {"reason", std::string{to_string(fault)}}},
                 "Processes of isolated plugins that ended or were ended, by reason.")
        .add();
    context_.log.warn("isolated_plugin_ended",
                      {{"pipeline", context_.pipeline},
                       {"node", settings_.node},
                       {"reason", to_string(fault)},
                       {ending.by_signal ? "signal" : "exit_code", ending.number}});
}

/// Ends the process for good.
void Plugin::close() {
    process_.reset();
    const std::scoped_lock lock(mutex_);
    status_.is_up = false;
}

/// Waits until the next start is due. False once given up.
bool Plugin::pause() {
    const auto now = std::chrono::steady_clock::now();
    const auto left = std::max(restarts_.due() - now, std::chrono::steady_clock::duration{0});
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    pollfd wake{wake_fd_, POLLIN, 0};
    ::poll(&wake, 1, static_cast<int>(milliseconds));
    return !is_given_up_.load();
}

/// Sees to it that a process runs that holds what the engine holds for it.
Fault Plugin::ready(const aorta_out* out) {
    std::uint32_t failed_starts = 0;
    while (true) {
        if (is_given_up_.load()) {
            close();
            return Fault::GivenUp;
        }
        if (process_ && !process_->channel().is_open()) {
            ended({ErrorCode::Unavailable, "it ended by itself"});
        }
        if (!process_) {
            config::Diagnostics unheard;  // they were told at the first start
            if (!pause()) {
                return Fault::GivenUp;
            }
            Result<void> started = tell_options(unheard);
            if (started.ok()) {
                started = tell_start(unheard);
            }
            if (!started.ok()) {
                if (process_) {
                    ended({ErrorCode::Internal, "the plugin would not start"});
                }
                if (++failed_starts >= settings_.attempts) {
                    return Fault::NotStarted;
                }
                continue;
            }
        }
        if (orphans_.empty()) {
            return Fault::None;
        }
        feed_orphan(out);
    }
}

}  // namespace aorta::isolation
