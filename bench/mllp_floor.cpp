// The floor of "MLLP in, acknowledge": an epoll server that answers every frame with the same
// bytes, and the load client that measures it, or any other MLLP receiver (--connect), in the same
// way: N connections, one message under way on each. Prints one line of JSON.
//
//   mllp_floor [--connections 64] [--seconds 3] [--connect 127.0.0.1:2575 [--tls CA.pem] [--process
//   ID]]
//
// --process is whose CPU time is taken, while the requests that count are answered.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
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
#include <ctime>
#include <memory>
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

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freed<SSL_free>>;

/// Trusts this authority only.
Context make_context(const std::string& authority) {
    Context context{SSL_CTX_new(TLS_client_method())};
    if (SSL_CTX_load_verify_file(context.get(), authority.c_str()) != 1) {
        die("the authority's certificate");
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    // A read that meets a session ticket comes back, and leaves the waiting to epoll.
    SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);
    return context;
}

Session shake_hands(SSL_CTX& context, int fd) {
    Session session{SSL_new(&context)};
    SSL_set_fd(session.get(), fd);
    if (SSL_connect(session.get()) != 1) {
        die("the TLS handshake");
    }
    return session;
}

struct Options {
    std::optional<sockaddr_in> connect;
    std::optional<std::string> authority;
    pid_t process = 0;
    std::size_t connections = 64;
    double seconds = 3;
};

/// Of another process, all its threads; 0 if it is not known.
double cpu_seconds(pid_t process) {
    clockid_t clock{};
    timespec spent{};
    if (process == 0 || clock_getcpuclockid(process, &clock) != 0 ||
        clock_gettime(clock, &spent) != 0) {
        return 0;
    }
    return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

struct Measured {
    double seconds = 0;
    std::uint64_t wrong = 0;
    double server_cpu = 0;  // seconds, while the requests that count were answered
    std::vector<float> latencies_us;
};

struct Sender {
    int fd = -1;
    Session session;  // with TLS
    std::string received;
    Clock::time_point sent_at;
};

class Load {
public:
    /// With TLS if there is a `maybe_context`.
    Load(const sockaddr_in& target, std::size_t connections, SSL_CTX* maybe_context)
        : message_(make_message()), poller_(epoll_create1(0)), senders_(connections) {
        for (std::size_t i = 0; i < connections; ++i) {
            const int fd = socket(AF_INET, SOCK_STREAM, 0);
            if (connect(fd, generic(target), sizeof target) != 0) {
                die("connect");
            }
            no_delay(fd);
            senders_[i].fd = fd;
            if (maybe_context != nullptr) {
                senders_[i].session = shake_hands(*maybe_context, fd);
            }
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.u64 = i;
            epoll_ctl(poller_, EPOLL_CTL_ADD, fd, &event);
        }
    }

    Measured run(double seconds, pid_t server) {
        const Clock::time_point begin = Clock::now() + kWarmUp;
        const Clock::time_point end =
            begin + std::chrono::duration_cast<Clock::duration>(duration<double>(seconds));
        for (Sender& sender : senders_) {
            send_next(sender, Clock::now());
        }
        Measured measured;
        std::array<epoll_event, 128> events{};
        Clock::time_point now = Clock::now();
        std::optional<double> cpu_before;
        while (now < end) {
            const int count =
                epoll_wait(poller_, events.data(), static_cast<int>(events.size()), 1000);
            now = Clock::now();
            if (now >= begin && !cpu_before) {
                cpu_before = cpu_seconds(server);
            }
            for (int i = 0; i < count; ++i) {
                Sender& sender = senders_[events[static_cast<std::size_t>(i)].data.u64];
                if (!receive(sender, measured)) {
                    continue;
                }
                if (now >= begin) {
                    measured.latencies_us.push_back(
                        duration<float, std::micro>(now - sender.sent_at).count());
                }
                send_next(sender, now);
            }
        }
        measured.seconds = duration<double>(now - begin).count();
        measured.server_cpu = cpu_seconds(server) - cpu_before.value_or(0);
        return measured;
    }

private:
    void send_next(Sender& sender, Clock::time_point now) {
        sender.received.clear();
        sender.sent_at = now;
        const auto size = static_cast<int>(message_.size());
        const auto sent = sender.session
                              ? SSL_write(sender.session.get(), message_.data(), size)
                              : send(sender.fd, message_.data(), message_.size(), MSG_NOSIGNAL);
        if (sent != size) {
            die("send");
        }
    }

    /// Appends what is there.
    static void read(Sender& sender) {
        std::array<char, 4096> bytes;
        const int room = static_cast<int>(bytes.size());
        const auto size = sender.session ? SSL_read(sender.session.get(), bytes.data(), room)
                                         : recv(sender.fd, bytes.data(), bytes.size(), 0);
        if (size > 0) {
            sender.received.append(bytes.data(), static_cast<std::size_t>(size));
        } else if (!sender.session || SSL_get_error(sender.session.get(), static_cast<int>(size)) !=
                                          SSL_ERROR_WANT_READ) {
            die("the receiver closed a connection");
        }
    }

    /// True when a whole answer is there.
    static bool receive(Sender& sender, Measured& measured) {
        read(sender);
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
        } else if (name == "--tls") {
            options.authority = argv[i + 1];
        } else if (name == "--process") {
            options.process = static_cast<pid_t>(std::strtol(argv[i + 1], nullptr, 10));
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
        std::fputs(
            "usage: mllp_floor [--connections N] [--seconds S]\n"
            "                  [--connect IP:PORT [--tls CA.pem] [--process ID]]\n",
            stderr);
        return 2;
    }
    sockaddr_in target = options->connect.value_or(sockaddr_in{});
    const pid_t server = options->connect ? 0 : start_server(target);
    const Context context = options->authority ? make_context(*options->authority) : nullptr;
    Measured measured = Load(target, options->connections, context.get())
                            .run(options->seconds, server != 0 ? server : options->process);
    if (server != 0) {
        kill(server, SIGKILL);
        waitpid(server, nullptr, 0);
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
        "\"requests_per_s\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"wrong_"
        "answers\":%llu,"
        "\"server_cpu_s\":%.4f}\n",
        server != 0 ? "mllp_floor" : "mllp_client",
        options->connections,
        measured.seconds,
        latencies.size(),
        requests / measured.seconds,
        percentile(0.50),
        percentile(0.99),
        static_cast<unsigned long long>(measured.wrong),
        measured.server_cpu);
    return measured.wrong == 0 && !latencies.empty() ? 0 : 1;
}
