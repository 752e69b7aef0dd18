#include "isolation/plugin.hpp"

#include "transport/records.hpp"

#include <aorta/text.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace aorta::isolation {
namespace {

/// Records go over in parts of about this size.
constexpr std::size_t kPart = std::size_t{256} << 10U;
/// What a usual record takes there besides its payload.
constexpr std::size_t kAround = 128;

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
        items.push_back({.record = batch.records[i], .index = i});
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
    Fault fault = Fault::None;
    for (const Item& item : items) {
        if (fault == Fault::NotStarted) {
            give_up_on(item, fault, batch);  // nor will it for this one
        } else {
            fault = run_alone(item, batch);
        }
    }
}

Fault Plugin::run_alone(Item item, const aorta_batch& batch) {
    Fault fault = Fault::None;
    for (std::uint32_t attempt = 0; attempt < settings_.attempts; ++attempt) {
        fault = ready(batch.out);
        if (fault != Fault::None) {
            break;
        }
        fault = try_records({&item, 1}, batch.verdicts, batch.out);
        if (fault == Fault::None) {
            return fault;
        }
        if (fault == Fault::TooLarge) {
            break;
        }
    }
    give_up_on(item, fault, batch);
    return fault;
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
    std::size_t bytes = 0;
    for (const Item& item : items) {
        bytes += item.record->length + kAround;
    }
    std::string start = head();
    start.reserve(start.size() + bytes);  // grown step by step it would cost as much as the rest
    transport::BodyWriter body{context_.names, 0, std::move(start)};
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
