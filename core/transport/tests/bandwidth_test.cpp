// A thin line: 256 kbit/s between a ward and a data centre. Time is the test's own.
//
// The data: FHIR R4 Observations of vital signs as a gateway of bedside monitors writes them, made
// up here from a seed (nobody's): ids, references, times and values differ, and what a profile
// prescribes does not.
#include "transport/tests/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>

namespace aorta::transport {
namespace {

using base::Nanoseconds;
using namespace std::chrono_literals;

constexpr double kLineBytesPerSecond = 256'000.0 / 8;
// What ZeroMQ with CURVE, TCP and IP put around a frame.
constexpr std::size_t kEnvelope = 9 + 33 + 40;
constexpr std::int64_t kBegin = 1'800'000'000'000'000'000;

struct Sign {
    const char* code;
    const char* display;
    const char* unit;
    double low;
    double high;
};

constexpr std::array kSigns{
    Sign{"8867-4", "Heart rate", "/min", 40, 160},
    Sign{"59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "%", 80, 100},
    Sign{"9279-1", "Respiratory rate", "/min", 8, 40},
    Sign{"8310-5", "Body temperature", "Cel", 34, 41},
    Sign{"8480-6", "Systolic blood pressure", "mm[Hg]", 80, 200},
    Sign{"8462-4", "Diastolic blood pressure", "mm[Hg]", 40, 120},
};

/// The monitors of a ward: six signs of each bed in turn.
class Ward {
public:
    explicit Ward(int beds) {
        for (int i = 0; i < beds; ++i) {
            patients_.push_back(20'000'000 + chance_() % 1'000'000);
        }
    }

    std::string observation(std::size_t bed, const Sign& sign, std::int64_t second) {
        const double value = std::uniform_real_distribution{sign.low, sign.high}(chance_);
        const auto quantity = [&](double amount) {
            return fmt::format(
                R"({{"value":{:.1f},"unit":"{}","system":"http://unitsofmeasure.org","code":"{}"}})",
                amount,
                sign.unit,
                sign.unit);
        };
        return fmt::format(
            R"({{"resourceType":"Observation","id":"m{}-{}",)"
            R"("meta":{{"profile":["http://hl7.org/fhir/StructureDefinition/vitalsigns"]}},)"
            R"("status":"final","category":[{{"coding":[{{"system":)"
            R"("http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs",)"
            R"("display":"Vital Signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org",)"
            R"("code":"{}","display":"{}"}}],"text":"{}"}},"subject":{{"reference":"Patient/{}"}},)"
            R"("effectiveDateTime":"2027-01-15T{:02}:{:02}:{:02}Z","valueQuantity":{},)"
            R"("interpretation":[{{"coding":[{{"system":)"
            R"("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"{}",)"
            R"("display":"{}"}}]}}],"device":{{"reference":"Device/{}"}},)"
            R"("referenceRange":[{{"low":{},"high":{}}}]}})",
            4'000 + bed,
            500'000 + ++written_,
            sign.code,
            sign.display,
            sign.display,
            patients_[bed],
            8 + second / 3600,
            second / 60 % 60,
            second % 60,
            quantity(value),
            value > sign.high * 0.9 ? "H" : "N",
            value > sign.high * 0.9 ? "High" : "Normal",
            4'000 + bed,
            quantity(sign.low),
            quantity(sign.high * 0.9));
    }

    std::uint64_t number() { return chance_(); }

private:
    std::mt19937_64 chance_{20'270'115};
    std::vector<std::uint64_t> patients_;
    std::uint64_t written_ = 0;
};

/// One direction of a line: a token bucket. What it does not let through waits.
class ThinLine {
public:
    explicit ThinLine(Nanoseconds now) : filled_at_(now) {}

    void put(std::string frame) { waiting_.push_back(std::move(frame)); }

    std::optional<std::string> take(Nanoseconds now) {
        const double seconds = std::chrono::duration<double>(now - filled_at_).count();
        tokens_ = std::min(kBurst, tokens_ + seconds * kLineBytesPerSecond);
        filled_at_ = now;
        // A frame larger than the bucket goes when the bucket is full, and is owed for.
        if (waiting_.empty() || tokens_ < std::min(kBurst, bytes_of(waiting_.front()))) {
            return {};
        }
        tokens_ -= bytes_of(waiting_.front());
        std::string frame = std::move(waiting_.front());
        waiting_.pop_front();
        return frame;
    }

private:
    static constexpr double kBurst = 4'096;

