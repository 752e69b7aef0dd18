#include "common/http/request_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace aorta::http {
namespace {

using Event = RequestReader::Event;

constexpr ReaderLimits kLimits{.head_bytes = 1024, .body_bytes = 4096};

/// "POST /a 3:abc" for each request, "!400" for a failure; fed in pieces of `step` bytes.
std::vector<std::string> read_all(std::string_view bytes, std::size_t step = 1'000'000) {
    RequestReader reader{kLimits};
    std::vector<std::string> found;
    while (!bytes.empty()) {
        reader.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
        for (Event event = reader.next(); event != Event::None; event = reader.next()) {
            if (event == Event::Request) {
                found.push_back(reader.head().method + " " + reader.head().target + " " +
                                std::to_string(reader.body().size()) + ":" +
                                std::string{reader.body()});
            } else if (event == Event::Failed) {
                found.push_back("!" + std::to_string(reader.failure()));
                break;
            }
        }
    }
    return found;
}

std::string post(std::string_view fields, std::string_view body = {}) {
    return "POST /a HTTP/1.1\r\nHost: h\r\n" + std::string{fields} + "\r\n" + std::string{body};
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RequestReader, RequestsBehindEachOtherInAnyPieces) {
    const std::string bytes = "GET /x?y=1 HTTP/1.1\r\nHost: h\r\n\r\n" +
                              post("Content-Length: 3\r\n", "abc") +
                              post("Transfer-Encoding: chunked\r\n",
                                   "3;note=1\r\nabc\r\n2\r\nde\r\n0\r\nSum: 1\r\n\r\n") +
                              "\r\n" + post("Content-Length: 0\r\n");
    for (const std::size_t step : {1UL, 2UL, 3UL, 7UL, 64UL, 10'000UL}) {
        EXPECT_THAT(read_all(bytes, step),
                    ElementsAre("GET /x?y=1 0:", "POST /a 3:abc", "POST /a 5:abcde", "POST /a 0:"))
            << step;
    }
}

TEST(RequestReader, WhatTwoPartiesCouldReadDifferentlyIsRefused) {
    for (const std::string_view fields :
         {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
          "Content-Length: 3\r\nContent-Length: 4\r\n",
          "Content-Length: 3, 4\r\n",
          "Content-Length: -1\r\n",
          "Content-Length: +3\r\n",
          "Content-Length: 0x3\r\n",
          "Content-Length: 99999999999999999999999\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Host: other\r\n",
          " folded: 1\r\n",
          "X: 1\r\n\tfolded\r\n",
          "Bad Name: 1\r\n",
          "Content-Length : 3\r\n",
          "No colon\r\n"}) {
        EXPECT_THAT(read_all(post(fields, "abc")), ElementsAre("!400")) << fields;
    }
    for (const std::string_view coding :
         {"gzip, chunked", "identity", "xchunked", "chunked, gzip"}) {
        EXPECT_THAT(
            read_all(post("Transfer-Encoding: " + std::string{coding} + "\r\n", "0\r\n\r\n")),
            ElementsAre("!501"))
            << coding;
    }
}

TEST(RequestReader, FailuresHaveTheirStatus) {
    EXPECT_THAT(read_all("GET / HTTP/1.1\r\n\r\n"), ElementsAre("!400"));  // no host
    EXPECT_THAT(read_all("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ElementsAre("!505"));
    EXPECT_THAT(read_all("\x16\x03\x01\x02\r\n\r\n"), ElementsAre("!400"));
    EXPECT_THAT(read_all(post("Expect: miracles\r\n")), ElementsAre("!417"));
    EXPECT_THAT(read_all(post("Content-Length: 4097\r\n")), ElementsAre("!413"));
    EXPECT_THAT(read_all(post("X: " + std::string(2000, 'x') + "\r\n")), ElementsAre("!431"));
    EXPECT_THAT(read_all("GET /" + std::string(2000, 'x')), ElementsAre("!431"));
    EXPECT_THAT(read_all("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                ElementsAre("!400"));
}

TEST(RequestReader, ChunksAreBounded) {
    const auto chunked = [](const std::string& body) {
        return read_all(post("Transfer-Encoding: chunked\r\n", body), 100);
    };
    EXPECT_THAT(chunked("800\r\n" + std::string(2048, 'a') + "\r\n801\r\n"), ElementsAre("!413"));
    EXPECT_THAT(chunked("ffffffffffffffff\r\n"), ElementsAre("!413"));
    EXPECT_THAT(chunked("1;" + std::string(3000, 'e')), ElementsAre("!400"));
    EXPECT_THAT(chunked("0\r\nT: " + std::string(3000, 'e')), ElementsAre("!400"));
    EXPECT_THAT(chunked("zzz\r\n"), ElementsAre("!400"));
    EXPECT_THAT(chunked("3\r\nabcd\r\n0\r\n\r\n"), ElementsAre("!400"));
}

TEST(RequestReader, TheLastChunkMayComeByteByByte) {
    const std::string bytes = post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n") +
                              post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n");
    EXPECT_THAT(read_all(bytes, 1), ElementsAre("POST /a 0:", "POST /a 1:a"));
}

TEST(RequestReader, ATrailerIsNoPartOfTheHead) {
    RequestReader reader{kLimits};
    reader.feed(post("Transfer-Encoding: chunked\r\n", "0\r\nAuthorization: Bearer x\r\n\r\n"));
    EXPECT_EQ(reader.next(), Event::Head);
    EXPECT_EQ(reader.next(), Event::Request);
    EXPECT_EQ(reader.head().field("authorization"), "");
}

TEST(RequestReader, AHeadInManyPiecesIsStillBounded) {
    RequestReader reader{kLimits};
    reader.feed("GET / HTTP/1.1\r\nHost: h\r\n");
    Event event = reader.next();
    for (int i = 0; i < 1000 && event == Event::None; ++i) {
        reader.feed("X: 1\r\n");
        event = reader.next();
    }
    EXPECT_EQ(event, Event::Failed);
    EXPECT_EQ(reader.failure(), 431U);
    EXPECT_LT(reader.buffered_bytes(), 100U);
}

TEST(RequestReader, ABodyThatIsOnlyAnnouncedTakesNoMemory) {
    RequestReader reader{{.head_bytes = 1024, .body_bytes = std::uint64_t{1} << 30U}};
    reader.feed(post("Content-Length: 1000000000\r\n", "abc"));
    EXPECT_EQ(reader.next(), Event::Head);
    EXPECT_FALSE(reader.awaits_body());
    EXPECT_EQ(reader.next(), Event::None);
    EXPECT_TRUE(reader.is_mid_request());
    EXPECT_LT(reader.buffered_bytes(), 1000U);
}

TEST(RequestReader, ADiscardedBodyIsReadAndForgotten) {
    RequestReader reader{kLimits};
    reader.feed(post("Content-Length: 3\r\nExpect: 100-Continue\r\n"));
    EXPECT_EQ(reader.next(), Event::Head);
    EXPECT_TRUE(reader.head().expects_continue);
    EXPECT_TRUE(reader.awaits_body());
    reader.discard_body();
    reader.feed("abc" + post("Content-Length: 1\r\nConnection: close\r\n", "x"));
    EXPECT_EQ(reader.next(), Event::Request);
    EXPECT_EQ(reader.body(), "");
    EXPECT_EQ(reader.next(), Event::Head);
    EXPECT_FALSE(reader.head().keeps_alive);
    EXPECT_EQ(reader.next(), Event::Request);
    EXPECT_EQ(reader.body(), "x");
    EXPECT_EQ(reader.next(), Event::None);
    EXPECT_FALSE(reader.is_mid_request());
}

TEST(RequestReader, OldClientsAreKeptOnlyIfTheyAsk) {
    RequestReader reader{kLimits};
    reader.feed("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(reader.next(), Event::Head);
    EXPECT_TRUE(reader.head().is_1_0);
    EXPECT_FALSE(reader.head().keeps_alive);
    EXPECT_EQ(reader.next(), Event::Request);
    EXPECT_EQ(reader.next(), Event::Head);
    EXPECT_TRUE(reader.head().keeps_alive);
}

}  // namespace
}  // namespace aorta::http
