// What the SDK prevents and a plugin without it can still do. The macro says which.
#include <aorta/sdk.hpp>

#include <stdexcept>

namespace {

constexpr aorta::Descriptor kDescriptor = {.id = "naughty_raw",
                                           .kind = aorta::Kind::Processor,
                                           .summary = "Breaks a rule of the plain interface",
                                           .concurrency = aorta::Concurrency::Serial};

[[maybe_unused]] void process(aorta_instance* /*instance*/,
                              [[maybe_unused]] const aorta_batch* batch) {
#if defined(NAUGHTY_THROWS_ACROSS)
    throw std::runtime_error("over the border");
#elif defined(NAUGHTY_TOO_FEW_VERDICTS)
    for (std::uint32_t i = 0; i + 1 < batch->count; ++i) {
        batch->verdicts[i] = AORTA_PASS;
    }
#elif defined(NAUGHTY_TWO_VERDICTS)
    for (std::uint32_t i = 0; i < batch->count; ++i) {
        batch->out->pass(batch->out, i, 0);
        batch->out->drop(batch->out, i, aorta::to_abi("plugin.exception"), {});
    }
#endif
}

// One instance is enough: nothing here has a state.
aorta_instance* create(const aorta_host*, const aorta_value*, const aorta_diagnostics*) {
    auto* made = new aorta_instance{};
    made->size = sizeof(aorta_instance);
    made->self = made;
#if !defined(NAUGHTY_NO_PROCESS)
    made->process = process;
#endif
    made->start = [](aorta_instance*, const aorta_diagnostics*) -> std::uint32_t {
        return AORTA_OK;
    };
    made->stop = [](aorta_instance*, const aorta_out*) {};
    made->destroy = [](aorta_instance* instance) { delete instance; };
    return made;
}

__attribute__((section(".note.aorta"), used, aligned(4))) constexpr auto kNote =
    aorta::detail::make_note<kDescriptor>();

}  // namespace

extern "C" __attribute__((visibility("default"))) const aorta_plugin_entry aorta_plugin;
extern "C" const aorta_plugin_entry aorta_plugin = {
    .size = sizeof(aorta_plugin_entry),
    .abi_major = AORTA_ABI_MAJOR,
    .abi_minor = AORTA_ABI_MINOR,
    .reserved = 0,
    .descriptor = {kNote.json.data(), kNote.head.descriptor_size},
    .check = nullptr,
    .create = create};
