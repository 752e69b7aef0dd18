#include "host.hpp"

#include <aorta/ext/state.h>
#include <aorta/testing/harness.hpp>

#include <dlfcn.h>

#include <algorithm>
#include <utility>

namespace aorta::testing {

struct Harness::State {
    About about;
    OptionTree options;
    std::unique_ptr<TestHost> host;
    aorta_instance* instance = nullptr;
    Phase phase = Phase::Creating;
    std::vector<Item*> outstanding;  // given to a sink and not known to be completed

    /// Makes a call into the plugin; what comes across the border is a finding.
    template <class Call>
    void call(const char* name, Call body) {
        try {
            body();
        } catch (...) {
            host->find("exception.crossed", std::string("an exception came out of ") + name);
        }
    }

    /// Null when the plugin has no state that could be kept.
    const aorta_state* kept() {
        const void* found = nullptr;
        call("get_extension", [&] {
            if (instance->get_extension != nullptr) {
                found = instance->get_extension(instance, AORTA_EXT_STATE);
            }
        });
        return static_cast<const aorta_state*>(found);
    }

    Result<void> create(const aorta_plugin_entry& entry);
    Result<void> start();
    void stop();
    void destroy();
    void settle(const std::vector<TestHost::Push>& pushes);
};

namespace {

Error refused(ErrorCode code, std::string message) {
    return {code, std::move(message)};
}

/// The reports of the plugin as one text.
std::string joined(const std::vector<std::string>& errors) {
    std::string text;
    for (const std::string& error : errors) {
        text += (text.empty() ? "" : "; ") + error;
    }
    return text;
}

bool can_be_destroyed(const aorta_instance& made) {
    return made.size >= sizeof(aorta_instance) && made.destroy != nullptr;
}

const char* missing_function(const aorta_instance& made, About::Kind kind) {
    if (!can_be_destroyed(made)) {
        return "destroy";
    }
    if (made.start == nullptr) {
        return "start";
    }
    if (made.stop == nullptr) {
        return "stop";
    }
    if (kind == About::Kind::Processor && made.process == nullptr) {
        return "process";
    }
    if (kind == About::Kind::Sink && made.consume == nullptr) {
        return "consume";
    }
    return nullptr;
}

}  // namespace

Result<void> Harness::State::create(const aorta_plugin_entry& entry) {
    if (entry.check != nullptr) {
        call("check", [&] { entry.check(options.root(), host->diagnostics()); });
        if (const auto errors = host->take_errors(); !errors.empty()) {
            return refused(ErrorCode::InvalidConfig, "check refused: " + joined(errors));
        }
    }
    call("create",
         [&] { instance = entry.create(host->abi(), options.root(), host->diagnostics()); });
    const auto errors = host->take_errors();
    if (instance == nullptr) {
        return refused(ErrorCode::InvalidConfig,
                       errors.empty() ? "create made nothing and gave no reason"
                                      : "create refused: " + joined(errors));
    }
    if (const char* missing = missing_function(*instance, about.kind)) {
        if (!can_be_destroyed(*instance)) {
            instance = nullptr;
        }
        return refused(ErrorCode::Internal, std::string("the instance has no usable ") + missing);
    }
    return {};
}

Result<void> Harness::State::start() {
    std::uint32_t code = AORTA_INTERNAL;
    call("start", [&] { code = instance->start(instance, host->diagnostics()); });
    const auto errors = host->take_errors();
    if (code == AORTA_OK) {
        phase = Phase::Started;
        host->set_phase(phase);
        return {};
    }
    if (errors.empty()) {
        host->find("start.silent", "start failed and reported no error");
    }
    return refused(code <= AORTA_INTERNAL ? static_cast<ErrorCode>(code) : ErrorCode::Internal,
                   "start refused: " + joined(errors));
}

void Harness::State::settle(const std::vector<TestHost::Push>& pushes) {
    const aorta_outcome accepted{sizeof(aorta_outcome), AORTA_ACK_ACCEPT, 0, 0, {}, {}, {}};
    const aorta_outcome delivered{sizeof(aorta_outcome), AORTA_FATE_DELIVERED, 0, 0, {}, {}, {}};
    for (const TestHost::Push& push : pushes) {
        if (instance->on_ack != nullptr) {
            call("on_ack", [&] { instance->on_ack(instance, push.cookie, &accepted); });
        }
    }
    // Fates come in any order.
    for (auto push = pushes.rbegin(); push != pushes.rend(); ++push) {
        if (instance->on_settled != nullptr) {
            call("on_settled", [&] { instance->on_settled(instance, push->cookie, &delivered); });
        }
    }
}

void Harness::State::stop() {
    if (phase != Phase::Started) {
        return;
    }
    const bool is_processor = about.kind == About::Kind::Processor;
    host->begin_call({}, nullptr);
    call("stop", [&] { instance->stop(instance, is_processor ? host->out() : nullptr); });
    host->end_call();
    phase = Phase::Stopped;
    host->set_phase(phase);
    if (host->held_count() != 0) {
        host->find("absorb.unresolved", "stop returned while the plugin still held records");
    }
    if (!host->wait_completed(outstanding, std::chrono::milliseconds{0})) {
        host->find("complete.missing", "stop returned while records were not completed");
    }
    settle(host->wait_pushed(std::chrono::steady_clock::now()));
}

void Harness::State::destroy() {
    stop();
    if (instance != nullptr) {
        call("destroy", [&] { instance->destroy(std::exchange(instance, nullptr)); });
        host->set_phase(Phase::Destroyed);
        host->check_leaks();
    }
}

Harness::Harness(std::unique_ptr<State> state) : state_(std::move(state)) {}

Harness::~Harness() {
    state_->destroy();
}

Result<std::unique_ptr<Harness>> Harness::open(const std::filesystem::path& plugin,
                                               std::string_view options,
                                               std::vector<Table> tables) {
    // The dlerror text may be read by this thread only, which is the one that made it.
    void* library = ::dlopen(plugin.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) {
        const char* why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): thread-local in glibc
        return refused(ErrorCode::InvalidData, why == nullptr ? "cannot be loaded" : why);
    }
    const void* symbol = ::dlsym(library, "aorta_plugin");
    if (symbol == nullptr) {
        return refused(ErrorCode::InvalidData, "does not export the symbol aorta_plugin");
    }
    return open(*static_cast<const aorta_plugin_entry*>(symbol), options, std::move(tables));
}

