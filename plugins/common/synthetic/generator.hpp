// Synthetic HL7 v2.5.1 traffic of a hospital: admissions, laboratory results, vital signs.
#pragma once

#include "common/synthetic/people.hpp"
#include "common/synthetic/random.hpp"
#include "common/synthetic/results.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::synthetic {

enum class MessageType { Adt, Oru, Vitals };

/// What is wrong with a message that was made wrong on purpose.
enum class Fault { None, MissingPid, BadDate, WrongVersion, TextForNumber };

inline constexpr std::uint64_t kMaxPatients = 1'000'000;

struct Settings {
    std::uint64_t seed = 1;
    std::uint64_t patients = 1000;  ///< 1 to kMaxPatients
    // Shares of the message types, by weight; one of them is above 0. At most a million each.
    std::uint64_t adt = 2;
    std::uint64_t oru = 3;
    std::uint64_t vitals = 5;
    std::uint64_t faults_per_million = 0;
    std::int64_t start_time_ns = 1'767'225'600'000'000'000;  ///< 2026-01-01T00:00:00Z
    std::int64_t interval_ns = 1'000'000'000;                ///< between two messages
};

/// Makes one message after the other. The same settings give the same bytes on every machine. A
/// value's worth of state a patient: what comes of one stay fits together. One thread at a time.
class Generator {
public:
    explicit Generator(Settings settings);

    /// Replaces `out` by the next message: segments that end in CR. Its time is that of the
    /// settings.
    void next(std::string& out) {
        next_at(
            settings_.start_time_ns + static_cast<std::int64_t>(sequence_) * settings_.interval_ns,
            out);
    }

    /// The same with a given time.
    void next_at(std::int64_t time_ns, std::string& out);

    // Of the last message:
    MessageType type() const { return type_; }

    Fault fault() const { return fault_; }

    std::int64_t time_ns() const { return time_ns_; }

private:
    /// Where a patient is in a stay.
    struct Stay {
        std::int64_t admitted_ns = 0;
        std::uint32_t steps = 0;  // admissions, moves, updates and discharges so far
    };

    void append_msh(std::string_view type, std::string& out);
    void append_pid_of(const Patient& patient, std::string& out) const;
    void append_pv1(const Patient& patient, const Stay& stay, bool is_discharge, std::string& out);
    void append_adt(const Patient& patient, Stay& stay, std::string& out);
    void append_laboratory(const Patient& patient, const Stay& stay, std::string& out);
    void append_vitals(const Patient& patient, const Stay& stay, std::string& out);
    void append_order(const Panel& panel, std::string& out);
    void append_observations(const Panel& panel,
                             const Patient& patient,
                             std::uint64_t monitor,
                             std::string& out);
    void append_note(const Patient& patient, std::string& out);

    Settings settings_;
    Random random_;
    std::uint64_t seed_tag_;  // 32 bits that set the control ids of seeds apart
    std::vector<Stay> stays_;
    std::uint64_t sequence_ = 0;
    std::int64_t time_ns_ = 0;
    MessageType type_ = MessageType::Adt;
    Fault fault_ = Fault::None;
};

}  // namespace aorta::synthetic
