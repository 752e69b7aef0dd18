// What an isolated plugin's process may send as its answer.
#include "isolation/answer.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto acts =
        aorta::isolation::read_answer({reinterpret_cast<const char*>(data), size}, 1'000);
    if (acts.ok()) {
        std::string again;
        for (const aorta::isolation::Act& act : *acts) {
            write(again, act);
        }
        aorta::config::Diagnostics diagnostics;
        static_cast<void>(read_report(*acts, diagnostics));
        if (!aorta::isolation::read_answer(again, 1'000).ok()) {
            __builtin_trap();
        }
    }
    return 0;
}
