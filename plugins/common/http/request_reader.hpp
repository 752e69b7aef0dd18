// HTTP/1.1 requests out of the bytes of a connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::http {

struct Field {
    std::string name;
    std::string value;
};

/// What stands before a request's body.
struct Head {
    std::string method;
    std::string target;  // as sent
    bool is_1_0 = false;
    bool keeps_alive = true;
    bool expects_continue = false;
    std::vector<Field> fields = {};

    /// The first of this name, in any case; empty when there is none.
    std::string_view field(std::string_view name) const;
    std::size_t count(std::string_view name) const;
};

struct ReaderLimits {
    std::size_t head_bytes = std::size_t{16} << 10U;
    std::uint64_t body_bytes = std::uint64_t{64} << 20U;
};

/// Cuts a connection's bytes into requests. What two parties could read differently (two lengths,
/// a length beside chunks, codings that are not `chunked`, two hosts) is a failure, and the bytes
/// behind it are nothing any more. Memory: the body so far, and what was fed and not yet read. One
/// thread at a time.
class RequestReader {
public:
    explicit RequestReader(ReaderLimits limits);
    RequestReader(RequestReader&&) noexcept;
    RequestReader& operator=(RequestReader&&) noexcept;
    ~RequestReader();

    enum class Event {
        None,     // feed more
        Head,     // head() is known, the body is still to come
        Request,  // head() and body() are; the next call begins the next request
        Failed,   // failure() says why; there will never be more
    };

    void feed(std::string_view bytes) { fed_.append(bytes); }

    Event next();

    const Head& head() const { return head_; }

    std::string_view body() const;

    /// After Head: the body is read, but not kept.
    void discard_body();

    /// The status to answer a failure with.
    unsigned failure() const { return failure_; }

    /// A request has begun and is not complete.
    bool is_mid_request() const;

    /// Nothing of the body has come.
    bool awaits_body() const { return state_ == State::Body && rest().empty() && body().empty(); }

    /// Memory that hangs on an unfinished request.
    std::size_t buffered_bytes() const;

private:
    struct Parser;
    enum class State { Head, Body, Done, Failed };

    Event read_head();
    Event read_body();
    Event fail(unsigned status);
    void take_head();
    unsigned trouble_with_head() const;

    std::string_view rest() const { return std::string_view{fed_}.substr(read_); }

    void consume(std::size_t bytes);

    ReaderLimits limits_;
    std::unique_ptr<Parser> parser_;
    std::string fed_;
    std::size_t read_ = 0;      // of fed_
    std::size_t searched_ = 0;  // of rest(), for the end of the head
    Head head_;
    State state_ = State::Head;
    unsigned failure_ = 0;
};

/// Letters of ASCII compared in any case.
bool is_same_name(std::string_view left, std::string_view right);

}  // namespace aorta::http
