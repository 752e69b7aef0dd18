#include "common/net/tls_options.hpp"

#include "common/net/tests/test_authority.hpp"
#include "common/net/tests/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Issued;
using testing::kTestDay;
using testing::TestAuthority;
using testing::TestFolder;
using testing::Value;

Value text(const std::string& value) {
    return Value::text(value);
}

struct Told {
    std::vector<std::string> errors;
    std::vector<std::string> warnings;
};

Told lint(const TlsConfig& config, const Value& tls) {
    Told told;
    const aorta_diagnostics abi{
        .size = sizeof(aorta_diagnostics),
        .data = &told,
        .error =
            [](const aorta_diagnostics* self, const aorta_value*, aorta_str message) {
                static_cast<Told*>(self->data)->errors.emplace_back(from_abi(message));
            },
        .warning =
            [](const aorta_diagnostics* self, const aorta_value*, aorta_str message) {
                static_cast<Told*>(self->data)->warnings.emplace_back(from_abi(message));
            }};
    Diagnostics diagnostics{&abi};
    lint_tls(config, tls.options(), diagnostics);
    return told;
}

std::vector<std::string> problems(const Value& tls, TlsConfig& config, TlsRole role) {
    std::vector<std::string> found;
    const auto complain = [&](Options, const std::string& message) { found.push_back(message); };
    config = role == TlsRole::Server ? read_tls_server(tls.options(), complain)
                                     : read_tls_client(tls.options(), "ehr.example", complain);
    return found;
}

TEST(TlsOptions, AServersOptions) {
    TlsConfig config;
    const Value tls =
        Value::map()
            .with("certificate", text("a.pem"))
            .with("key", text("a.key"))
            .with("min_version", text("1.3"))
            .with("clients",
                  Value::map()
                      .with("authorities", Value::list(text("ca.pem"), text("next.pem")))
                      .with("allow", Value::list(text("x.example")))
                      .with("crl", text("ca.crl")));
    EXPECT_THAT(problems(tls, config, TlsRole::Server), IsEmpty());
    EXPECT_EQ(config.certificate, "a.pem");
    EXPECT_THAT(config.authorities, ElementsAre("ca.pem", "next.pem"));
    EXPECT_THAT(config.crls, ElementsAre("ca.crl"));
    EXPECT_THAT(config.allow, ElementsAre("x.example"));
    EXPECT_TRUE(config.is_1_3_only);
    EXPECT_TRUE(config.needs_client);
}

TEST(TlsOptions, AnEmptyServerNameDoesNotTurnTheCheckOfTheHostOff) {
    TlsConfig config;
    EXPECT_THAT(
        problems(Value::map().with("server_name", text("")), config, TlsRole::Client),
        ElementsAre(HasSubstr("an empty server_name would take the certificate of any host")));
}

TEST(TlsOptions, AClientWithoutOptionsTrustsTheSystemAndChecksTheHost) {
    TlsConfig config;
    EXPECT_THAT(problems(Value::map(), config, TlsRole::Client), IsEmpty());
    EXPECT_TRUE(config.trusts_system);
    EXPECT_EQ(config.server_name, "ehr.example");
    const Value tls = Value::map()
                          .with("authorities", Value::list(text("system"), text("ca.pem")))
                          .with("server_name", text("other.example"));
    EXPECT_THAT(problems(tls, config, TlsRole::Client), IsEmpty());
    EXPECT_TRUE(config.trusts_system);
    EXPECT_THAT(config.authorities, ElementsAre("ca.pem"));
    EXPECT_EQ(config.server_name, "other.example");
}

TEST(TlsOptions, WhatCannotWorkIsRefused) {
    TlsConfig config;
    EXPECT_THAT(problems(Value::map().with("certificate", text("a.pem")), config, TlsRole::Client),
                ElementsAre(HasSubstr("give both")));
    const auto with_clients = [&](Value clients) {
        return problems(Value::map().with("clients", std::move(clients)), config, TlsRole::Server);
    };
    EXPECT_THAT(with_clients(Value::map().with("allow", Value::list(text("x")))),
                ElementsAre(HasSubstr("names no authorities")));
    EXPECT_THAT(with_clients(Value::map().with("required", Value::integer(0))), IsEmpty());
    EXPECT_THAT(with_clients(Value::map().with("authorities", Value::list(Value::map()))),
                ElementsAre(HasSubstr("takes a path"), HasSubstr("names no authorities")));
}

TEST(TlsOptions, FilesAreLookedIntoWhereTheyExist) {
    const TestFolder folder;
    TestAuthority authority;
    const Issued good = authority.issue();
    const Issued old = authority.issue({.from = -9 * kTestDay, .to = -kTestDay});
    const Issued soon = authority.issue({.to = 5 * kTestDay + 60});
    const Value tls = Value::map();
    TlsConfig config;
    config.role = TlsRole::Server;
    config.certificate = folder.put("a.pem", good.certificate);
    config.key = folder.put("a.key", good.key);
    config.authorities = {folder.put("ca.pem", authority.pem())};
    Told told = lint(config, tls);
    EXPECT_THAT(told.errors, IsEmpty());
    EXPECT_THAT(told.warnings, IsEmpty());

    config.certificate = folder.path("absent.pem");
    told = lint(config, tls);
    EXPECT_THAT(told.errors, IsEmpty());
    EXPECT_THAT(told.warnings, ElementsAre(HasSubstr("must be there when the pipeline starts")));

    config.certificate = folder.put("old.pem", old.certificate);
    told = lint(config, tls);
    EXPECT_THAT(told.errors, ElementsAre(HasSubstr("does not belong")));
    EXPECT_THAT(told.warnings, ElementsAre(HasSubstr("has expired")));

    config.certificate = folder.put("soon.pem", soon.certificate);
    config.key = folder.put("open.key", soon.key, 0640);
    told = lint(config, tls);
    EXPECT_THAT(told.errors, ElementsAre(HasSubstr("chmod 0400")));
    EXPECT_THAT(told.warnings, ElementsAre(HasSubstr("expires in 5 days")));
}

}  // namespace
}  // namespace aorta::net
