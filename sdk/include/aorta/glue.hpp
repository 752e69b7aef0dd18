// The border between C++ plugins and the ABI: every call in, every exception caught. Included by
// sdk.hpp; plugin authors need not read it.
#pragma once

#include <aorta/abi.h>
#include <aorta/descriptor.hpp>
#include <aorta/ext/state.h>
#include <aorta/host.hpp>
#include <aorta/options.hpp>
#include <aorta/processor.hpp>
#include <aorta/record.hpp>
#include <aorta/result.hpp>
#include <aorta/sink.hpp>
#include <aorta/source.hpp>
#include <aorta/state.hpp>
#include <aorta/table.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace aorta::detail {

template <class T>
struct Instance : aorta_instance {
    Instance(const Options& options, Host node_host)
        : aorta_instance{}, host(node_host), object(options, node_host) {
        size = sizeof(aorta_instance);
        self = this;
    }

    Host host;
    T object;
};

template <class T>
Instance<T>& of(aorta_instance* instance) {
    return *static_cast<Instance<T>*>(instance->self);
}

inline constexpr std::string_view kExceptionReason = "plugin.exception";

/// Runs `body`; an exception becomes an error report and `failed`.
template <class Body>
std::uint32_t guarded(const aorta_diagnostics* errors, Body body) {
    std::string what = "the plugin threw an unknown exception";
    try {
        return body();
    } catch (const std::exception& error) {
        what = error.what();
    } catch (...) {
    }
    errors->error(errors, nullptr, to_abi(what));
    return AORTA_INTERNAL;
}

inline std::uint32_t report(const Result<void>& result, const aorta_diagnostics* errors) {
    if (result.ok()) {
        return AORTA_OK;
    }
    const Error& error = result.error();
    const std::string text =
        error.where.empty() ? error.message : error.where + ": " + error.message;
    errors->error(errors, nullptr, to_abi(text));
    return static_cast<std::uint32_t>(error.code);
}

template <class T>
void destroy(aorta_instance* instance) {
    try {
        delete &of<T>(instance);
    } catch (...) {
        return;
    }
}

inline void apply(const aorta_batch* batch, std::uint32_t index, const Verdict& verdict) {
    const aorta_out* out = batch->out;
    switch (verdict.kind) {
        case AORTA_PASS:
            if (verdict.port == 0) {
                batch->verdicts[index] = AORTA_PASS;
            } else {
                out->pass(out, index, verdict.port);
            }
            break;
        case AORTA_DROP:
            out->drop(out, index, to_abi(verdict.reason), to_abi(verdict.where.text()));
            break;
        case AORTA_REJECT:
            out->reject(out, index, to_abi(verdict.reason), to_abi(verdict.where.text()));
            break;
        case AORTA_FAIL:
            out->fail(out,
                      index,
                      static_cast<std::uint32_t>(verdict.code),
                      to_abi(verdict.reason),
                      to_abi(verdict.where.text()));
            break;
        default:
            batch->verdicts[index] = static_cast<std::uint8_t>(verdict.kind);
    }
}

template <class T>
void process(aorta_instance* instance, const aorta_batch* batch) {
    auto& self = of<T>(instance);
    const aorta_host* host = self.host.abi();
    const aorta_out* calls = batch->out;
    aorta_record* const* records = batch->records;
    const std::uint32_t count = batch->count;
    for (std::uint32_t i = 0; i < count; ++i) {
        try {
            Record record{host, records[i]};
            Out out{host, calls, i};
            apply(batch, i, self.object.T::process(record, out));
        } catch (...) {
            apply(batch, i, Verdict::fail(ErrorCode::Internal, kExceptionReason));
        }
    }
}

template <class T>
void on_timer(aorta_instance* instance, const aorta_out* abi_out, std::int64_t now_ns) {
    auto& self = of<T>(instance);
    try {
        Out out{self.host.abi(), abi_out, 0};
        self.object.on_timer(out, Nanoseconds{now_ns});
    } catch (...) {
        self.host.log(AORTA_LOG_ERROR, "plugin_exception", {{"call", "on_timer"}});
    }
}

template <class T>
void drain(aorta_instance* instance, const aorta_out* abi_out) {
    auto& self = of<T>(instance);
    try {
        Out out{self.host.abi(), abi_out, 0};
        self.object.drain(out);
    } catch (...) {
        self.host.log(AORTA_LOG_ERROR, "plugin_exception", {{"call", "drain"}});
    }
}

template <class T>
concept HasState = requires {
    T::kStateVersion;
};

inline Nanoseconds wall_ahead(const Host& host) {
    return host.now() - host.steady();
}

template <class T>
std::uint32_t save(aorta_instance* instance, const aorta_state_writer* abi_writer) {
    auto& self = of<T>(instance);
    try {
        StateWriter writer{abi_writer, wall_ahead(self.host)};
        const T& object = self.object;
        object.save(writer);
        return AORTA_OK;
    } catch (...) {
        self.host.log(AORTA_LOG_ERROR, "plugin_exception", {{"call", "save"}});
        return AORTA_INTERNAL;
    }
}

template <class T>
std::uint32_t load(aorta_instance* instance,
                   std::uint32_t version,
                   aorta_str bytes,
                   const aorta_diagnostics* errors) {
    return guarded(errors, [&] {
        auto& self = of<T>(instance);
        StateReader reader{from_abi(bytes), wall_ahead(self.host)};
        return report(self.object.load(reader, version), errors);
    });
}

