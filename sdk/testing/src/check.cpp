// The compliance test: hard cases that every plugin has to stand.
#include "host.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace aorta::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHuge = 64U << 20U;
constexpr int kGarbage = 12;

/// A temporary folder with the files of the plan, gone at the end.
class Folder {
public:
    explicit Folder(const Plan& plan) {
        std::string name = (fs::temp_directory_path() / "aorta_check_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            return;
        }
        path_ = name;
        for (const auto& [file, content] : plan.files) {
            fs::create_directories((path_ / file).parent_path());
            std::ofstream(path_ / file, std::ios::binary) << content;
        }
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    std::string fill_in(std::string options) const {
        constexpr std::string_view kMark = "{dir}";
        for (auto at = options.find(kMark); at != std::string::npos; at = options.find(kMark)) {
            options.replace(at, kMark.size(), path_.string());
        }
        return options;
    }

private:
    fs::path path_;
};

/// Numbers that are the same on every run.
class Random {
public:
    std::uint32_t below(std::size_t limit) {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::uint32_t>((state_ >> 33U) % limit);
    }

private:
    std::uint64_t state_ = 4711;
};

class Check {
public:
    Check(const fs::path& plugin, const Plan& plan) : plugin_(plugin), plan_(plan) {}

    std::vector<Finding> run() {
        const auto about = look();
        if (about) {
            // A restart must find nothing left of the first life.
            for (int life = 0; life < 2; ++life) {
                const Folder folder(plan_);
                live(*about, folder, life == 0);
            }
        }
        return std::move(findings_);
    }

private:
    void find(std::string rule, std::string message) {
        add({Finding{std::move(rule), std::move(message)}});
    }

    void add(const std::vector<Finding>& findings) {
        for (const Finding& finding : findings) {
            if (std::find(findings_.begin(), findings_.end(), finding) == findings_.end()) {
                findings_.push_back(finding);
            }
        }
    }

    std::optional<About> look();
    void check_note(const aorta_plugin_entry& entry);
    void live(const About& about, const Folder& folder, bool is_first);
    void run_processor(Harness& harness, bool is_first);
    void check_state(const Folder& folder);
    std::unique_ptr<Harness> fresh(const Folder& folder);
    void run_sink(Harness& harness, bool is_first);
    void run_source(Harness& harness, bool is_first);
    void make_records(const Folder& folder);
    std::vector<Record> prepared(std::vector<Record> raw, const Folder& folder);

    const fs::path& plugin_;
    const Plan& plan_;
    std::vector<Finding> findings_;
    std::vector<Record> samples_;
    std::vector<Record> hard_;
};

std::optional<About> Check::look() {
    void* library = ::dlopen(plugin_.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    const void* symbol = library == nullptr ? nullptr : ::dlsym(library, "aorta_plugin");
    if (symbol == nullptr) {
        const char* why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): thread-local in glibc
        find("load", why == nullptr ? "cannot be loaded" : why);
        return std::nullopt;
    }
    const auto& entry = *static_cast<const aorta_plugin_entry*>(symbol);
    if (entry.size < sizeof entry || entry.abi_major != AORTA_ABI_MAJOR) {
        find("load", "was built for another ABI");
        return std::nullopt;
    }
    check_note(entry);
    auto about = read_about(text_of(entry.descriptor));
    if (!about) {
        find("descriptor", about.error().message);
        return std::nullopt;
    }
    return std::move(*about);
}

/// The note's bytes must stand in the file as they follow from the entry.
void Check::check_note(const aorta_plugin_entry& entry) {
    std::ifstream in(plugin_, std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), {}};
    const aorta_note head{entry.abi_major,
                          entry.abi_minor,
                          static_cast<std::uint32_t>(entry.descriptor.size),
                          entry.size};
    std::string note("Aorta\0\0\0", 8);
    note.append(reinterpret_cast<const char*>(&head), sizeof head);
    note += text_of(entry.descriptor);
    if (file.find(note) == std::string::npos) {
        find("note", "the file has no Aorta note that says what its entry says");
    }
}

void Check::live(const About& about, const Folder& folder, bool is_first) {
    auto harness = Harness::open(plugin_, folder.fill_in(plan_.options));
    if (!harness) {
        find("open",
             harness.error().where + (harness.error().where.empty() ? "" : ": ") +
                 harness.error().message);
        return;
    }
    switch (about.kind) {
        case About::Kind::Processor:
            make_records(folder);
            run_processor(**harness, is_first);
            if (is_first) {
                check_state(folder);
            }
            break;
        case About::Kind::Sink:
            make_records(folder);
            run_sink(**harness, is_first);
            break;
        case About::Kind::Source:
            run_source(**harness, is_first);
            break;
    }
    add((*harness)->close());
}

/// Runs records through the processor `before`; those that it does not pass stay as they are.
std::vector<Record> Check::prepared(std::vector<Record> raw, const Folder& folder) {
    if (plan_.before.empty()) {
        return raw;
    }
    auto before = Harness::open(plan_.before, folder.fill_in(plan_.before_options));
    if (!before) {
        find("before", before.error().message);
        return raw;
    }
    std::vector<Record> out;
    for (Record& record : raw) {
        Outcome outcome = (*before)->process(std::vector<Record>(1, record)).front();
        if (outcome.verdict == AORTA_PASS) {
            out.push_back(std::move(outcome.record));
        } else if (!outcome.emitted.empty()) {
            std::move(outcome.emitted.begin(), outcome.emitted.end(), std::back_inserter(out));
        } else {
            out.push_back(std::move(record));
        }
    }
    return out;
}

