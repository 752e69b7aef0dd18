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
        Truncated,  // the stream ended inside a frame, after `size` bytes
    };

    Kind kind = Kind::Frame;
    std::string_view payload;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;  // in the stream: the payload's first byte, or the first byte meant
};

/// Cuts a byte stream into frames, however it is split. A frame is delivered at its end byte
/// (0x1C), so that a sender that never sends the last 0x0D gets its answer. Holds at most one
/// partial frame of max_frame_bytes; of a larger one the first 8 KiB, so that its header is known.
/// One thread at a time.
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

    /// The stream has ended; the reader is as new afterwards.
    template <class OnEvent>
    void close(OnEvent&& on_event) {
        FrameEvent event;
        if (finish(event)) {
            on_event(static_cast<const FrameEvent&>(event));
        }
    }

    /// True between a start byte and its end byte.
    bool in_frame() const { return state_ == State::Payload || state_ == State::Skipping; }

    /// Bytes of the partial frame that are held.
    std::size_t buffered_bytes() const { return partial_.size(); }

    /// Bytes between frames that no event has reported yet.
    std::uint64_t pending_noise_bytes() const { return noise_; }

private:
    enum class State : std::uint8_t { Idle, Payload, Skipping, AfterEnd };

    bool next(std::string_view& bytes, FrameEvent& event);
    bool idle(std::string_view& bytes, FrameEvent& event);
    bool after_end(std::string_view& bytes, FrameEvent& event);
    bool payload(std::string_view& bytes, FrameEvent& event);
    void begin_frame(std::string_view& bytes);
    void release_partial();
    void keep_head(std::string_view piece);
    bool finish(FrameEvent& event);
    void consume(std::string_view& bytes, std::size_t count);

    std::size_t max_frame_bytes_;
    FrameBytes bytes_;
    State state_ = State::Idle;
    bool clear_partial_ = false;
    std::string partial_;
    std::uint64_t noise_ = 0;
    std::uint64_t size_ = 0;      // of the frame so far
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
