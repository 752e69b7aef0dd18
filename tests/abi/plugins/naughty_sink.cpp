// Sinks that break the rule of one completion for each record. The macro says how.
#include <aorta/sdk.hpp>

namespace {

constexpr aorta::Descriptor kDescriptor = {.id = "naughty",
                                           .kind = aorta::Kind::Sink,
                                           .summary = "Breaks a rule",
                                           .concurrency = aorta::Concurrency::Serial};

class Naughty final : public aorta::Sink {
public:
    Naughty(const aorta::Options& /*options*/, aorta::Host /*host*/) {}

    void consume(std::span<const aorta::Delivery> deliveries) override {
        for (const aorta::Delivery& delivery : deliveries) {
#if defined(NAUGHTY_COMPLETES_TWICE)
            delivery.done();
            delivery.done();
#elif defined(NAUGHTY_NEVER_COMPLETES)
            static_cast<void>(delivery);
#elif defined(NAUGHTY_UNDECLARED_REASON)
            delivery.fail(aorta::ErrorCode::Unavailable, "naughty.undeclared");
#else
            delivery.done();
#endif
        }
    }
};

}  // namespace

AORTA_PLUGIN(Naughty, kDescriptor);
