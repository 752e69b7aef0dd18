// Whatever the network and the processes do: nothing is lost, the order is kept, nothing enters a
// pipeline twice, the window holds.
#include "transport/tests/world.hpp"

#include <algorithm>
#include <random>
#include <set>

namespace aorta::transport {
namespace {

using namespace std::chrono_literals;

class Trial {
public:
    explicit Trial(std::uint64_t seed) : world_(seed) {
        world_.base_config.incoming.window = kWindow;
        world_.base_config.outgoing.body = 200;
        world_.base_config.outgoing.window = 1U << 20U;
        world_.start_edge();
        world_.start_core();
    }

    void go() {
        for (int step = 0; step < 1'500 && !testing::Test::HasFailure(); ++step) {
            one_step();
            check();
        }
        finish();
    }

private:
    static constexpr std::uint64_t kWindow = 2'000;

    std::uint64_t below(std::uint64_t end) { return world_.chance() % end; }

    void one_step() {
        switch (below(100)) {
            case 0:
                restart_core();
                break;
            case 1:
                restart_edge();
                break;
            case 2:
                world_.cut();
                break;
            case 3:
                damage(world_.to_core);
                break;
            case 4:
                damage(world_.to_edge);
                break;
            case 5:
            case 6:
                world_.advance(std::chrono::milliseconds{below(20'000)});
                break;
            default:
                ordinary_step();
        }
    }

    void ordinary_step() {
        switch (below(6)) {
            case 0:
                for (std::uint64_t i = below(8); i > 0; --i) {
                    source_.insert(++last_);
                    world_.offer(last_, edge_of(last_));
                }
                break;
            case 1:
                world_.flush();
                break;
            case 2:
                world_.deliver(world_.to_core, *world_.core);
                break;
            case 3:
                world_.deliver(world_.to_edge, *world_.edge);
                break;
            case 4:
                world_.take_one();
                break;
            default:
                if (!world_.in_pipeline.empty()) {
                    settle(below(world_.in_pipeline.size()));
                }
        }
    }

    static std::uint32_t edge_of(std::uint64_t number) {
        return static_cast<std::uint32_t>(number % 3);
    }

    void settle(std::size_t index) {
        world_.settle(index, static_cast<message::FateKind>(below(3)));
    }

    /// One frame vanishes, comes twice, or overtakes.
    void damage(std::deque<std::string>& line) {
        if (line.size() < 2) {
            return;
        }
        const auto at = line.begin() + static_cast<std::ptrdiff_t>(below(line.size() - 1));
        switch (below(3)) {
            case 0:
                line.erase(at);
                break;
            case 1:
                line.insert(at, *at);
                break;
            default:
                std::iter_swap(at, at + 1);
        }
    }

    void restart_core() { world_.start_core(); }

    /// The source's journal gives all again that was not settled.
    void restart_edge() {
        learn();
        world_.start_edge();
        for (const std::uint64_t number : source_) {
            world_.offer(number, edge_of(number));
        }
    }

    /// The source lets go of what is settled.
    void learn() {
        for (const auto& [number, fate] : world_.settler->settled) {
            // A peer that is destroyed fails what it holds: the journal keeps that.
            if (fate.kind != message::FateKind::Failed && source_.erase(number) != 0) {
                EXPECT_EQ(fate.kind, world_.last_fate.at(number)) << number;
            }
        }
    }

    void check() {
        learn();
        EXPECT_LT(world_.core->incoming().waiting_bytes(), kWindow + 100);
        // Rising within an instance of the pipeline: in order, and none twice.
        EXPECT_TRUE(std::ranges::is_sorted(world_.entered, std::less_equal{}));
    }

    void finish() {
        for (int round = 0; round < 2'000 && !source_.empty(); ++round) {
            world_.settle_down();
            while (world_.take_one()) {
            }
            while (!world_.in_pipeline.empty()) {
                settle(0);
            }
            world_.settle_down();
            world_.advance(1s);
            check();
        }
        EXPECT_TRUE(source_.empty())
            << source_.size() << " records are lost; edge: " << state_of(*world_.edge)
            << "; core: " << state_of(*world_.core);
        EXPECT_EQ(world_.edge->outgoing().held(), 0);
        EXPECT_EQ(world_.edge->outgoing().held_bytes(), 0);
    }

    static std::string state_of(Peer& peer) {
        const PeerCounts& counts = peer.counts();
        return std::string{peer.is_up() ? "up" : "down"} + " '" + std::string{peer.trouble()} +
               "', sessions " + std::to_string(counts.sessions) + ", unreadable " +
               std::to_string(counts.unreadable) + ", waiting " +
               std::to_string(peer.incoming().waiting_bytes()) + ", limit " +
               std::to_string(peer.incoming().limit());
    }

    World world_;
    std::uint64_t last_ = 0;
    std::set<std::uint64_t> source_;  // not settled, as far as the source knows
};

TEST(LinkProperty, WhatOnceWentWrong) {
    for (const std::uint64_t seed :
         {1'083'604'989ULL, 98'552'239ULL}) {  // what came late, or not at all
        SCOPED_TRACE("seed " + std::to_string(seed));
        Trial{seed}.go();
    }
}

TEST(LinkProperty, NothingIsLostDoubledOrReordered) {
    const std::uint64_t base = std::random_device{}();
    for (std::uint64_t seed = base; seed < base + 60 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Trial{seed}.go();
    }
}

}  // namespace
}  // namespace aorta::transport
