#include "common/hl7/frame.hpp"

#include "common/hl7/scan.hpp"

#include <algorithm>

namespace aorta::hl7 {
namespace {

constexpr std::size_t kKeptBytes = std::size_t{64} << 10U;
constexpr std::size_t kHeadBytes = std::size_t{8} << 10U;

bool is_control(std::int64_t byte) {
    return byte >= 0 && byte < 0x20;
}

/// Messages hold these: they cannot mark where one begins or ends.
bool is_text(std::int64_t byte) {
    return byte == '\r' || byte == '\n' || byte == '\t';
}

}  // namespace

Result<FrameBytes> FrameBytes::make(std::int64_t start, std::span<const std::int64_t> end) {
    const auto bad = [](const char* message) { return Error{ErrorCode::InvalidConfig, message}; };
    if (end.empty() || end.size() > 2) {
        return bad("a frame ends with one or two bytes, such as [0x1C, 0x0D]");
    }
    if (!is_control(start) || !std::all_of(end.begin(), end.end(), is_control)) {
        return bad("the bytes of a frame are control characters, 0x00 to 0x1F");
    }
    if (is_text(start) || is_text(end[0])) {
        return bad("a message may hold CR, LF and TAB: none of them can begin or end a frame");
    }
    if (start == end[0]) {
        return bad("a frame cannot begin and end with the same byte");
    }
    FrameBytes bytes{static_cast<char>(start), static_cast<char>(end[0]), std::nullopt};
    if (end.size() == 2) {
        bytes.last = static_cast<char>(end[1]);
    }
    return bytes;
}

std::size_t FrameBytes::find_in(std::string_view payload) const {
    return find_either(payload, start, end);
}

void FrameReader::consume(std::string_view& bytes, std::size_t count) {
    bytes.remove_prefix(count);
    position_ += count;
}

bool FrameReader::next(std::string_view& bytes, FrameEvent& event) {
    if (clear_partial_) {
        release_partial();
        clear_partial_ = false;
    }
    while (!bytes.empty()) {
        bool has_event = false;
        switch (state_) {
            case State::Idle:
                has_event = idle(bytes, event);
                break;
            case State::AfterEnd:
                has_event = after_end(bytes, event);
                break;
            case State::Payload:
            case State::Skipping:
                has_event = payload(bytes, event);
                break;
        }
        if (has_event) {
            return true;
        }
    }
    return false;
}

/// One large frame must not keep its memory for as long as the connection lasts.
void FrameReader::release_partial() {
    partial_.clear();
    if (partial_.capacity() > kKeptBytes) {
        partial_.shrink_to_fit();
    }
}

/// Of a frame that is skipped, and of which this much more has come.
void FrameReader::keep_head(std::string_view piece) {
    const std::size_t most = std::min(kHeadBytes, max_frame_bytes_);
    std::string head = partial_.substr(0, most);
    head += piece.substr(0, most - head.size());
    partial_ = std::move(head);
}

bool FrameReader::idle(std::string_view& bytes, FrameEvent& event) {
    const std::size_t start = bytes.find(bytes_.start);
    const std::size_t noise = start == std::string_view::npos ? bytes.size() : start;
    if (noise_ == 0) {
        start_ = position_;
    }
    noise_ += noise;
    consume(bytes, noise);
    if (start == std::string_view::npos) {
        return false;
    }
    const bool has_event = noise_ > 0;
    if (has_event) {
        event = {FrameEvent::Kind::Noise, {}, noise_, start_};
        noise_ = 0;
    }
    begin_frame(bytes);
    return has_event;
}

void FrameReader::begin_frame(std::string_view& bytes) {
    consume(bytes, 1);
    state_ = State::Payload;
    release_partial();
    size_ = 0;
    start_ = position_;
}

bool FrameReader::after_end(std::string_view& bytes, FrameEvent& event) {
    state_ = State::Idle;
    if (bytes.front() == *bytes_.last) {
        consume(bytes, 1);
        return false;
    }
    event = {FrameEvent::Kind::NoFinalCr, {}, 0, position_};
    return true;
}

bool FrameReader::payload(std::string_view& bytes, FrameEvent& event) {
    const std::size_t stop = find_either(bytes, bytes_.end, bytes_.start);
    const std::size_t count = stop == std::string_view::npos ? bytes.size() : stop;
    const std::string_view piece = bytes.substr(0, count);
    size_ += count;
    const bool ends = stop != std::string_view::npos;
    if (state_ == State::Payload && size_ > max_frame_bytes_) {
        state_ = State::Skipping;
        keep_head(piece);
    }
    if (state_ == State::Payload && (!ends || !partial_.empty())) {
        partial_ += piece;
    }
    if (!ends) {
        consume(bytes, count);
        return false;
    }
    if (bytes[stop] == bytes_.start) {
        event = {FrameEvent::Kind::Resync, {}, size_, start_};
        consume(bytes, count);
        begin_frame(bytes);
        return true;
    }
    const bool oversize = state_ == State::Skipping;
    event.kind = oversize ? FrameEvent::Kind::Oversize : FrameEvent::Kind::Frame;
    event.payload = partial_.empty() && !oversize ? piece : std::string_view{partial_};
    event.size = size_;
    event.offset = start_;
    consume(bytes, count + 1);
    state_ = bytes_.last ? State::AfterEnd : State::Idle;
    clear_partial_ = true;
    return true;
}

bool FrameReader::finish(FrameEvent& event) {
    bool has_event = false;
    if (in_frame()) {
        event = {FrameEvent::Kind::Truncated, {}, size_, start_};
        has_event = true;
    } else if (noise_ > 0) {
        event = {FrameEvent::Kind::Noise, {}, noise_, start_};
        has_event = true;
    } else if (state_ == State::AfterEnd) {
        event = {FrameEvent::Kind::NoFinalCr, {}, 0, position_};
        has_event = true;
    }
    *this = FrameReader{max_frame_bytes_, bytes_};
    return has_event;
}

void append_frame(std::string_view payload, std::string& out, const FrameBytes& bytes) {
    out.reserve(out.size() + payload.size() + 3);
    out += bytes.start;
    out += payload;
    out += bytes.end;
    if (bytes.last) {
        out += *bytes.last;
    }
}

std::string frame(std::string_view payload, const FrameBytes& bytes) {
    std::string out;
    append_frame(payload, out, bytes);
    return out;
}

}  // namespace aorta::hl7
