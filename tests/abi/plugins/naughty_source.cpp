// Sources that break a rule. The macro says which; without one it is a source as it should be.
#include <aorta/sdk.hpp>

#include <thread>

namespace {

constexpr aorta::Port kOutputs[] = {{"out", "bytes", "three records"}};
constexpr aorta::Descriptor kDescriptor = {.id = "naughty",
                                           .kind = aorta::Kind::Source,
                                           .summary = "Breaks a rule",
                                           .outputs = kOutputs,
                                           .concurrency = aorta::Concurrency::Serial};

class Naughty final : public aorta::Source {
public:
    Naughty(const aorta::Options& /*options*/, aorta::Host host) : host_(host) {}

    aorta::Result<void> start() override {
        for (std::uint64_t i = 1; i <= 3; ++i) {
            push(i);
        }
        host_.finished();
#if defined(NAUGHTY_FINISHES_TWICE)
        host_.finished();
#endif
        return {};
    }

    void stop() override {}

    void on_settled(std::uint64_t /*cookie*/, const aorta::Outcome& /*fate*/) override {}

#if defined(NAUGHTY_PUSHES_AFTER_STOP)
    ~Naughty() override {
        push(4);
    }
#endif

private:
    void push(std::uint64_t number) {
        aorta::Buffer payload = host_.buffer("record");
        aorta::Draft draft;
        draft.payload = std::move(payload);
        draft.content_type = host_.intern("bytes");
        draft.position = number;
        draft.cookie = number;
        host_.push(std::move(draft));
    }

    aorta::Host host_;
};

}  // namespace

AORTA_PLUGIN(Naughty, kDescriptor);
