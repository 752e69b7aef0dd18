// The floor of "MLLP in, acknowledge": an epoll server that answers every frame with the same
// bytes, and the load client that measures it, or any other MLLP receiver (--connect), in the same
// way: N connections, one message under way on each. Prints one line of JSON.
//
//   mllp_floor [--connections 64] [--seconds 3] [--connect 127.0.0.1:2575]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr std::string_view kAnswer =
    "\x0bMSH|^~\\&|EHR|HOSP|LAB|WARD|20240101120000||ACK^A01^ACK|1|P|2.5.1\rMSA|AA|"
    "MSG00001\r\x1c\r";
constexpr std::string_view kAccepted = "\rMSA|AA|MSG00001";
constexpr std::chrono::milliseconds kWarmUp{300};

/// 837 bytes, as ADT messages typically are.
std::string make_message() {
    std::string message =
        "\x0bMSH|^~\\&|LAB|WARD|EHR|HOSP|20240101120000||ADT^A01^ADT_A01|MSG00001|P|2.5.1\r"
        "EVN|A01|20240101120000|||OP123^SAMPLE^OPERATOR\r"
        "PID|1||100200300^^^HOSP^MR~900800700^^^NAT^NI||SAMPLE^PERSON^Q^^^^L||19700101|F|||"
        "1 EXAMPLE STREET^^EXAMPLETOWN^ZZ^00000^XX^H||^PRN^PH^^1^555^0100|||M||ACC0001\r"
        "NK1|1|SAMPLE^RELATIVE|SPO|1 EXAMPLE STREET^^EXAMPLETOWN^ZZ^00000|^PRN^PH^^1^555^0101\r"
        "PV1|1|I|W1^R2^B3^HOSP||||D100^DOCTOR^EXAMPLE|D200^DOCTOR^OTHER||MED||||1|||"
        "D100^DOCTOR^EXAMPLE|IN|V0001|||||||||||||||||||||||||20240101115500\r"
        "AL1|1|DA|PEN^PENICILLIN^L|MO|RASH\r";
    const std::size_t filled = message.size() + std::strlen("NTE|1||\r\x1c\r");
    message += "NTE|1||" + std::string(filled < 837 ? 837 - filled : 0, 'n') + "\r\x1c\r";
    return message;
}

[[noreturn]] void die(const char* what) {
    std::perror(what);
    std::exit(69);
}

void no_delay(int fd) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

void watch(int poller, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) {
        die("epoll_ctl");
    }
}

/// One answer for each end of a frame in what is read. Runs until it is killed.
[[noreturn]] void serve(int listener) {
    const int poller = epoll_create1(0);
    watch(poller, listener);
    std::array<epoll_event, 128> events{};
    std::vector<char> bytes(std::size_t{64} << 10U);
    std::string answers;
    for (;;) {
        const int count = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd == listener) {
                const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
                no_delay(accepted);
                watch(poller, accepted);
                continue;
            }
            const ssize_t size = recv(fd, bytes.data(), bytes.size(), 0);
            if (size <= 0) {
                close(fd);
                continue;
            }
            const auto frames = std::count(bytes.begin(), bytes.begin() + size, '\x1c');
            answers.clear();
            for (std::ptrdiff_t n = 0; n < frames; ++n) {
                answers += kAnswer;
            }
            [[maybe_unused]] const ssize_t sent =
                send(fd, answers.data(), answers.size(), MSG_NOSIGNAL);
        }
    }
}

struct Options {
    std::optional<sockaddr_in> connect;
    std::size_t connections = 64;
    double seconds = 3;
};

struct Measured {
    double seconds = 0;
    std::uint64_t wrong = 0;
    std::uint64_t answers = 0;  // with those of the warm-up
    std::vector<float> latencies_us;
};

struct Sender {
    int fd = -1;
    std::string received;
    Clock::time_point sent_at;
};

class Load {
public:
    Load(const sockaddr_in& target, std::size_t connections)
        : message_(make_message()), poller_(epoll_create1(0)), senders_(connections) {
        for (std::size_t i = 0; i < connections; ++i) {
            const int fd = socket(AF_INET, SOCK_STREAM, 0);
            if (connect(fd, generic(target), sizeof target) != 0) {
                die("connect");
            }
            no_delay(fd);
            senders_[i].fd = fd;
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.u64 = i;
            epoll_ctl(poller_, EPOLL_CTL_ADD, fd, &event);
        }
    }

