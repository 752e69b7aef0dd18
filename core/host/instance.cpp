#include "host/instance.hpp"

#include "host/reasons.hpp"

#include <aorta/ext/state.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>

namespace aorta::host {
namespace {

Error crossed(const char* call) {
    return {
        ErrorCode::Internal,
        fmt::format("the plugin let an exception out of {}: this is a bug of the plugin", call)};
}

/// Runs a call over the border. An exception there never names what it carries: it may be data.
template <class Call>
Result<void> guarded(const char* name, Call call) {
    try {
        call();
        return {};
    } catch (...) {
        return crossed(name);
    }
}

bool can_be_destroyed(const aorta_instance& made) {
    constexpr std::size_t kMinSize = offsetof(aorta_instance, consume) + sizeof(made.consume);
    return made.size >= kMinSize && made.destroy != nullptr;
}

/// The name of the first function that the kind needs and the instance lacks.
const char* missing_function(const aorta_instance& made, config::Kind kind) {
    if (!can_be_destroyed(made)) {
        return "destroy";
    }
    if (made.start == nullptr) {
        return "start";
    }
    if (made.stop == nullptr) {
        return "stop";
    }
    if (kind == config::Kind::Processor && made.process == nullptr) {
        return "process";
    }
    if (kind == config::Kind::Sink && made.consume == nullptr) {
        return "consume";
    }
    return nullptr;
}

}  // namespace

void check_options(const Library& library,
                   const config::Value& options,
                   const config::Position& node,
                   config::Diagnostics& diagnostics,
                   const aorta_tables* maybe_tables) {
    if (library.entry().check == nullptr) {
        return;
    }
    const AbiOptions abi_options(options);
    const AbiDiagnostics report(diagnostics, node, maybe_tables);
    const auto checked =
        guarded("check", [&] { library.entry().check(abi_options.root(), report.abi()); });
    if (!checked) {
        diagnostics.error(node, checked.error().message);
    }
}

Instance::Instance(std::shared_ptr<const Library> library, config::Value options)
    : library_(std::move(library)), options_(std::move(options)) {}

Result<std::unique_ptr<Instance>> Instance::create(std::shared_ptr<const Library> library,
                                                   const aorta_host* host,
                                                   config::Value options,
                                                   const config::Position& node,
                                                   config::Diagnostics& diagnostics) {
    const std::size_t errors_before = diagnostics.error_count();
    std::unique_ptr<Instance> instance(new Instance(std::move(library), std::move(options)));
    const AbiDiagnostics report(diagnostics, node);
    aorta_instance* made = nullptr;
    const auto created = guarded("create", [&] {
        made = instance->library_->entry().create(host, instance->options_.root(), report.abi());
    });
    if (!created) {
        return created.error();
    }
    if (made == nullptr) {
        if (diagnostics.error_count() == errors_before) {
            return Error{ErrorCode::Internal, "the plugin made no instance and gave no reason"};
        }
        return Error{ErrorCode::InvalidConfig, "the plugin refused its options"};
    }
    if (can_be_destroyed(*made)) {
        instance->abi_ = made;
    }
    if (const char* missing = missing_function(*made, instance->library_->descriptor().kind)) {
        return Error{ErrorCode::Internal,
                     fmt::format("the plugin made an instance without a usable `{}`", missing)};
    }
    return instance;
}

std::unique_ptr<Instance> Instance::adopt(aorta_instance* made) {
    std::unique_ptr<Instance> instance(new Instance({}, {}));
    instance->abi_ = made;
    return instance;
}

Instance::~Instance() {
    if (abi_ != nullptr) {
        // Nobody is left to tell.
        static_cast<void>(guarded("destroy", [&] { abi_->destroy(abi_); }));
    }
}

Result<void> Instance::start(const config::Position& node, config::Diagnostics& diagnostics) {
    const AbiDiagnostics report(diagnostics, node);
    std::uint32_t code = AORTA_OK;
    auto called = guarded("start", [&] { code = abi_->start(abi_, report.abi()); });
    if (called && code != AORTA_OK) {
        return Error{code_of(code), "the plugin could not start"};
    }
    is_started_ = called.ok();
    return called;
}

Result<void> Instance::stop(const aorta_out* maybe_out) {
    if (!is_started_) {
        return {};
    }
    return guarded("stop", [&] { abi_->stop(abi_, maybe_out); });
}

Result<void> Instance::process(const aorta_batch& batch) {
    return guarded("process", [&] { abi_->process(abi_, &batch); });
}

Result<void> Instance::on_timer(const aorta_out& out, std::int64_t now_ns) {
    return guarded("on_timer", [&] {
        if (abi_->on_timer != nullptr) {
            abi_->on_timer(abi_, &out, now_ns);
        }
    });
}

Result<void> Instance::consume(const aorta_batch& batch) {
    return guarded("consume", [&] { abi_->consume(abi_, &batch); });
}

Result<void> Instance::on_credit() {
    return guarded("on_credit", [&] {
        if (abi_->on_credit != nullptr) {
            abi_->on_credit(abi_);
        }
    });
}

Result<void> Instance::on_ack(std::uint64_t cookie, const aorta_outcome& outcome) {
    return guarded("on_ack", [&] {
        if (abi_->on_ack != nullptr) {
            abi_->on_ack(abi_, cookie, &outcome);
        }
    });
}

Result<void> Instance::on_settled(std::uint64_t cookie, const aorta_outcome& outcome) {
    return guarded("on_settled", [&] {
        if (abi_->on_settled != nullptr) {
            abi_->on_settled(abi_, cookie, &outcome);
        }
    });
}

std::optional<std::uint32_t> Instance::state_version() {
    const auto* state = static_cast<const aorta_state*>(get_extension(AORTA_EXT_STATE));
    return state == nullptr ? std::nullopt : std::optional{state->version};
}

Result<std::string> Instance::save() {
    struct Sink {
        std::string bytes;
        bool is_full = false;
    } sink;

    const aorta_state_writer writer{
        sizeof(aorta_state_writer), &sink, [](const aorta_state_writer* self, aorta_str bytes) {
            auto& to = *static_cast<Sink*>(self->data);
            to.is_full = to.is_full || bytes.size > AORTA_STATE_MAX - to.bytes.size();
            if (!to.is_full) {
                to.bytes.append(bytes.data, static_cast<std::size_t>(bytes.size));
            }
        }};
    const auto* state = static_cast<const aorta_state*>(get_extension(AORTA_EXT_STATE));
    std::uint32_t code = AORTA_OK;
    const auto called = guarded("save", [&] { code = state->save(abi_, &writer); });
    if (!called) {
        return called.error();
    }
    if (code != AORTA_OK) {
        return Error{code_of(code), "the plugin could not save its state"};
    }
    if (sink.is_full) {
        return Error{ErrorCode::ResourceExhausted,
                     fmt::format("its state is larger than {} MiB", AORTA_STATE_MAX >> 20U)};
    }
    return std::move(sink.bytes);
}

Result<void> Instance::load(std::uint32_t version, std::string_view bytes) {
    const auto* state = static_cast<const aorta_state*>(get_extension(AORTA_EXT_STATE));
    config::Diagnostics diagnostics;
    const AbiDiagnostics report(diagnostics, {});
    std::uint32_t code = AORTA_OK;
    const auto called = guarded("load", [&] {
        code = state->load(abi_, version, {bytes.data(), bytes.size()}, report.abi());
    });
    if (!called) {
        return called.error();
    }
    if (code != AORTA_OK) {
        return Error{ErrorCode::InvalidData,
                     diagnostics.empty() ? "the plugin does not take its state"
                                         : diagnostics.sorted().front().message};
    }
    return {};
}

const void* Instance::get_extension(const char* id) {
    const void* extension = nullptr;
    static_cast<void>(guarded("get_extension", [&] {
        if (abi_->get_extension != nullptr) {
            extension = abi_->get_extension(abi_, id);
        }
    }));
    return extension;
}

}  // namespace aorta::host
