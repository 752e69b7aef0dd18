// The listener with a host that does nothing but accept: what the plugin itself costs. Prints its
// port and serves until standard input ends; measure it with mllp_floor --connect.
#include "source/mllp/tests/bench_host.hpp"

#include <cstdio>

int main() {
    using aorta::plugins::mllp::Listener;
    Listener* served = nullptr;
    const aorta_host host = aorta::plugins::mllp::make_bench_host(&served);
    Listener listener(aorta::Host{&host}, aorta::plugins::mllp::bench_config());
    served = &listener;
    if (!listener.start().ok()) {
        return 69;
    }
    std::printf("%s\n", listener.address().to_string().c_str());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    return 0;
}