    Measured run(double seconds) {
        const Clock::time_point begin = Clock::now() + kWarmUp;
        const Clock::time_point end =
            begin + std::chrono::duration_cast<Clock::duration>(duration<double>(seconds));
        for (Sender& sender : senders_) {
            send_next(sender, Clock::now());
        }
        Measured measured;
        std::array<epoll_event, 128> events{};
        Clock::time_point now = Clock::now();
        while (now < end) {
            const int count =
                epoll_wait(poller_, events.data(), static_cast<int>(events.size()), 1000);
            now = Clock::now();
            for (int i = 0; i < count; ++i) {
                Sender& sender = senders_[events[static_cast<std::size_t>(i)].data.u64];
                if (!receive(sender, measured)) {
                    continue;
                }
                ++measured.answers;
                if (now >= begin) {
                    measured.latencies_us.push_back(
                        duration<float, std::micro>(now - sender.sent_at).count());
                }
                send_next(sender, now);
            }
        }
        measured.seconds = duration<double>(now - begin).count();
        return measured;
    }

private:
    void send_next(Sender& sender, Clock::time_point now) {
        sender.received.clear();
        sender.sent_at = now;
        if (send(sender.fd, message_.data(), message_.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(message_.size())) {
            die("send");
        }
    }

    /// True when a whole answer is there.
    static bool receive(Sender& sender, Measured& measured) {
        std::array<char, 4096> bytes;
        const ssize_t size = recv(sender.fd, bytes.data(), bytes.size(), 0);
        if (size <= 0) {
            die("the receiver closed a connection");
        }
        sender.received.append(bytes.data(), static_cast<std::size_t>(size));
        if (sender.received.find('\x1c') == std::string::npos) {
            return false;
        }
        measured.wrong += sender.received.find(kAccepted) == std::string::npos ? 1 : 0;
        return true;
    }

    std::string message_;
    int poller_;
    std::vector<Sender> senders_;
};

double cpu_seconds(int who) {
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<sockaddr_in> parse_address(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (colon == std::string::npos ||
        inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
        return std::nullopt;
    }
    const auto port = std::strtoul(text.c_str() + colon + 1, nullptr, 10);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

std::optional<Options> parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        if (name == "--connections") {
            options.connections = std::strtoul(argv[i + 1], nullptr, 10);
        } else if (name == "--seconds") {
            options.seconds = std::strtod(argv[i + 1], nullptr);
        } else if (name == "--connect") {
            options.connect = parse_address(argv[i + 1]);
            if (!options.connect) {
                return std::nullopt;
            }
        } else {
            return std::nullopt;
        }
    }
    const bool is_sane = argc % 2 == 1 && options.connections > 0 && options.seconds > 0;
    return is_sane ? std::optional{options} : std::nullopt;
}

/// Starts the floor's server in a process of its own; it ends with this one.
pid_t start_server(sockaddr_in& address) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, generic(address), size) != 0 || listen(listener, 1024) != 0) {
        die("listen");
    }
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener);
    }
    close(listener);
    return child;
}

}  // namespace

int main(int argc, char** argv) {
    const std::optional<Options> options = parse(argc, argv);
    if (!options) {
        std::fputs("usage: mllp_floor [--connections N] [--seconds S] [--connect IP:PORT]\n",
                   stderr);
        return 2;
    }
    sockaddr_in target = options->connect.value_or(sockaddr_in{});
    const pid_t server = options->connect ? 0 : start_server(target);
    const double client_cpu_before = cpu_seconds(RUSAGE_SELF);
    Measured measured = Load(target, options->connections).run(options->seconds);
    const double client_cpu = cpu_seconds(RUSAGE_SELF) - client_cpu_before;
    double server_cpu = 0;
    if (server != 0) {
        kill(server, SIGKILL);
        waitpid(server, nullptr, 0);
        server_cpu = cpu_seconds(RUSAGE_CHILDREN);
    }
    std::vector<float>& latencies = measured.latencies_us;
    std::sort(latencies.begin(), latencies.end());
    const auto percentile = [&](double p) {
        const auto index = static_cast<std::size_t>(p * static_cast<double>(latencies.size()));
        return latencies.empty() ? 0.0 : static_cast<double>(latencies[index]);
    };
    const auto requests = static_cast<double>(latencies.size());
    std::printf(
        "{\"bench\":\"%s\",\"connections\":%zu,\"seconds\":%.3f,\"requests\":%zu,"
        "\"requests_per_s\":%.0f,\"answers\":%llu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"wrong_"
        "answers\":%llu,"
        "\"client_cpu_s\":%.3f,\"server_cpu_s\":%.3f}\n",
        server != 0 ? "mllp_floor" : "mllp_client",
        options->connections,
        measured.seconds,
        latencies.size(),
        requests / measured.seconds,
        static_cast<unsigned long long>(measured.answers),
        percentile(0.50),
        percentile(0.99),
        static_cast<unsigned long long>(measured.wrong),
        client_cpu,
        server_cpu);
    return measured.wrong == 0 && !latencies.empty() ? 0 : 1;
}