void Check::make_records(const Folder& folder) {
    if (!hard_.empty()) {
        return;
    }
    samples_ = prepared(plan_.samples, folder);
    std::vector<Record> hard;
    const std::string base = plan_.samples.empty() ? "sample" : plan_.samples.front().payload;
    const auto add_payload = [&](std::string payload) {
        Record record = plan_.samples.empty() ? Record{} : plan_.samples.front();
        record.payload = std::move(payload);
        hard.push_back(std::move(record));
    };
    add_payload("");
    add_payload(std::string(kCanary));
    add_payload(base + std::string(kCanary));
    add_payload(std::string(base).insert(base.size() / 2, kCanary));
    add_payload(std::string(1000, '\0'));
    add_payload(std::string(1000, '\xff'));
    for (const std::size_t length : {base.size() / 3, base.size() / 2, base.size() - 1}) {
        add_payload(base.substr(0, length));
    }
    Random random;
    for (int i = 0; i < kGarbage; ++i) {
        std::string noise(1 + random.below(2000), '\0');
        for (char& byte : noise) {
            byte = static_cast<char>(random.below(256));
        }
        add_payload(noise);
        std::string bent = base;
        for (int flips = 0; flips < 4 && !bent.empty(); ++flips) {
            bent[random.below(bent.size())] ^= static_cast<char>(1 + random.below(255));
        }
        add_payload(bent);
    }
    std::string huge = base;
    huge.resize(kHuge, 'A');
    hard_ = prepared(std::move(hard), folder);
    add_payload(std::move(huge));
    hard_.push_back(std::move(hard.back()));
}

void Check::run_processor(Harness& harness, bool is_first) {
    harness.process(std::vector<Record>{});
    for (const Record& sample : samples_) {
        const Outcome outcome = harness.process(std::vector<Record>(1, sample)).front();
        if (outcome.verdict == AORTA_REJECT || outcome.verdict == AORTA_FAIL) {
            find("sample.refused", "a sample is refused: " + outcome.reason + " " + outcome.where);
        }
    }
    if (is_first) {
        for (const Record& record : hard_) {
            harness.process(std::vector<Record>(1, record));
        }
        std::vector<Record> all = samples_;
        all.insert(all.end(), hard_.begin(), hard_.end() - 1);
        harness.process(all);
        for (int days = 0; days < 3; ++days) {
            harness.advance(std::chrono::hours{24});
        }
    }
    // The second life stops with whatever it holds.
    harness.process(samples_);
    harness.stop();
}

std::unique_ptr<Harness> Check::fresh(const Folder& folder) {
    auto harness = Harness::open(plugin_, folder.fill_in(plan_.options));
    return harness ? std::move(*harness) : nullptr;
}

/// A new instance with the state of another one must decide as that one does, and take nothing
/// that is cut short.
void Check::check_state(const Folder& folder) {
    const auto first = fresh(folder);
    const auto second = fresh(folder);
    if (!first || !second) {
        return;  // told elsewhere
    }
    first->process(samples_);
    const Result<std::string> saved = first->save();
    if (!saved) {
        if (saved.error().code != ErrorCode::NotFound) {
            find("state.unsaved", saved.error().message);
        }
        return;
    }
    if (const Result<void> loaded = second->load(*saved); !loaded) {
        find("state.refused", "what it has saved: " + loaded.error().message);
        return;
    }
    for (const Record& sample : samples_) {
        const Outcome then = first->process(std::vector<Record>(1, sample)).front();
        const Outcome now = second->process(std::vector<Record>(1, sample)).front();
        if (then.verdict != now.verdict || then.reason != now.reason ||
            then.record.port != now.record.port || then.emitted.size() != now.emitted.size()) {
            find("state.differs", "with the state of another instance it decides differently");
        }
    }
    first->stop();
    second->stop();
    add(first->close());
    add(second->close());
    Random random;
    for (std::size_t i = 0; i < kGarbage && !saved->empty(); ++i) {
        const std::size_t length = i == 0 ? saved->size() - 1 : random.below(saved->size());
        std::string bent = *saved;
        bent[random.below(bent.size())] ^= static_cast<char>(1 + random.below(255));
        if (const auto cut = fresh(folder); cut && cut->load(saved->substr(0, length)).ok()) {
            find("state.cut", "a state that is cut short was taken");
        }
        if (const auto third = fresh(folder)) {
            static_cast<void>(third->load(bent));
            third->process(samples_);
            third->advance(std::chrono::hours{24});
            add(third->close());
        }
    }
}

void Check::run_sink(Harness& harness, bool is_first) {
    if (!is_first) {
        // Stopped with work in hand: stop has to complete it.
        harness.deliver(samples_.empty() ? hard_ : samples_, std::chrono::milliseconds{0});
        harness.stop();
        return;
    }
    harness.deliver({}, plan_.patience);
    for (const Record& sample : samples_) {
        for (const Completion& completion : harness.deliver({sample}, plan_.patience)) {
            if (completion.code != ErrorCode::Ok && !plan_.may_refuse_samples) {
                find("sample.refused", "a sample is refused: " + completion.reason);
            }
        }
    }
    std::vector<Record> all = samples_;
    all.insert(all.end(), hard_.begin(), hard_.end() - 1);
    harness.deliver(all, plan_.patience);
    harness.deliver(std::vector<Record>(1, std::move(hard_.back())), plan_.patience);
    hard_.pop_back();
}

void Check::run_source(Harness& harness, bool is_first) {
    if (is_first) {
        const std::size_t count = harness.receive(plan_.records, plan_.patience).size();
        if (count < plan_.records) {
            find("source.silent",
                 std::to_string(count) + " of " + std::to_string(plan_.records) +
                     " records were pushed");
        }
    }
    harness.stop();
}

}  // namespace

std::vector<Finding> check_plugin(const std::filesystem::path& plugin, const Plan& plan) {
    return Check(plugin, plan).run();
}

}  // namespace aorta::testing
