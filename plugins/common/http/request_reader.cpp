// The only file of Boost.Beast among the plugins.
#include "common/http/request_reader.hpp"

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>

namespace aorta::http {
namespace {

namespace beast = boost::beast;
namespace bhttp = beast::http;
using beast::error_code;

constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string_view view_of(beast::string_view text) {
    return {text.data(), text.size()};
}

/// A body that grows as it comes: a length that is only announced takes no memory.
// NOLINTBEGIN(readability-identifier-naming): Beast's names
struct GrowingBody {
    struct value_type {
        std::string bytes;
        bool is_discarded = false;
    };

    class reader {
    public:
        template <bool is_request, class Fields>
        reader(bhttp::header<is_request, Fields>& /*head*/, value_type& body) : body_(body) {}

        void init(const boost::optional<std::uint64_t>& /*length*/, error_code& failed) {
            failed = {};
        }

        template <class Buffers>
        std::size_t put(const Buffers& buffers, error_code& failed) {
            failed = {};
            std::size_t taken = 0;
            for (const boost::asio::const_buffer buffer : beast::buffers_range_ref(buffers)) {
                taken += buffer.size();
                if (!body_.is_discarded) {
                    body_.bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
                }
            }
            return taken;
        }

        void finish(error_code& failed) { failed = {}; }

    private:
        value_type& body_;
    };
};

// NOLINTEND(readability-identifier-naming)

unsigned status_of(const error_code& failed) {
    if (failed == bhttp::error::body_limit) {
        return 413;
    }
    if (failed == bhttp::error::header_limit) {
        return 431;
    }
    return failed == bhttp::error::bad_version ? 505 : 400;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_same_name(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) {
               return lower(a) == lower(b);
           });
}

std::string_view Head::field(std::string_view name) const {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
        return is_same_name(field.name, name);
    });
    return found == fields.end() ? std::string_view{} : found->value;
}

std::size_t Head::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(fields.begin(), fields.end(), [&](const Field& field) {
            return is_same_name(field.name, name);
        }));
}

struct RequestReader::Parser : bhttp::request_parser<GrowingBody> {};

RequestReader::RequestReader(ReaderLimits limits) : limits_(limits) {}

RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;
RequestReader::~RequestReader() = default;

RequestReader::Event RequestReader::next() {
    switch (state_) {
        case State::Done:
            parser_.reset();
            head_ = {};
            state_ = State::Head;
            return read_head();
        case State::Head:
            return read_head();
        case State::Body:
            return read_body();
        case State::Failed:
            break;
    }
    return Event::None;
}

/// Beast limits pieces of a head, not the whole: so it gets the whole, once that is there.
RequestReader::Event RequestReader::read_head() {
    while (rest().starts_with("\r\n")) {  // some end a body with more than it has
        consume(2);
    }
    const std::size_t end = rest().find("\r\n\r\n", searched_ > 3 ? searched_ - 3 : 0);
    if (end == std::string_view::npos ? rest().size() > limits_.head_bytes
                                      : end + 4 > limits_.head_bytes) {
        return fail(431);
    }
    if (end == std::string_view::npos) {
        searched_ = rest().size();
        return Event::None;
    }
    const std::string_view whole = rest().substr(0, end + 2);
    if (whole.find("\r\n ") != std::string_view::npos ||
        whole.find("\r\n\t") != std::string_view::npos) {
        return fail(400);  // a folded line, which some read as two
    }
    parser_ = std::make_unique<Parser>();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.head_bytes));
    parser_->body_limit(limits_.body_bytes);
    error_code failed;
    const std::size_t used = parser_->put({rest().data(), end + 4}, failed);
    take_head();
    if (failed && failed != bhttp::error::need_more) {
        return fail(status_of(failed));
    }
    if (used != end + 4 || !parser_->is_header_done()) {
        return fail(400);
    }
    consume(used);
    if (const unsigned trouble = trouble_with_head(); trouble != 0) {
        return fail(trouble);
    }
    head_.expects_continue = !head_.is_1_0 && !head_.field("Expect").empty();
    parser_->eager(true);
    state_ = State::Body;
    return Event::Head;
}

void RequestReader::take_head() {
    const auto& parsed = parser_->get();
    head_.method = view_of(parsed.method_string());
    head_.target = view_of(parsed.target());
    head_.is_1_0 = parsed.version() == 10;
    head_.keeps_alive = parsed.keep_alive();
    head_.expects_continue = false;
    head_.fields.clear();
    for (const auto& field : parsed) {
        head_.fields.push_back(
            {std::string{view_of(field.name_string())}, std::string{view_of(field.value())}});
    }
}

/// The status for what Beast lets pass; 0 when all is well.
unsigned RequestReader::trouble_with_head() const {
    const std::size_t codings = head_.count("Transfer-Encoding");
    if (codings > 1 || (codings == 1 && head_.is_1_0)) {
        return 400;
    }
    if (codings == 1 && !is_same_name(head_.field("Transfer-Encoding"), "chunked")) {
        return 501;
    }
    const std::size_t hosts = head_.count("Host");
    if (hosts > 1 || (hosts == 0 && !head_.is_1_0)) {
        return 400;
    }
    const std::string_view expected = head_.field("Expect");
    return expected.empty() || is_same_name(expected, "100-continue") ? 0 : 417;
}

RequestReader::Event RequestReader::read_body() {
    // The shortest end of chunks; Beast asserts that it has that much of the last one.
    const std::size_t least = parser_->chunked() ? kLastChunk.size() : 1;
    while (!parser_->is_done() && rest().size() >= least) {
        error_code failed;
        const std::size_t used = parser_->put({rest().data(), rest().size()}, failed);
        consume(used);
        if (failed == bhttp::error::need_more) {
            // A chunk's length, its extensions, the trailer: no longer than a head may be.
            return rest().size() > limits_.head_bytes ? fail(400) : Event::None;
        }
        if (failed) {
            return fail(status_of(failed));
        }
    }
    if (!parser_->is_done()) {
        return Event::None;
    }
    state_ = State::Done;
    return Event::Request;
}

RequestReader::Event RequestReader::fail(unsigned status) {
    failure_ = status;
    state_ = State::Failed;
    fed_ = {};
    read_ = 0;
    return Event::Failed;
}

void RequestReader::consume(std::size_t bytes) {
    read_ += bytes;
    searched_ = 0;
    if (read_ == fed_.size()) {
        fed_.clear();
        read_ = 0;
    } else if (read_ > fed_.size() / 2) {
        fed_.erase(0, read_);
        read_ = 0;
    }
}

std::string_view RequestReader::body() const {
    return parser_ ? std::string_view{parser_->get().body().bytes} : std::string_view{};
}

void RequestReader::discard_body() {
    parser_->get().body().is_discarded = true;
}

bool RequestReader::is_mid_request() const {
    return state_ == State::Body || (state_ != State::Failed && !rest().empty());
}

std::size_t RequestReader::buffered_bytes() const {
    return fed_.size() + (parser_ ? parser_->get().body().bytes.capacity() : 0);
}

}  // namespace aorta::http