    static double bytes_of(const std::string& frame) {
        return static_cast<double>(frame.size() + kEnvelope);
    }

    std::deque<std::string> waiting_;
    double tokens_ = 0;
    Nanoseconds filled_at_;
};

class LinkBandwidth : public testing::Test {
protected:
    static constexpr std::size_t kBeds = 60;

    void SetUp() override { world.settle_down(); }

    /// With the header that it has behind a decoder. The bytes of its JSON.
    std::size_t offer(std::size_t bed, const Sign& sign, std::int64_t second) {
        const std::string json = ward.observation(bed, sign, second);
        message::RecordPtr record = sample_record(world.budget, json);
        record->content_type = world.names.intern("fhir");
        record->id[0] = ward.number();
        record->id[1] = ward.number();
        offered_at[record->id[0]] = world.now;
        record->key = 0x9E3779B97F4A7C15U * (bed + 1);
        record->event_time_ns = kBegin + second * 1'000'000'000;
        record->ingest_time_ns =
            record->event_time_ns + 40'000'000 + static_cast<std::int64_t>(bed);
        record->position = ++offered;
        record->connection = 1;
        record->share = world.settler->open(offered);
        world.edge->outgoing().offer(0, std::move(record));
        return json.size();
    }

    /// Bytes of the frames that carry what was offered.
    std::size_t send() {
        world.flush();
        std::size_t bytes = 0;
        for (const std::string& frame : world.to_core) {
            bytes += frame.size();
        }
        do {
            world.settle_down();
        } while (take_all());
        return bytes;
    }

    bool take_all() {
        bool has_any = false;
        for (; const auto id = world.take_one(); has_any = true) {
            slowest = std::max(slowest, world.now - offered_at.at(*id));
            world.settle(0);
        }
        return has_any;
    }

    /// Bytes on the line for each byte of JSON, if so many Observations go together.
    double ratio(std::size_t together) {
        std::size_t json = 0;
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < 960;) {
            for (std::size_t k = 0; k < together; ++k, ++i) {
                json += offer(i / kSigns.size() % kBeds,
                              kSigns[i % kSigns.size()],
                              static_cast<std::int64_t>(i / 72));
            }
            bytes += send();
        }
        const double ratio = static_cast<double>(bytes) / static_cast<double>(json);
        RecordProperty("ratio", std::to_string(ratio));
        return ratio;
    }

    World world;
    Ward ward{kBeds};
    std::uint64_t offered = 0;
    std::map<std::uint64_t, Nanoseconds> offered_at;  ///< by id
    Nanoseconds slowest{0};
};

// All bytes of a frame count: its head, the record's, and the payload.
TEST_F(LinkBandwidth, AnObservationAloneTakesAFifthOfItsJson) {
    EXPECT_LE(ratio(1), 0.2);
}

TEST_F(LinkBandwidth, ObservationsInBatchesTakeLess) {
    EXPECT_LE(ratio(64), 0.15);
}

TEST_F(LinkBandwidth, ALineOf256KilobitsCarriesAWardInRealTime) {
    constexpr int kStepsPerSecond = 200;
    constexpr int kSeconds = 60;
    ThinLine up{world.now};
    ThinLine down{world.now};
    std::size_t json = 0;
    double due = 0;
    for (int step = 0; step < kSeconds * kStepsPerSecond; ++step) {
        world.advance(Nanoseconds{1s} / kStepsPerSecond);
        // Six signs of each bed every five seconds, spread evenly.
        for (due += kBeds * 6 / 5.0 / kStepsPerSecond; due >= 1; due -= 1) {
            json += offer(offered / 6 % kBeds, kSigns[offered % 6], step / kStepsPerSecond);
        }
        world.flush();
        for (; !world.to_core.empty(); world.to_core.pop_front()) {
            up.put(std::move(world.to_core.front()));
        }
        for (; !world.to_edge.empty(); world.to_edge.pop_front()) {
            down.put(std::move(world.to_edge.front()));
        }
        while (const auto frame = up.take(world.now)) {
            world.core->on_frame(*frame, world.now);
        }
        while (const auto frame = down.take(world.now)) {
            world.edge->on_frame(*frame, world.now);
        }
        take_all();
    }
    // As it is, it would not fit.
    EXPECT_GT(static_cast<double>(json) / kSeconds, kLineBytesPerSecond);
    EXPECT_GE(world.entered.size() + 100, offered);
    EXPECT_LE(slowest, 500ms);
    EXPECT_EQ(world.edge->counts().lost, 0);
}

}  // namespace
}  // namespace aorta::transport
