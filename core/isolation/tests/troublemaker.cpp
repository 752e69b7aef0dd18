// A processor that does what its records say: what a process of its own is there to withstand.
#include <aorta/sdk.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr aorta::Option kOptions[] = {
    {.name = "refuse", .type = aorta::Type::Bool, .summary = "is wrong", .default_value = "false"},
    {.name = "ends",
     .type = aorta::Type::Bool,
     .summary = "never starts",
     .default_value = "false"},
};
constexpr aorta::Port kPorts[] = {{"out"}, {"side"}};
constexpr aorta::Reason kReasons[] = {
    {"trouble.asked", "the record says so"},
    {"trouble.errno", "where is what the system said"},
};
constexpr aorta::Descriptor kDescriptor = {.id = "troublemaker",
                                           .kind = aorta::Kind::Processor,
                                           .summary = "Does what its records say",
                                           .outputs = kPorts,
                                           .concurrency = aorta::Concurrency::Serial,
                                           .reasons = kReasons,
                                           .options = kOptions};

/// 0, or what the system said.
int error_of(long result) {
    return result < 0 ? errno : 0;
}

int try_to(std::string_view what) {
    if (what == "network") {
        return error_of(::socket(AF_INET, SOCK_STREAM, 0));
    }
    if (what == "fork") {
        return error_of(::fork());
    }
    if (what == "exec") {
        return error_of(::execl("/bin/true", "true", nullptr));
    }
    if (what == "write") {
        return error_of(::open("/tmp/aorta-troublemaker", O_WRONLY | O_CREAT, 0600));
    }
    if (what == "kill") {
        return error_of(::kill(::getppid(), 0));
    }
    if (what == "read") {
        return error_of(::open("/etc/hostname", O_RDONLY));
    }
    return ENOSYS;
}

class Troublemaker final : public aorta::Processor {
public:
    Troublemaker(const aorta::Options& options, aorta::Host host)
        : host_(host), seen_(host.counter("seen")) {
        if (options["ends"].flag()) {
            std::abort();
        }
    }

    static void check(const aorta::Options& options, aorta::Diagnostics& diagnostics) {
        if (options["refuse"].flag()) {
            diagnostics.error(options["refuse"], "it does not want to");
        }
    }

    aorta::Verdict process(aorta::Record& record, aorta::Out& out) override {
        seen_.add();
        const std::string_view word = record.payload();
        trouble(word);
        if (word.starts_with("try ")) {
            const int error = try_to(word.substr(4));
            return error == 0 ? aorta::Verdict::pass()
                              : aorta::Verdict::drop("trouble.errno", std::to_string(error));
        }
        if (word == "hold") {
            held_.push_back(out.absorb());
            return aorta::Verdict::absorbed();
        }
        if (word == "release") {
            release(out);
        }
        if (word == "wait") {
            held_.push_back(out.absorb());
            host_.set_timer(host_.steady() + std::chrono::seconds(5));
            return aorta::Verdict::absorbed();
        }
        return ordinary(record, word, out);
    }

    void on_timer(aorta::Out& out, aorta::Nanoseconds) override {
        for (const aorta::Record& record : held_) {
            out.emit_from(std::span{&record, 1}, 1, {.payload = host_.buffer("late")});
            out.resolve(record, aorta::Verdict::emitted());
        }
        held_.clear();
    }

    void drain(aorta::Out& out) override { release(out); }

private:
    void trouble(std::string_view word) {
        if (word == "crash") {
            static_cast<void>(std::raise(SIGSEGV));
        } else if (word == "exit") {
            std::exit(0);
        } else if (word == "hang") {
            while (true) {
                ::pause();
            }
        } else if (word == "leak") {
            while (true) {
                leaked_.push_back(std::string(1U << 20U, 'x'));
            }
        }
    }

    aorta::Verdict ordinary(aorta::Record& record, std::string_view word, aorta::Out& out) {
        if (word == "flood") {
            for (int i = 0; i < 100; ++i) {
                out.emit(0, {.payload = host_.buffer(std::string(1U << 20U, 'x'))});
            }
            return aorta::Verdict::emitted();
        }
        if (word == "edit") {
            record.set_payload(host_.buffer("edited"), host_.intern("text"));
            record.set_attribute(host_.intern("colour"), "red");
            record.set_event_time(aorta::Nanoseconds{7});
            record.set_key("MRN1");
            return aorta::Verdict::pass(1);
        }
        if (word == "twins") {
            record.set_attribute(host_.intern("colour"), "blue");
            out.emit(0, {.payload = host_.buffer("one")});
            out.emit(1, {});
            return aorta::Verdict::emitted();
        }
        if (word == "drop") {
            return aorta::Verdict::drop("trouble.asked", "byte 1");
        }
        if (word == "reject") {
            return aorta::Verdict::reject("trouble.asked", "byte 2");
        }
        if (word == "fail") {
            return aorta::Verdict::fail(aorta::ErrorCode::Denied, "trouble.asked");
        }
        if (word == "log") {
            host_.log(AORTA_LOG_WARN, "heard_of_it", {{"text", "words"}, {"number", 42}});
        }
        return aorta::Verdict::pass();
    }

    void release(aorta::Out& out) {
        for (const aorta::Record& record : held_) {
            out.resolve(record, aorta::Verdict::pass());
        }
        held_.clear();
    }

    aorta::Host host_;
    aorta::Counter seen_;
    std::vector<aorta::Record> held_;
    std::vector<std::string> leaked_;
};

}  // namespace

AORTA_PLUGIN(Troublemaker, kDescriptor);
