// What TLS costs on kept connections: CPU of both ends for a message and its answer, in the clear
// and through TLS, in turns. Usage: mllp_tls_bench [CONNECTIONS [ROUNDS]]
#include "common/hl7/frame.hpp"
#include "common/net/tests/peer.hpp"
#include "common/net/tests/tls_pair.hpp"
#include "source/mllp/tests/bench_host.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace aorta::plugins::mllp {
namespace {

using aorta::testing::kPatience;
using aorta::testing::Peer;

constexpr std::size_t kMessage = 837;  // bytes, as in the other MLLP benchmarks
constexpr int kRepeats = 7;

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Both ends in this process, on their connections.
class Rig {
public:
    Rig(int connections, std::optional<net::TlsConfig> server, std::optional<net::TlsConfig> client)
        : listener_(Host{&host_}, with_tls(std::move(server))) {
        served_ = &listener_;
        if (!listener_.start().ok()) {
            std::exit(69);
        }
        for (int i = 0; i < connections; ++i) {
            auto stream =
                net::connect(*net::parse_host_port(listener_.address().to_string()), kPatience);
            if (client) {
                stream->secure(aorta::testing::must_load(*client));
                net::shake_hands(*stream, kPatience);
            }
            peers_.emplace_back(std::move(*stream));
        }
    }

    /// Microseconds of CPU a message.
    double run(int rounds) {
        const double before = cpu_seconds();
        for (int round = 0; round < rounds; ++round) {
            for (Peer& peer : peers_) {
                peer.send(frame_);
            }
            for (Peer& peer : peers_) {
                peer.receive_frame();
            }
        }
        const double count = static_cast<double>(peers_.size()) * rounds;
        return (cpu_seconds() - before) / count * 1e6;
    }

private:
    static ListenerConfig with_tls(std::optional<net::TlsConfig> tls) {
        ListenerConfig config = bench_config();
        config.listen.tls = std::move(tls);
        return config;
    }

    static std::string message() {
        std::string text = "MSH|^~\\&|LAB|W|EHR|H|20240101||ADT^A01|1|P|2.5.1\rPID|1||4711||DOE\r";
        return text + "NTE|1||" + std::string(kMessage - text.size() - 8, 'x') + "\r";
    }

    Listener* served_ = nullptr;
    aorta_host host_ = make_bench_host(&served_);
    Listener listener_;
    std::vector<Peer> peers_;
    std::string frame_ = hl7::frame(message());
};

int main_of(int connections, int rounds) {
    aorta::testing::TlsFiles files;
    Rig plain(connections, std::nullopt, std::nullopt);
    Rig tls(connections, files.server(), files.client());
    std::vector<double> ratios;
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
        const double clear = plain.run(rounds);
        const double secured = tls.run(rounds);
        std::printf("plain %.1f us, TLS %.1f us, ratio %.2f\n", clear, secured, secured / clear);
        ratios.push_back(secured / clear);
    }
    std::sort(ratios.begin(), ratios.end());
    std::printf("median ratio %.2f (%d connections, both ends' CPU a message)\n",
                ratios[ratios.size() / 2],
                connections);
    return 0;
}

}  // namespace
}  // namespace aorta::plugins::mllp

int main(int argc, char** argv) {
    return aorta::plugins::mllp::main_of(argc > 1 ? std::atoi(argv[1]) : 64,
                                         argc > 2 ? std::atoi(argv[2]) : 100);
}