template <HasState T>
const void* state_extension(const char* id) {
    static constexpr aorta_state kState{sizeof(aorta_state), T::kStateVersion, save<T>, load<T>};
    return std::string_view{id} == AORTA_EXT_STATE ? &kState : nullptr;
}

template <class T>
void consume(aorta_instance* instance, const aorta_batch* batch) {
    auto& self = of<T>(instance);
    std::vector<Delivery> deliveries;
    deliveries.reserve(batch->count);
    for (std::uint32_t i = 0; i < batch->count; ++i) {
        deliveries.emplace_back(self.host.abi(), batch->records[i]);
    }
    try {
        self.object.consume(deliveries);
    } catch (...) {
        self.host.log(AORTA_LOG_ERROR, "plugin_exception", {{"call", "consume"}});
        // Which of them were completed is not known here; the host ignores those that were.
        for (const Delivery& delivery : deliveries) {
            delivery.fail(ErrorCode::Internal, kExceptionReason);
        }
    }
}

inline Outcome to_outcome(const aorta_outcome* abi) {
    const bool has_reply = abi->size >= offsetof(aorta_outcome, reply) + sizeof abi->reply;
    return {abi->kind,
            static_cast<ErrorCode>(abi->code),
            from_abi(abi->reason),
            from_abi(abi->where),
            has_reply ? from_abi(abi->reply) : std::string_view{}};
}

/// Runs a callback that has nobody to report to but the log.
template <class T, class Body>
void logged(aorta_instance* instance, const char* call, Body body) {
    auto& self = of<T>(instance);
    try {
        body(self.object);
    } catch (...) {
        self.host.log(AORTA_LOG_ERROR, "plugin_exception", {{"call", call}});
    }
}

template <class T>
void wire(Instance<T>& made) {
    made.destroy = destroy<T>;
    made.get_extension = [](aorta_instance*, [[maybe_unused]] const char* id) -> const void* {
        if constexpr (HasState<T>) {
            return state_extension<T>(id);
        }
        return nullptr;
    };
    made.start = [](aorta_instance* instance, const aorta_diagnostics* errors) -> std::uint32_t {
        if constexpr (std::is_base_of_v<Processor, T>) {
            return AORTA_OK;
        } else {
            return guarded(errors, [&] { return report(of<T>(instance).object.start(), errors); });
        }
    };
    if constexpr (std::is_base_of_v<Processor, T>) {
        made.process = process<T>;
        made.on_timer = on_timer<T>;
        made.stop = drain<T>;
    } else {
        made.stop = [](aorta_instance* instance, const aorta_out*) {
            logged<T>(instance, "stop", [](T& object) { object.stop(); });
        };
    }
    if constexpr (std::is_base_of_v<Source, T>) {
        made.on_credit = [](aorta_instance* instance) {
            logged<T>(instance, "on_credit", [](T& object) { object.on_credit(); });
        };
        made.on_ack =
            [](aorta_instance* instance, std::uint64_t cookie, const aorta_outcome* answer) {
                logged<T>(instance, "on_ack", [&](T& object) {
                    object.on_ack(cookie, to_outcome(answer));
                });
            };
        made.on_settled =
            [](aorta_instance* instance, std::uint64_t cookie, const aorta_outcome* fate) {
                logged<T>(instance, "on_settled", [&](T& object) {
                    object.on_settled(cookie, to_outcome(fate));
                });
            };
    }
    if constexpr (std::is_base_of_v<Sink, T>) {
        made.consume = consume<T>;
    }
}

template <class T>
void check(const aorta_value* options, const aorta_diagnostics* diagnostics) {
    guarded(diagnostics, [&] {
        if constexpr (requires(Diagnostics & report_to) { T::check(Options{}, report_to); }) {
            Diagnostics collected{diagnostics};
            T::check(Options{options}, collected);
        }
        return std::uint32_t{AORTA_OK};
    });
}

template <class T>
aorta_instance* create(const aorta_host* host,
                       const aorta_value* options,
                       const aorta_diagnostics* errors) {
    static_assert(std::is_base_of_v<Processor, T> || std::is_base_of_v<Source, T> ||
                      std::is_base_of_v<Sink, T>,
                  "a plugin derives from aorta::Processor, aorta::Source or aorta::Sink");
    aorta_instance* made = nullptr;
    guarded(errors, [&] {
        auto instance = std::make_unique<Instance<T>>(Options{options}, Host{host});
        wire(*instance);
        made = instance.release();
        return std::uint32_t{AORTA_OK};
    });
    return made;
}

}  // namespace aorta::detail

/// Exports the plugin: the ELF note, read without loading, and the one symbol.
#define AORTA_PLUGIN(Class, description)                                                     \
    namespace {                                                                              \
    __attribute__((section(".note.aorta"), used, aligned(4))) constexpr auto kAortaNote =    \
        ::aorta::detail::make_note<description>();                                           \
    }                                                                                        \
    extern "C" __attribute__((visibility("default"))) const aorta_plugin_entry aorta_plugin; \
    extern "C" const aorta_plugin_entry aorta_plugin = {                                     \
        .size = sizeof(aorta_plugin_entry),                                                  \
        .abi_major = AORTA_ABI_MAJOR,                                                        \
        .abi_minor = AORTA_ABI_MINOR,                                                        \
        .reserved = 0,                                                                       \
        .descriptor = {kAortaNote.json.data(), kAortaNote.head.descriptor_size},             \
        .check = ::aorta::detail::check<Class>,                                              \
        .create = ::aorta::detail::create<Class>}
