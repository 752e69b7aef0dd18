#include "spool/tests/proof/world.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace aorta::spool::proof {
namespace {

constexpr base::Nanoseconds kPatience = std::chrono::seconds{20};
constexpr base::Nanoseconds kLook = std::chrono::milliseconds{2};
constexpr std::uint64_t kEpoch = 77;

/// Mostly small, sometimes none, sometimes larger than a segment.
std::string some_bytes(Random& random, std::uint64_t segment_bytes) {
    const std::uint64_t size = one_in(random, 60)   ? segment_bytes + random() % segment_bytes
                               : one_in(random, 10) ? random() % (segment_bytes / 2)
                               : one_in(random, 12) ? 0
                                                    : random() % 400;
    std::string bytes(size, '\0');
    std::uint64_t state = random() | 1U;
    for (char& one : bytes) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        one = static_cast<char>(state >> 56U);
    }
    return bytes;
}

FateKind some_fate(Random& random) {
    return static_cast<FateKind>(random() % 4);
}

}  // namespace

std::string name_of(std::size_t stream) {
    return (is_journal(stream) ? "in" : "out") + std::to_string(stream);
}

StreamKind kind_of(std::size_t stream) {
    return is_journal(stream) ? StreamKind::Journal : StreamKind::Outbox;
}

Keys keys_of(bool is_sealed) {
    Keys keys;
    if (is_sealed) {
        keys.present = *storage_key("a secret of the proofs, longer than 32 bytes");
    }
    return keys;
}

World::World(Rules rules)
    : rules_(std::move(rules)), disk_(std::make_unique<MemoryFileSystem>("/data")) {
    if (rules_.sync_lies) {
        disk_->make_sync_a_lie();
    }
    if (rules_.fault) {
        disk_->fail(*rules_.fault);
    }
    if (rules_.power_loss_at != 0) {
        disk_->lose_power_at(rules_.power_loss_at, rules_.power_loss_at);
    }
    open();
    load();
}

World::~World() = default;

template <class Action>
auto World::insist(Action action) {
    auto result = action();
    if (!result.ok() && disk_->has_failed()) {
        disk_->mend();
        return action();
    }
    return result;
}

void World::open() {
    ++generation_;
    is_loaded_ = false;
    auto opened = insist([&] {
        return Spool::open({std::filesystem::path{kFolder}, rules_.segment_bytes, rules_.max_bytes},
                           keys_of(rules_.is_sealed),
                           {*disk_, clock_, log_, [this](StreamId stream, std::uint64_t end) {
                                on_durable(stream, end);
                            }});
    });
    if (!opened.ok()) {
        throw Violation{"does not start: " + opened.error().message};
    }
    const std::scoped_lock lock{mutex_};
    spool_ = std::move(*opened);
    for (std::size_t stream = 0; stream < kStreams; ++stream) {
        const StreamState state = spool_->stream(kind_of(stream), name_of(stream), kEpoch);
        ids_.at(stream) = state.id;
        begin_.at(stream) = state.next;
        model_.opened(stream, state.next);
    }
    model_.fact.check(spool_->fact("fact"), "fact");
}

void World::on_durable(StreamId stream, std::uint64_t end) {
    const std::scoped_lock lock{mutex_};
    if (disk_->has_lost_power()) {
        return;  // nobody is there to hear it
    }
    try {
        const auto at = std::find(ids_.begin(), ids_.end(), stream);
        if (at == ids_.end()) {
            throw Violation{"on_durable of a stream that does not exist"};
        }
        model_.promise(static_cast<std::size_t>(at - ids_.begin()), end);
    } catch (const Violation& violation) {
        complaints_.emplace_back(violation.what());
    }
}

void World::step(std::uint64_t number) {
    Random random{number};
    crash_if_due();
    if (rules_.is_tight()) {
        load();  // so that room can be made
        crash_if_due();
    }
    const std::uint64_t choice = random() % 100;
    if (choice < 34) {
        append(random);
    } else if (choice < 50) {
        close(random);
    } else if (choice < 66) {
        finish(random);
    } else if (choice < 70) {
        try_again(random);
    } else if (choice < 74) {
        snapshot(random);
    } else if (choice < 76) {
        set_fact(random);
    } else if (choice < 82) {
        flush();
    } else if (choice < 86) {
        read(random);
    } else if (choice < 89) {
        load();
    } else if (choice < 92) {
        restart();
    } else if (choice < 95) {
        crash(random());
    } else {
        disk_->lose_power_at(1 + random() % 60, random());
    }
    if (rules_.is_calm && spool_ != nullptr) {
        flush();
    }
}

void World::append(Random& random) {
    std::vector<Entry> entries;
    const std::scoped_lock lock{mutex_};
    for (std::uint64_t count = 1 + random() % 5; count > 0; --count) {
        const std::size_t stream = random() % kStreams;
        const Name name{stream, model_.next(stream)};
        Model::Entry made{.head = some_bytes(random, 64),
                          .payload = some_bytes(random, rules_.segment_bytes)};
        if (!is_journal(stream) && !one_in(random, 4)) {
            made.root = pick(random, 0, kJournals);
        }
        entries.push_back({ids_.at(stream),
                           name.sequence,
                           made.root ? real(*made.root) : Root{},
                           made.head,
                           message::BufferRef{message::copy_of(made.payload, budget_)}});
        model_.append(name, std::move(made));
    }
    spool_->append(std::move(entries));
}

