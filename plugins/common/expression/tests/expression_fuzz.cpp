// Compiles any bytes and runs what compiles over one message.
#include "common/expression/tests/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace aorta::expression;  // NOLINT(google-build-using-namespace)
    static testing::Sample sample;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto expression = Expression::compile(text);
    if (!expression.ok()) {
        if (!expression.error().where.starts_with("byte ")) {
            std::abort();
        }
        return 0;
    }
    EvalStats stats;
    const Outcome first = sample.evaluate(*expression, stats);
    if (first != sample.evaluate(*expression, stats)) {
        std::abort();
    }
    return 0;
}
