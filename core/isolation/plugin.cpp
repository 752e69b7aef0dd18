#include "isolation/plugin.hpp"

#include "isolation/guest.hpp"
#include "transport/records.hpp"
#include "transport/wire.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace aorta::isolation {
namespace {

/// Records go over in parts of about this size.
constexpr std::size_t kPart = std::size_t{256} << 10U;
/// An answer beyond so much more than what was asked is a flood.
constexpr std::uint64_t kMostAnswer = std::uint64_t{64} << 20U;
constexpr std::uint64_t kMostGrowth = 4;
constexpr std::size_t kMostActs = 200'000;
constexpr std::uint64_t kMostKeys = 64;

aorta_str to_abi(std::string_view text) {
    return {text.data(), text.size()};
}

ErrorCode code_of(Fault fault) {
    switch (fault) {
        case Fault::Hung:
            return ErrorCode::Timeout;
        case Fault::OutOfMemory:
        case Fault::Flooded:
        case Fault::TooLarge:
            return ErrorCode::ResourceExhausted;
        case Fault::NotStarted:
            return ErrorCode::Unavailable;
        default:
            return ErrorCode::Internal;
    }
}

/// For a sentence about the plugin.
std::string_view said_of(Fault fault) {
    switch (fault) {
        case Fault::Hung:
            return "did not come back before the deadline of `isolation`";
        case Fault::OutOfMemory:
            return "took more memory than `isolation` lets it have";
        case Fault::Flooded:
        case Fault::Corrupt:
            return "sent what is no answer";
        default:
            return "crashed";
    }
}

std::string reason_of(Fault fault) {
    return "isolation." + std::string{to_string(fault)};
}

}  // namespace

struct Plugin::Calls {
    static Plugin& of(aorta_instance* instance) { return *static_cast<Plugin*>(instance->self); }

    static std::uint32_t start(aorta_instance* instance, const aorta_diagnostics* errors) {
        return of(instance).start(errors);
    }

    static void stop(aorta_instance* instance, const aorta_out* out) {
        Plugin& self = of(instance);
        if (self.process_ || !self.orphans_.empty()) {
            self.call(FrameKind::Stop, out);
        }
        self.close();
    }

    static void destroy(aorta_instance*) {}

    static const void* get_extension(aorta_instance*, const char*) { return nullptr; }

    static void process(aorta_instance* instance, const aorta_batch* batch) {
        of(instance).process(*batch);
    }

    static void on_timer(aorta_instance* instance, const aorta_out* out, std::int64_t) {
        of(instance).call(FrameKind::Timer, out);
    }
};

std::string_view to_string(Fault fault) {
    switch (fault) {
        case Fault::None:
            return "none";
        case Fault::Crashed:
            return "crashed";
        case Fault::Hung:
            return "hung";
        case Fault::OutOfMemory:
            return "out_of_memory";
        case Fault::Flooded:
            return "flooded";
        case Fault::Corrupt:
            return "corrupt";
        case Fault::NotStarted:
            return "not_started";
        case Fault::TooLarge:
            return "too_large";
        case Fault::GivenUp:
            return "given_up";
    }
    return "crashed";
}

Plugin::Plugin(Settings settings, host::NodeContext& context, const aorta_host* host)
    : settings_(std::move(settings)),
      context_(context),
      host_(host),
      abi_{.size = sizeof(aorta_instance),
           .self = this,
           .start = Calls::start,
           .stop = Calls::stop,
           .destroy = Calls::destroy,
           .get_extension = Calls::get_extension,
           .process = Calls::process,
           .on_timer = Calls::on_timer},
      tables_abi_(static_cast<const aorta_tables*>(host->get_extension(host, AORTA_EXT_TABLES))),
      deeds_(host),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    for (std::uint32_t i = 0; tables_abi_ != nullptr; ++i) {
        const aorta_str name = tables_abi_->name(tables_abi_, i);
        if (name.size == 0) {
            break;
        }
        tables_.push_back(tables_abi_->open(tables_abi_, name));
    }
}

Plugin::~Plugin() {
    ::close(wake_fd_);
}

void Plugin::give_up() {
    is_given_up_.store(true);
    static_cast<void>(::eventfd_write(wake_fd_, 1));
}

Status Plugin::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

std::string Plugin::head() const {
    transport::WireWriter out;
    out.fixed(static_cast<std::uint64_t>(context_.clock.now().count()));
    out.fixed(static_cast<std::uint64_t>(context_.clock.steady().count()));
    return out.take();
}