std::vector<Name> World::candidates(std::size_t stream) const {
    std::vector<Name> open = model_.open(stream);
    if (!is_loaded_) {
        std::erase_if(open, [&](Name name) { return name.sequence < begin_.at(stream); });
    }
    return open;
}

std::optional<Name> World::pick(Random& random, std::size_t first, std::size_t count) const {
    const std::vector<Name> open = candidates(first + random() % count);
    if (open.empty()) {
        return std::nullopt;
    }
    // Mostly old ones, as life has it.
    const std::uint64_t at = one_in(random, 3) ? random() % open.size()
                                               : random() % std::min<std::size_t>(open.size(), 2);
    return open[at];
}

void World::check_over(const Model::Expected& expected, const std::optional<Over>& said) const {
    if (!expected.is_sure) {
        return;
    }
    if (said && !expected.over) {
        throw Violation{"called over though it still waits: stream " +
                        std::to_string(said->stream) + " entry " + std::to_string(said->sequence)};
    }
    if (!said && expected.over) {
        throw Violation{"over and nobody says so: stream " +
                        std::to_string(ids_.at(expected.over->stream)) + " entry " +
                        std::to_string(expected.over->sequence)};
    }
    if (said && (said->stream != ids_.at(expected.over->stream) ||
                 said->sequence != expected.over->sequence ||
                 (expected.fate && said->fate != *expected.fate))) {
        throw Violation{"another entry or fate is called over: stream " +
                        std::to_string(said->stream) + " entry " + std::to_string(said->sequence) +
                        " fate " + std::to_string(static_cast<int>(said->fate)) + " for " +
                        std::to_string(ids_.at(expected.over->stream)) + " entry " +
                        std::to_string(expected.over->sequence) + " fate " +
                        (expected.fate ? std::to_string(static_cast<int>(*expected.fate)) : "any")};
    }
}

void World::close(Random& random) {
    const std::scoped_lock lock{mutex_};
    if (const auto root = pick(random, 0, kJournals)) {
        const std::optional<FateKind> fate =
            one_in(random, 2) ? std::optional{some_fate(random)} : std::nullopt;
        const Model::Expected expected = model_.close(*root, fate);
        check_over(expected, spool_->close(real(*root), fate));
    }
}

void World::finish(Random& random) {
    const std::scoped_lock lock{mutex_};
    if (const auto outbox = pick(random, kJournals, kOutboxes)) {
        const FateKind fate = some_fate(random);
        const Model::Expected expected = model_.finish(*outbox, fate);
        check_over(expected, spool_->finish(ids_.at(outbox->stream), outbox->sequence, fate));
    }
}

void World::try_again(Random& random) {
    if (rules_.is_tight()) {
        flush();
    }
    const std::size_t stream = random() % kJournals;
    std::vector<std::uint64_t> sequences;
    {
        const std::scoped_lock lock{mutex_};
        for (const Name& name : candidates(stream)) {
            if (sequences.size() < 3 && name.sequence < begin_.at(stream)) {
                sequences.push_back(name.sequence);
            }
        }
        model_.tried(stream, sequences);
    }
    if (!insist([&] { return spool_->trying(ids_.at(stream), sequences); }).ok()) {
        throw Violation{"trying failed on a good disk"};
    }
}

void World::snapshot(Random& random) {
    const std::size_t which = random() % kSnapshots;
    // One that is larger than a segment cannot be moved when there is no room for it.
    const std::uint64_t most = rules_.is_tight() ? rules_.segment_bytes / 4 : rules_.segment_bytes;
    const std::string value = std::to_string(++values_) + some_bytes(random, most);
    std::size_t index = 0;
    {
        const std::scoped_lock lock{mutex_};
        model_.snapshots.at(which).set(value);
        index = model_.snapshots.at(which).newest();
    }
    spool_->snapshot(
        "state" + std::to_string(which), value, [this, which, index, generation = generation_] {
            const std::scoped_lock lock{mutex_};
            if (!disk_->has_lost_power() && generation == generation_) {
                model_.snapshots.at(which).durable(index);
            }
        });
}

void World::set_fact(Random& random) {
    const std::string value = std::to_string(++values_) + std::string(random() % 20, 'f');
    {
        const std::scoped_lock lock{mutex_};
        model_.fact.set(value);
    }
    spool_->set_fact("fact", value);
}

void World::flush() {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!spool_->flush(rules_.is_tight() ? kLook : kPatience)) {
        if (std::chrono::steady_clock::now() > until) {
            throw Violation{"nothing becomes durable on a good disk: " + spool_->health().trouble};
        }
        if (spool_->health().trouble == "spool.full") {
            make_room();
        }
    }
    const std::scoped_lock lock{mutex_};
    if (!disk_->has_lost_power()) {
        model_.promise_all();
    }
    if (!complaints_.empty()) {
        throw Violation{complaints_.front()};
    }
}

