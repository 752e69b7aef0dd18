// MLLP framing: 0x0B payload 0x1C 0x0D, or other bytes in their place.
#pragma once

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aorta::hl7 {

inline constexpr char kFrameStart = '\x0B';
inline constexpr char kFrameEnd = '\x1C';
inline constexpr char kFrameCr = '\x0D';

/// The bytes around a payload.
struct FrameBytes {
    char start = kFrameStart;
    char end = kFrameEnd;                 // completes the frame
    std::optional<char> last = kFrameCr;  // follows `end`; read tolerantly, always written

    /// From the numbers of a configuration: one start byte, one or two end bytes. Refused
    /// (InvalidConfig): numbers that are no control character, CR, LF, TAB or the start byte as
    /// the first end byte, and CR, LF or TAB as the start byte, since messages hold those.
    static Result<FrameBytes> make(std::int64_t start, std::span<const std::int64_t> end);

    /// The first byte of a payload that would begin or end a frame; npos: it can be framed.
    std::size_t find_in(std::string_view payload) const;

    bool can_hold(std::string_view payload) const {
        return find_in(payload) == std::string_view::npos;
    }

    friend bool operator==(const FrameBytes&, const FrameBytes&) = default;
};

struct FrameEvent {
    enum class Kind {
        Frame,      // `payload`: valid during the call only
        Noise,      // `size` bytes between frames, reported when the next frame begins, or at close
        NoFinalCr,  // the frame before had no last byte; it was delivered all the same
        Resync,     // a frame of `size` bytes so far was given up because another began inside it
        Oversize,   // a frame of `size` bytes was above the limit; `payload` is how it begins
        EndInside,  // a frame of `size` bytes had an end byte inside; `payload` is how it begins
        Truncated,  // the stream ended inside a frame, after `size` bytes
    };

    Kind kind = Kind::Frame;
    std::string_view payload;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;  // in the stream: the payload's first byte, or the first byte meant
};

/// Cuts a byte stream into frames, however it is split. An end byte (0x1C) ends a frame if the last
/// byte (0x0D), a start byte, the end of the stream or silence follows; LFs may stand between. If
/// anything else follows, the end byte stood inside a value: the frame is given up as a whole, up
/// to where it does end, for half of it must not pass as a message. Where frames end with one byte,
/// that byte is the end. Holds at most one partial frame of max_frame_bytes; of one that is given
/// up the first 8 KiB, so that its header is known. One thread at a time.
class FrameReader {
public:
    explicit FrameReader(std::size_t max_frame_bytes = std::size_t{16} << 20U,
                         const FrameBytes& bytes = {})
        : max_frame_bytes_(max_frame_bytes), bytes_(bytes) {}

    /// Calls `on_event(const FrameEvent&)` for what the bytes complete.
    template <class OnEvent>
    void feed(std::string_view bytes, OnEvent&& on_event) {
        FrameEvent event;
        while (next(bytes, event)) {
            on_event(static_cast<const FrameEvent&>(event));
        }
    }

    /// Nothing has followed for as long as the caller wishes to wait: decides what awaits that.
    template <class OnEvent>
    void settle(OnEvent&& on_event) {
        FrameEvent event;
        if (awaits_silence()) {
            complete({}, event);
            on_event(static_cast<const FrameEvent&>(event));
            release_partial();
        }
    }

    /// The stream has ended; the reader is as new afterwards.
    template <class OnEvent>
    void close(OnEvent&& on_event) {
        FrameEvent event;
        while (finish(event)) {
            on_event(static_cast<const FrameEvent&>(event));
        }
        *this = FrameReader{max_frame_bytes_, bytes_};
    }

    /// True between a start byte and the end of its frame.
    bool in_frame() const { return state_ == State::Inside || state_ == State::Ended; }

    /// True if an end byte has come, and what follows it, or nothing, decides about the frame.
    bool awaits_silence() const { return state_ == State::Ended || has_end_inside_; }

    /// Bytes of the partial frame that are held.
    std::size_t buffered_bytes() const { return partial_.size(); }

    /// Bytes between frames that no event has reported yet.
    std::uint64_t pending_noise_bytes() const { return noise_; }

private:
    enum class State : std::uint8_t {
        Idle,
        Inside,     // a frame
        Ended,      // by an end byte that may have been none
        Delivered,  // the last byte may follow
    };

    bool next(std::string_view& bytes, FrameEvent& event);
    bool idle(std::string_view& bytes, FrameEvent& event);
    bool inside(std::string_view& bytes, FrameEvent& event);
    bool ended(std::string_view& bytes, FrameEvent& event);
    bool delivered(std::string_view& bytes, FrameEvent& event);
    void begin_frame(std::string_view& bytes);
    void hold(std::string_view piece);
    void complete(std::string_view piece, FrameEvent& event);
    void release_partial();
    std::size_t kept_bytes() const;

    bool is_given_up() const { return is_oversize_ || has_end_inside_; }

    bool may_follow_end(char byte) const { return byte == *bytes_.last || byte == bytes_.start; }

    bool finish(FrameEvent& event);
    void consume(std::string_view& bytes, std::size_t count);

    std::size_t max_frame_bytes_;
    FrameBytes bytes_;
    State state_ = State::Idle;
    bool is_oversize_ = false;
    bool has_end_inside_ = false;
    bool clear_partial_ = false;
    std::string partial_;
    std::uint64_t noise_ = 0;
    std::uint64_t size_ = 0;      // of the frame so far
    std::uint64_t ending_ = 0;    // bytes of what may be its end: the end byte and LFs
    std::uint64_t start_ = 0;     // stream offset of the frame's or the noise's first byte
    std::uint64_t position_ = 0;  // stream offset
};

/// The frame of a payload.
std::string frame(std::string_view payload, const FrameBytes& bytes = {});
/// Appends the frame of a payload.
void append_frame(std::string_view payload, std::string& out, const FrameBytes& bytes = {});

/// MLLP release 2 commit acknowledgements, as payloads of frames of their own.
inline constexpr std::string_view kCommitAck = "\x06";
inline constexpr std::string_view kCommitNak = "\x15";

}  // namespace aorta::hl7
