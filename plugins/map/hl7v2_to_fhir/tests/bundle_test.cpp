#include "mapping.hpp"

#include <gmock/gmock.h>

namespace aorta::plugins::map_hl7v2_to_fhir {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kAdmission = header("ADT^A01^ADT_A01") +
                               "EVN||20240229\rPID|1||77^^^MPI^MR||Doe^Jane\r"
                               "PV1|1|I||||||9^Smith^Ann^^^^^^NPI|9^Smith^Ann^^^^^^NPI\r";

TEST(Bundle, BeginsWithTheMessageHeader) {
    const Mapped mapped = map_message(kAdmission);
    EXPECT_THAT(mapped.bundle, StartsWith(R"({"resourceType":"Bundle","type":"message",)"));
    const std::string entries = mapped.bundle.substr(mapped.bundle.find("\"entry\":["));
    EXPECT_THAT(entries.substr(0, 120), HasSubstr("MessageHeader"));
    EXPECT_THAT(mapped.bundle, HasSubstr(R"("identifier":{"value":"MSG1"})"));
    EXPECT_THAT(mapped.bundle, HasSubstr(R"("timestamp":"2024-02-29T11:30:00+01:00")"));
}

TEST(Bundle, HasTheSameIdsForTheSameMessage) {
    EXPECT_EQ(map_message(kAdmission).bundle, map_message(kAdmission).bundle);
    const std::string other = kAdmission + "PV2|||1^x\r";
    const auto id = [](const Mapped& mapped) { return mapped.resource("Patient").substr(0, 100); };
    EXPECT_NE(id(map_message(kAdmission)), id(map_message(other)));
}

TEST(Bundle, MergesResourcesThatSayTheSame) {
    EXPECT_EQ(map_message(kAdmission).count("Practitioner"), 1U);
}

TEST(Bundle, CreatesConditionallyInATransaction) {
    const Mapped mapped = map_message(kAdmission, {}, BundleType::Transaction);
    EXPECT_THAT(mapped.bundle, HasSubstr(R"("type":"transaction")"));
    EXPECT_THAT(
        mapped.resource("Patient"),
        HasSubstr(
            R"("request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=MPI|77"})"));
}

TEST(Bundle, IsOneEvenOfTwoHeaders) {
    const Mapped mapped = map_message(header("ADT^A01") + header("ADT^A01") + "PID|1||77\r");
    EXPECT_EQ(mapped.count("MessageHeader"), 2U);
    const std::string entries = mapped.bundle.substr(mapped.bundle.find("\"entry\":["));
    EXPECT_THAT(entries.substr(0, 120), HasSubstr("MessageHeader"));
}

TEST(Bundle, HasNoRequestsInACollection) {
    const Mapped mapped = map_message(kAdmission, {}, BundleType::Collection);
    EXPECT_THAT(mapped.bundle, HasSubstr(R"("type":"collection")"));
    EXPECT_THAT(mapped.bundle, Not(HasSubstr("request")));
}

TEST(Bundle, SaysWhyWhatFhirDemandsIsAbsent) {
    const Mapped mapped =
        map_message(header("ORU^R01^ORU_R01") + "PID|1||77\rOBR|1||F1\rOBX|1|ST|||text\r");
    const std::string observation = mapped.resource("Observation");
    EXPECT_THAT(observation, HasSubstr(R"("status":"unknown")"));
    EXPECT_THAT(
        observation,
        HasSubstr(
            R"("code":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason")"));
}

TEST(Bundle, HasNoResourcesWithoutAValueOfTheMessage) {
    const Mapped mapped = map_message(kAdmission);
    EXPECT_EQ(mapped.count("Account"), 0U);
    EXPECT_THAT(mapped.bundle, Not(HasSubstr("{}")));
}

}  // namespace
}  // namespace aorta::plugins::map_hl7v2_to_fhir
