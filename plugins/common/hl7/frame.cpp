#include "common/hl7/frame.hpp"

#include "common/hl7/scan.hpp"

#include <algorithm>
#include <utility>

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
            case State::Inside:
                has_event = inside(bytes, event);
                break;
            case State::Ended:
                has_event = ended(bytes, event);
                break;
            case State::Delivered:
                has_event = delivered(bytes, event);
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

std::size_t FrameReader::kept_bytes() const {
    return is_given_up() ? std::min(kHeadBytes, max_frame_bytes_) : max_frame_bytes_;
}

/// Keeps this much more of the frame, or of its beginning if it is given up.
void FrameReader::hold(std::string_view piece) {
    is_oversize_ = is_oversize_ || size_ > max_frame_bytes_;
    const std::size_t most = kept_bytes();
    if (partial_.size() > most) {
        partial_ = partial_.substr(0, most);
    }
    partial_ += piece.substr(0, most - partial_.size());
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
    state_ = State::Inside;
    release_partial();
    is_oversize_ = false;
    size_ = 0;
    start_ = position_;
}

bool FrameReader::inside(std::string_view& bytes, FrameEvent& event) {
    const std::size_t stop = find_either(bytes, bytes_.end, bytes_.start);
    const std::string_view piece = bytes.substr(0, stop);
    size_ += piece.size();
    if (stop == std::string_view::npos) {
        hold(piece);
        consume(bytes, piece.size());
        return false;
    }
    if (bytes[stop] == bytes_.start) {
        if (has_end_inside_) {
            complete(piece, event);
            state_ = State::Idle;
            consume(bytes, piece.size());
        } else {
            event = {FrameEvent::Kind::Resync, {}, size_, start_};
            consume(bytes, piece.size());
            begin_frame(bytes);
        }
        return true;
    }
    const std::string_view rest = bytes.substr(stop + 1);
    const bool is_over = !bytes_.last || (!rest.empty() && may_follow_end(rest.front()));
    if (is_over) {
        complete(piece, event);  // where it lies: without a copy, if it came at once
    } else {
        hold(piece);
        state_ = State::Ended;
        ending_ = 1;
    }
    consume(bytes, piece.size() + 1);
    return is_over;
}

bool FrameReader::ended(std::string_view& bytes, FrameEvent& event) {
    if (bytes.front() == '\n') {
        ++ending_;
        consume(bytes, 1);
        return false;
    }
    if (may_follow_end(bytes.front())) {
        complete({}, event);
        return true;
    }
    // Its head is kept without the end byte: an answer that quotes it would be cut as well.
    has_end_inside_ = true;
    size_ += ending_;
    state_ = State::Inside;
    return false;
}

bool FrameReader::delivered(std::string_view& bytes, FrameEvent& event) {
    state_ = State::Idle;
    if (bytes.front() == *bytes_.last) {
        consume(bytes, 1);
        return false;
    }
    event = {FrameEvent::Kind::NoFinalCr, {}, 0, position_};
    return true;
}

/// The frame is over with this much more.
void FrameReader::complete(std::string_view piece, FrameEvent& event) {
    const bool lies_there = partial_.empty() && !is_given_up() && size_ <= max_frame_bytes_;
    if (!lies_there) {
        hold(piece);
    }
    event.kind = has_end_inside_ ? FrameEvent::Kind::EndInside
                 : is_oversize_  ? FrameEvent::Kind::Oversize
                                 : FrameEvent::Kind::Frame;
    event.payload = lies_there ? piece : std::string_view{partial_};
    event.size = size_;
    event.offset = start_;
    state_ = bytes_.last ? State::Delivered : State::Idle;
    has_end_inside_ = false;
    clear_partial_ = true;
}

bool FrameReader::finish(FrameEvent& event) {
    const State state = std::exchange(state_, State::Idle);
    if (state == State::Ended || has_end_inside_) {
        complete({}, event);
        state_ = state == State::Ended ? State::Delivered : State::Idle;
    } else if (state == State::Inside) {
        event = {FrameEvent::Kind::Truncated, {}, size_, start_};
    } else if (state == State::Delivered) {
        event = {FrameEvent::Kind::NoFinalCr, {}, 0, position_};
    } else if (noise_ > 0) {
        event = {FrameEvent::Kind::Noise, {}, std::exchange(noise_, 0), start_};
    } else {
        return false;
    }
    return true;
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
