#include "common/hl7/index.hpp"
#include "common/hl7/message.hpp"
#include "common/hl7/path.hpp"
#include "common/synthetic/generator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace aorta::synthetic {
namespace {

std::vector<std::string> messages(const Settings& settings, std::size_t count) {
    Generator generator{settings};
    std::vector<std::string> all(count);
    for (std::string& message : all) {
        generator.next(message);
    }
    return all;
}

// A message with what it takes to read it.
class Parsed {
public:
    explicit Parsed(std::string_view text) : text_(text) {
        const auto built = index_.build(text_);
        EXPECT_TRUE(built.ok());
    }

    std::string get(std::string_view path) const {
        return std::string{message().get(hl7::parse_path(path).value()).raw};
    }

    hl7::Message message() const { return {text_, index_.view()}; }

private:
    std::string text_;
    hl7::IndexBuilder index_;
};

TEST(Generator, TheSameSeedGivesTheSameBytes) {
    EXPECT_EQ(messages({.seed = 7}, 2000), messages({.seed = 7}, 2000));
    EXPECT_NE(messages({.seed = 7}, 1), messages({.seed = 8}, 1));
}

TEST(Generator, TheFirstMessageIsThisOneEverywhere) {
    const std::string message = messages({.seed = 1, .adt = 0, .oru = 0}, 1)[0];
    EXPECT_EQ(message.substr(0, message.find('\r')),
              "MSH|^~\\&|MONITORS|NORTHLAKE|AORTA|RESEARCH|20260101000000+0000||ORU^R01^ORU_R01|"
              "01577653560000000001|P|2.5.1|||||USA|UNICODE UTF-8");
}

TEST(Generator, MessagesParseAndAreComplete) {
    std::set<std::string> control_ids;
    std::map<std::string, int> types;
    for (const std::string& text : messages({.seed = 3}, 3000)) {
        const Parsed parsed{text};
        control_ids.insert(parsed.get("MSH-10"));
        EXPECT_LE(parsed.get("MSH-10").size(), 20U);
        EXPECT_EQ(parsed.get("MSH-12"), "2.5.1");
        EXPECT_EQ(parsed.get("PID-3.3"), "M10");
        EXPECT_EQ(parsed.get("PID-3.2"),
                  std::string(1, check_digit_m10(std::stoull(parsed.get("PID-3.1")))));
        EXPECT_EQ(parsed.get("PID-7").size(), 8U);
        EXPECT_EQ(parsed.get("PV1-2"), "I");
        EXPECT_FALSE(parsed.get("PV1-19.1").empty());
        const std::string event = parsed.get("MSH-9.2");
        ++types[event == "R01" ? parsed.get("MSH-3") : event];
        if (event == "R01") {
            EXPECT_EQ(parsed.get("OBR-25"), "F");
            EXPECT_EQ(parsed.get("OBR-7"), parsed.get("MSH-7"));
            EXPECT_THAT(parsed.get("OBX-8"), ::testing::AnyOf("N", "L", "H", "LL", "HH"));
            EXPECT_EQ(parsed.get("OBX-14"), parsed.get("MSH-7"));
            EXPECT_EQ(parsed.get("OBX-6.3"), "UCUM");
        } else {
            EXPECT_EQ(parsed.get("EVN-1"), event);
        }
    }
    EXPECT_EQ(control_ids.size(), 3000U);
    EXPECT_NEAR(types["LAB"], 900, 120);
    EXPECT_NEAR(types["MONITORS"], 1500, 150);
    EXPECT_GT(types["A01"], types["A03"]);
    EXPECT_GT(types["A02"], 0);
}

TEST(Generator, AStayFitsTogether) {
    std::string admitted;
    std::vector<std::string> events;
    for (const std::string& text : messages({.patients = 1, .oru = 0, .vitals = 0}, 10)) {
        const Parsed parsed{text};
        events.push_back(parsed.get("MSH-9.2"));
        if (events.back() == "A01") {
            admitted = parsed.get("EVN-2");
        }
        EXPECT_EQ(parsed.get("PV1-44"), admitted);
        EXPECT_EQ(parsed.get("PV1-45"), events.back() == "A03" ? parsed.get("EVN-2") : "");
    }
    EXPECT_THAT(events,
                ::testing::ElementsAre(
                    "A01", "A08", "A02", "A08", "A03", "A01", "A08", "A02", "A08", "A03"));
}

TEST(Generator, TimesFollowTheSettings) {
    const auto all =
        messages({.start_time_ns = 1774747799'000000000, .interval_ns = 1'000'000'000}, 2);
    EXPECT_EQ(Parsed{all[0]}.get("MSH-7"), "20260329012959+0000");
    EXPECT_EQ(Parsed{all[1]}.get("MSH-7"), "20260329013000+0000");
}

TEST(Generator, FaultsAreWhatTheySay) {
    Generator generator{{.seed = 5, .faults_per_million = 500'000}};
    std::map<Fault, int> seen;
    std::string text;
    for (int i = 0; i < 2000; ++i) {
        generator.next(text);
        const Parsed parsed{text};
        const Fault fault = generator.fault();
        ++seen[fault];
        EXPECT_EQ(!parsed.message().find("PID").has_value(), fault == Fault::MissingPid);
        EXPECT_EQ(parsed.get("PID-7") == "19791332", fault == Fault::BadDate);
        EXPECT_EQ(parsed.get("MSH-12") == "9.9", fault == Fault::WrongVersion);
        EXPECT_EQ(parsed.get("OBX-5") == "high", fault == Fault::TextForNumber);
    }
    EXPECT_NEAR(seen[Fault::None], 1000, 100);
    EXPECT_EQ(seen.size(), 5U);
}

TEST(Generator, SomeVitalsAreAlarming) {
    std::string text;
    Generator generator{{.seed = 1, .adt = 0, .oru = 0}};
    int alarming = 0;
    for (int i = 0; i < 5000; ++i) {
        generator.next(text);
        alarming += std::stoi(Parsed{text}.get("OBX[1]-5")) > 130 ? 1 : 0;
    }
    EXPECT_GT(alarming, 10);
    EXPECT_LT(alarming, 500);
}

TEST(Patient, MedicalRecordNumbersAreUnique) {
    std::set<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        numbers.insert(Patient::of(9, i).mrn);
    }
    EXPECT_EQ(numbers.size(), 20'000U);
}

TEST(CheckDigit, FollowsMod10) {
    EXPECT_EQ(check_digit_m10(7992739871), '3');
    EXPECT_EQ(check_digit_m10(0), '0');
}

}  // namespace
}  // namespace aorta::synthetic
