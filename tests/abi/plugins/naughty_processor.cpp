// Processors that load well and then break a rule: which one is set by the macro NAUGHTY.
#include <aorta/sdk.hpp>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

namespace {

constexpr aorta::Reason kReasons[] = {{"naughty.declared", "declared"}};
constexpr aorta::Descriptor kDescriptor = {.id = "naughty",
                                           .kind = aorta::Kind::Processor,
                                           .summary = "Breaks a rule",
                                           .concurrency = aorta::Concurrency::Serial,
                                           .reasons = kReasons};

[[maybe_unused]] [[noreturn]] void wait_for_ever() {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    while (true) {
        never.wait(lock);
    }
}

class Naughty final : public aorta::Processor {
public:
    Naughty(const aorta::Options& /*options*/, aorta::Host host) : host_(host) {
#if defined(NAUGHTY_THROWS_IN_CONSTRUCTOR)
        throw std::runtime_error("no constructor today");
#elif defined(NAUGHTY_HANGS_IN_CONSTRUCTOR)
        wait_for_ever();
#elif defined(NAUGHTY_EXITS_IN_CONSTRUCTOR)
        // No host can prevent this within one process: it is forbidden, and isolation catches it.
        std::exit(3);
#endif
    }

    aorta::Verdict process([[maybe_unused]] aorta::Record& record,
                           [[maybe_unused]] aorta::Out& out) override {
#if defined(NAUGHTY_THROWS_IN_PROCESS)
        throw std::runtime_error(std::string(record.payload()));
#elif defined(NAUGHTY_FLOODS)
        // The first record only: once is enough to see what becomes of it.
        for (; flood_ < 1'000'000; ++flood_) {
            out.emit(0, aorta::Draft{});
        }
        return aorta::Verdict::pass();
#elif defined(NAUGHTY_EMITS_NOTHING)
        return aorta::Verdict::emitted();
#elif defined(NAUGHTY_UNDECLARED_REASON)
        return aorta::Verdict::drop("naughty.undeclared");
#elif defined(NAUGHTY_LEAKS_DATA)
        return aorta::Verdict::reject("naughty.declared",
                                      std::string(record.payload().substr(0, 64)));
#elif defined(NAUGHTY_LEAKS_BUFFER)
        static_cast<void>(host_.buffer(record.payload()).release());
        return aorta::Verdict::pass();
#elif defined(NAUGHTY_HOLDS_FOR_EVER)
        out.absorb();
        return aorta::Verdict::absorbed();
#elif defined(NAUGHTY_WRONG_PORT)
        return aorta::Verdict::pass(7);
#elif defined(NAUGHTY_WRITES_PAYLOAD)
        if (!record.payload().empty()) {
            const_cast<char*>(record.payload().data())[0] ^= 1;
        }
        return aorta::Verdict::pass();
#else
        return aorta::Verdict::pass();
#endif
    }

private:
    [[maybe_unused]] aorta::Host host_;
    [[maybe_unused]] int flood_ = 0;
};

}  // namespace

AORTA_PLUGIN(Naughty, kDescriptor);