// ---- The process ------------------------------------------------------------------------------

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

std::uint32_t Plugin::start(const aorta_diagnostics* errors) {
    config::Diagnostics diagnostics;
    const Result<void> started = tell_start(diagnostics);
    for (const config::Diagnostic& each : diagnostics.sorted()) {
        errors->error(errors, nullptr, to_abi(each.message));
    }
    if (!started.ok() && diagnostics.empty()) {
        errors->error(errors, nullptr, to_abi(started.error().message));
    }
    return static_cast<std::uint32_t>(started.ok() ? ErrorCode::Ok : started.error().code);
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
        row.text({cells[i].data == nullptr ? "" : cells[i].data,
                  static_cast<std::size_t>(cells[i].size)});
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

/// What the last process held comes to this one as if it were new.
void Plugin::feed_orphan(const aorta_out* out) {
    Orphan orphan = orphans_.front();
    orphans_.pop_front();
    Item item{.record = orphan.record};
    const Fault fault = try_records({&item, 1}, nullptr, out);
    if (fault == Fault::None) {
        return;
    }
    if (fault == Fault::GivenUp || ++orphan.attempts < settings_.attempts) {
        orphans_.push_front(orphan);
        return;
    }
    out->resolve(out,
                 orphan.record,
                 AORTA_FAIL,
                 static_cast<std::uint32_t>(code_of(fault)),
                 to_abi(reason_of(fault)),
                 {});
}

// ---- Calls ------------------------------------------------------------------------------------

void Plugin::call(FrameKind kind, const aorta_out* out) {
    for (std::uint32_t attempt = 0; attempt < settings_.attempts; ++attempt) {
        if (ready(out) != Fault::None) {
            return;
        }
        const auto acts = exchange(kind, head());
        if (acts.ok()) {
            deeds_.apply(*acts, {}, nullptr, out);
            return;
        }
        if (ended(acts.error()) == Fault::GivenUp) {
            return;
        }
    }
}

void Plugin::process(const aorta_batch& batch) {
    std::vector<Item> items;
    std::size_t bytes = 0;
    for (std::uint32_t i = 0; i < batch.count; ++i) {
        items.push_back({batch.records[i], i});
        bytes += batch.records[i]->length;
        if (bytes >= kPart || items.size() == transport::kMaxRecords || i + 1 == batch.count) {
            run(items, batch);
            items.clear();
            bytes = 0;
        }
    }
}

/// Together, and one by one when that has ended the process.
void Plugin::run(std::span<Item> items, const aorta_batch& batch) {
    if (items.size() > 1 && ready(batch.out) == Fault::None &&
        try_records(items, batch.verdicts, batch.out) == Fault::None) {
        return;
    }
    for (const Item& item : items) {
        run_alone(item, batch);
    }
}

void Plugin::run_alone(Item item, const aorta_batch& batch) {
    Fault fault = Fault::None;
    for (std::uint32_t attempt = 0; attempt < settings_.attempts; ++attempt) {
        fault = ready(batch.out);
        if (fault != Fault::None) {
            break;
        }
        fault = try_records({&item, 1}, batch.verdicts, batch.out);
        if (fault == Fault::None) {
            return;
        }
        if (fault == Fault::TooLarge) {
            break;
        }
    }
    give_up_on(item, fault, batch);
}

void Plugin::give_up_on(const Item& item, Fault fault, const aorta_batch& batch) const {
    if (fault == Fault::GivenUp) {
        // Held and never given back: the engine's fate for what a shutdown cuts off.
        batch.out->absorb(batch.out, *item.index);
        return;
    }
    batch.out->fail(batch.out,
                    *item.index,
                    static_cast<std::uint32_t>(code_of(fault)),
                    to_abi(reason_of(fault)),
                    {});
}

Fault Plugin::try_records(std::span<Item> items,
                          std::uint8_t* maybe_verdicts,
                          const aorta_out* out) {
    transport::BodyWriter body{context_.names, 0, head()};
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& record = *message::Record::from_abi(items[i].record);
        if (!body.add(record, i + 1, 0, {})) {
            return Fault::TooLarge;
        }
    }
    const auto acts = exchange(FrameKind::Process, body.take());
    if (!acts.ok()) {
        return ended(acts.error());
    }
    deeds_.apply(*acts, items, maybe_verdicts, out);
    restarts_.worked();
    config::Diagnostics none;
    if (!read_report(*acts, none).ok()) {
        context_.misbehaved(settings_.node, "an exception crossed the border");
    }
    return Fault::None;
}

}  // namespace aorta::isolation