Result<std::unique_ptr<Harness>> Harness::open(const aorta_plugin_entry& plugin,
                                               std::string_view options,
                                               std::vector<Table> tables) {
    if (plugin.size < sizeof(aorta_plugin_entry) || plugin.abi_major != AORTA_ABI_MAJOR ||
        plugin.create == nullptr) {
        return refused(ErrorCode::InvalidData, "was built for another ABI");
    }
    auto state = std::make_unique<State>();
    auto about = read_about(text_of(plugin.descriptor));
    if (!about) {
        return refused(ErrorCode::InvalidData, "bad descriptor: " + about.error().message);
    }
    state->about = std::move(*about);
    if (auto built = state->options.build(state->about, options); !built) {
        return built.error();
    }
    std::vector<std::string> ports = state->about.ports;
    for (std::string& name : state->options.keys_of(state->about.ports_from)) {
        ports.push_back(std::move(name));
    }
    state->host = std::make_unique<TestHost>(state->about, std::move(ports), std::move(tables));
    State& made = *state;
    // From here on the destructor cleans up.
    std::unique_ptr<Harness> harness(new Harness(std::move(state)));
    if (auto created = made.create(plugin); !created) {
        return created.error();
    }
    if (auto started = made.start(); !started) {
        return started.error();
    }
    return harness;
}

std::vector<Outcome> Harness::process(const std::vector<Record>& batch) {
    State& state = *state_;
    std::vector<Item*> items;
    std::vector<aorta_record*> records;
    for (const Record& record : batch) {
        items.push_back(&state.host->offer(record));
        records.push_back(&items.back()->abi);
    }
    std::vector<std::uint8_t> verdicts(batch.size() + 1, AORTA_NO_VERDICT);
    const aorta_batch abi{sizeof(aorta_batch),
                          static_cast<std::uint32_t>(records.size()),
                          records.data(),
                          verdicts.data(),
                          state.host->out()};
    state.host->begin_call(items, verdicts.data());
    state.call("process", [&] { state.instance->process(state.instance, &abi); });
    state.host->check_batch(items, verdicts.data());
    state.host->end_call();
    std::vector<Outcome> outcomes;
    for (Item* item : items) {
        if (item->is_held) {
            outcomes.push_back(item->outcome);
        } else {
            outcomes.push_back(std::move(item->outcome));
            state.host->release(*item);
        }
    }
    return outcomes;
}