/// The oldest of each stream are done.
void World::make_room() {
    const std::scoped_lock lock{mutex_};
    for (std::size_t stream = 0; stream < kStreams; ++stream) {
        std::vector<Name> open = candidates(stream);
        open.resize(std::min<std::size_t>(open.size(), 3));
        for (const Name& name : open) {
            const StreamId id = ids_.at(stream);
            if (is_journal(stream)) {
                const Model::Expected expected = model_.close(name, FateKind::Delivered);
                check_over(expected, spool_->close({id, name.sequence}, FateKind::Delivered));
            } else {
                const Model::Expected expected = model_.finish(name, FateKind::Delivered);
                check_over(expected, spool_->finish(id, name.sequence, FateKind::Delivered));
            }
        }
    }
}

std::vector<StoredEntry> World::read_all(std::size_t stream, std::uint64_t from) {
    const auto cursor = spool_->read(ids_.at(stream), from);
    std::vector<StoredEntry> found;
    for (;;) {
        auto one = insist([&] { return cursor->next(); });
        if (!one.ok()) {
            throw Violation{"cannot be read: " + one.error().message};
        }
        if (!*one) {
            return found;
        }
        found.push_back(std::move(**one));
    }
}

void World::read(Random& random) {
    if (!is_loaded_) {
        return;
    }
    const std::size_t stream = random() % kStreams;
    const std::uint64_t from = one_in(random, 2) ? 0 : random() % (model_.next(stream) + 1);
    flush();
    const std::vector<StoredEntry> found = read_all(stream, from);
    const std::scoped_lock lock{mutex_};
    if (!disk_->has_lost_power()) {
        model_.check_read(stream, from, found, false);
    }
}

/// A loss of power takes what was not promised, and damages nothing.
void World::check_damage(const std::vector<Damage>& found) {
    if (rules_.fault) {
        return;  // what a failed group left in its segment is called damage
    }
    const std::scoped_lock lock{mutex_};
    for (const Damage& damage : found) {
        if (damage.kind == Damage::Kind::Damaged) {
            throw Violation{"a loss of power is called damage at " +
                            std::to_string(damage.position)};
        }
        const auto at = std::find(ids_.begin(), ids_.end(), damage.stream);
        if (at != ids_.end()) {
            model_.check_missing({static_cast<std::size_t>(at - ids_.begin()), damage.sequence});
        }
    }
}

void World::load() {
    if (is_loaded_) {
        return;
    }
    const auto loaded = insist([&] { return spool_->load({}); });
    if (!loaded.ok()) {
        throw Violation{"does not load: " + loaded.error().message};
    }
    check_damage(loaded->damage);
    flush();  // what was appended meanwhile is promised, so that a reader gets it
    if (disk_->has_lost_power()) {
        return;
    }
    is_loaded_ = true;
    for (std::size_t stream = 0; stream < kStreams; ++stream) {
        const std::vector<StoredEntry> found = read_all(stream, 0);
        const std::scoped_lock lock{mutex_};
        model_.check_read(stream, 0, found, true);
    }
    const std::scoped_lock lock{mutex_};
    model_.rebuild_roots();
    for (std::size_t which = 0; which < kSnapshots; ++which) {
        const std::string name = "state" + std::to_string(which);
        const auto value = insist([&] { return spool_->snapshot(name); });
        if (!value.ok()) {
            throw Violation{"no snapshot: " + value.error().message};
        }
        model_.snapshots.at(which).check(*value, "snapshot");
    }
}

void World::stop() {
    spool_.reset();
    if (!complaints_.empty()) {
        throw Violation{complaints_.front()};
    }
    if (budget_.used() != 0) {
        throw Violation{"payloads are held after the end"};
    }
}

void World::restart() {
    if (rules_.is_tight()) {
        flush();  // what finds no room at the end is lost
    }
    stop();
    if (disk_->has_lost_power()) {
        crash_if_due();
        return;
    }
    if (rules_.fault) {
        model_.crash();  // the fault may have struck its last words
    } else {
        model_.promise_all();
    }
    open();
}

std::unique_ptr<MemoryFileSystem> World::end() {
    stop();
    return std::move(disk_);
}

void World::start_from(std::unique_ptr<MemoryFileSystem> image) {
    ++power_losses_;
    stop();
    disk_ = std::move(image);
    if (rules_.sync_lies) {
        disk_->make_sync_a_lie();
    }
    model_.crash();
    open();
}

void World::crash(std::uint64_t seed) {
    disk_->lose_power_at(0, seed);
    crash_if_due();
}

void World::crash_if_due() {
    if (disk_->has_lost_power()) {
        start_from(disk_->take_image());
    }
}

void World::finish_run() {
    crash_if_due();
    load();
    crash_if_due();
    crash(generation_);
    load();
    restart();
    load();
}

}  // namespace aorta::spool::proof
