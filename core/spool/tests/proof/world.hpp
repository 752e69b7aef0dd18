// A spool on a disk that forgets, driven by numbers, with the model beside it.
#pragma once

#include "spool/spool.hpp"
#include "spool/tests/proof/memory_file_system.hpp"
#include "spool/tests/proof/model.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::spool::proof {

/// Says nothing.
class SilentLog final : public base::Log {
public:
    using Log::Log;

private:
    void emit(std::string_view /*line*/) override {}
};

inline constexpr std::string_view kFolder = "/data/log";

std::string name_of(std::size_t stream);
StreamKind kind_of(std::size_t stream);
Keys keys_of(bool is_sealed);

inline constexpr std::uint64_t kAmple = 1ULL << 30U;

/// How the world is made.
struct Rules {
    std::uint64_t segment_bytes = 8192;
    std::uint64_t max_bytes = kAmple;
    bool is_sealed = false;
    /// Each step waits until it is durable, so that the calls come in the same order.
    bool is_calm = true;
    /// The guard off.
    bool sync_lies = false;
    /// Strikes from the first call on; then what fails is tried again.
    std::optional<Fault> fault = {};
    /// The power goes at this call for the first time; 0: it does not.
    std::uint64_t power_loss_at = 0;

    /// The log may be full.
    bool is_tight() const { return max_bytes < kAmple; }
};

/// Steps throw Violation when the spool breaks its word. [one thread]
class World {
public:
    explicit World(Rules rules);
    ~World();

    /// One step, chosen and filled by the bits of the number.
    void step(std::uint64_t number);

    void append(Random& random);
    void close(Random& random);
    void finish(Random& random);
    void try_again(Random& random);
    void snapshot(Random& random);
    void set_fact(Random& random);
    void flush();
    void read(Random& random);
    void load();
    /// Ends the writer in good order and opens the log again, unless the power went meanwhile.
    void restart();
    /// The power goes now.
    void crash(std::uint64_t seed);
    /// If it went at a call: begins again with what is left.
    void crash_if_due();
    /// All must be there, and the log must open again.
    void finish_run();
    /// Ends the writer in good order and gives the disk away. The last thing to be done.
    std::unique_ptr<MemoryFileSystem> end();

    MemoryFileSystem& disk() { return *disk_; }

    Spool& spool() { return *spool_; }

    Model& model() { return model_; }

    std::uint64_t power_losses() const { return power_losses_; }

private:
    void open();
    void stop();
    void start_from(std::unique_ptr<MemoryFileSystem> image);
    void on_durable(StreamId stream, std::uint64_t end);
    /// What may be tried again: a fault has struck it.
    template <class Action>
    auto insist(Action action);
    void check_damage(const std::vector<Damage>& found);
    void make_room();
    std::vector<StoredEntry> read_all(std::size_t stream, std::uint64_t from);
    std::vector<Name> candidates(std::size_t stream) const;
    std::optional<Name> pick(Random& random, std::size_t first, std::size_t count) const;

    Root real(Name name) const { return {ids_.at(name.stream), name.sequence}; }

    void check_over(const Model::Expected& expected, const std::optional<Over>& said) const;

    const Rules rules_;
    base::VirtualClock clock_{base::Nanoseconds{1'700'000'000'000'000'000}};
    SilentLog log_{clock_, base::LogLevel::Error};
    message::Budget budget_{1ULL << 40U};
    std::unique_ptr<MemoryFileSystem> disk_;
    std::mutex mutex_;  // guards model_ against on_durable
    Model model_;
    std::vector<std::string> complaints_;  // of the writer's thread
    std::array<StreamId, kStreams> ids_ = {};
    std::array<std::uint64_t, kStreams> begin_ = {};  // of this generation
    std::unique_ptr<Spool> spool_;
    bool is_loaded_ = false;
    std::uint64_t generation_ = 0;
    std::uint64_t values_ = 0;
    std::uint64_t power_losses_ = 0;
};

}  // namespace aorta::spool::proof