Outcome Harness::process(std::string_view payload) {
    return process({Record{.payload = std::string(payload)}}).front();
}

std::vector<Outcome> Harness::advance(std::chrono::nanoseconds time) {
    State& state = *state_;
    state.host->advance(time);
    const auto now = state.host->take_due_alarm();
    if (now && state.instance->on_timer != nullptr) {
        state.host->begin_call({}, nullptr);
        state.call("on_timer",
                   [&] { state.instance->on_timer(state.instance, state.host->out(), *now); });
        state.host->end_call();
    }
    return state.host->take_resolved();
}

std::vector<Completion> Harness::deliver(const std::vector<Record>& batch,
                                         std::chrono::milliseconds patience) {
    State& state = *state_;
    std::vector<Item*> items;
    std::vector<aorta_record*> records;
    for (const Record& record : batch) {
        items.push_back(&state.host->offer(record));
        records.push_back(&items.back()->abi);
    }
    std::vector<std::uint8_t> verdicts(batch.size() + 1, AORTA_NO_VERDICT);
    const aorta_batch abi{sizeof(aorta_batch),
                          static_cast<std::uint32_t>(records.size()),
                          records.data(),
                          verdicts.data(),
                          nullptr};
    state.host->begin_call(items, verdicts.data());
    state.call("consume", [&] { state.instance->consume(state.instance, &abi); });
    state.host->end_call();
    if (!state.host->wait_completed(items, patience)) {
        state.outstanding.insert(state.outstanding.end(), items.begin(), items.end());
        if (patience.count() != 0) {
            state.host->find("complete.missing", "not every record of a batch was completed");
        }
        return {};
    }
    state.host->check_batch(items, verdicts.data());
    std::vector<Completion> completions;
    for (const Item* item : items) {
        completions.push_back(item->completion);
        state.host->release(*item);
    }
    return completions;
}

std::vector<Pushed> Harness::receive(std::size_t count, std::chrono::milliseconds patience) {
    State& state = *state_;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::vector<Pushed> received;
    while (received.size() < count && std::chrono::steady_clock::now() < deadline) {
        const auto pushes = state.host->wait_pushed(deadline);
        state.settle(pushes);
        for (const TestHost::Push& push : pushes) {
            received.push_back(push.pushed);
        }
        if (state.host->take_credit_debt() && state.instance->on_credit != nullptr) {
            state.call("on_credit", [&] { state.instance->on_credit(state.instance); });
        } else if (pushes.empty() && state.host->is_finished()) {
            break;
        }
    }
    return received;
}

Result<std::string> Harness::save() {
    const aorta_state* kept = state_->kept();
    if (kept == nullptr) {
        return refused(ErrorCode::NotFound, "has no state that could be kept");
    }
    std::string bytes;
    const aorta_state_writer writer{
        sizeof(aorta_state_writer), &bytes, [](const aorta_state_writer* self, aorta_str part) {
            static_cast<std::string*>(self->data)->append(text_of(part));
        }};
    std::uint32_t code = AORTA_INTERNAL;
    state_->call("save", [&] { code = kept->save(state_->instance, &writer); });
    if (code != AORTA_OK) {
        return refused(static_cast<ErrorCode>(code), "could not save its state");
    }
    return bytes;
}

Result<void> Harness::load(std::string_view bytes) {
    const aorta_state* kept = state_->kept();
    if (kept == nullptr) {
        return refused(ErrorCode::NotFound, "has no state that could be kept");
    }
    std::uint32_t code = AORTA_INTERNAL;
    state_->host->begin_call({}, nullptr);
    state_->call("load", [&] {
        code = kept->load(state_->instance,
                          kept->version,
                          {bytes.data(), bytes.size()},
                          state_->host->diagnostics());
    });
    state_->host->end_call();
    const auto errors = state_->host->take_errors();
    if (code != AORTA_OK) {
        return refused(code <= AORTA_INTERNAL ? static_cast<ErrorCode>(code) : ErrorCode::Internal,
                       "load refused: " + joined(errors));
    }
    return {};
}

std::vector<Outcome> Harness::stop() {
    state_->stop();
    return state_->host->take_resolved();
}

std::vector<Finding> Harness::close() {
    state_->destroy();
    return state_->host->findings();
}

std::string to_text(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) {
        text += finding.rule + ": " + finding.message + "\n";
    }
    return text;
}

}  // namespace aorta::testing
