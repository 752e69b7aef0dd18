// Cutting a file into HL7 v2 messages.
#pragma once

#include "common/hl7/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::hl7 {

struct FileEvent {
    enum class Kind {
        Message,    // `bytes`: from MSH to the last line end of the message; valid during the call
        BatchEnd,   // BTS: `declared` and `actual` number of messages
        FileEnd,    // FTS: `declared` and `actual` number of batches
        NoMessage,  // `length` bytes of lines that belong to no message
        Noise,      // `length` bytes between MLLP frames
        Oversize,   // a message of `length` bytes was above the limit and skipped
        Truncated,  // the file ended inside an MLLP frame
        NoTrailer,  // a BHS or FHS has no BTS or FTS; `offset`: where that was found
        EndInside,  // an MLLP frame of `length` bytes had an end byte inside and was skipped
    };

    Kind kind = Kind::Message;
    std::string_view bytes;
    std::uint64_t offset = 0;  // in the file
    std::uint64_t length = 0;
    std::optional<std::uint64_t>
        declared;  // BatchEnd, FileEnd: absent if the trailer gives no number
    std::uint64_t actual = 0;
    std::string_view batch = {};  // Message: BHS-11 of its batch, else FHS-11 of its file, raw
};

/// Reads a file's bytes as they come: one message or many, segments ending in CR, LF or CRLF, a
/// byte order mark, FHS/BHS/BTS/FTS envelopes (checked and left out), or MLLP frames (when the
/// first byte is 0x0B). Holds at most max_message_bytes and what was last fed. One thread at a
/// time.
class FileReader {
public:
    using OnEvent = std::function<void(const FileEvent&)>;

    explicit FileReader(OnEvent on_event, std::size_t max_message_bytes = std::size_t{16} << 20U);

    void feed(std::string_view bytes);
    /// The file has ended.
    void finish();

private:
    enum class Line : std::uint8_t { Unknown, Blank, Message, Envelope, Other };
    enum class Item : std::uint8_t { None, Message, Envelope, Noise };

    void scan(bool at_end);
    bool begin_line(bool at_end);
    bool end_line();
    void skip_line_end_byte();
    static Line classify(std::string_view rest, bool at_end);
    void open_item(Item item);
    void close_item();
    void close_envelope();
    void count_bare_batch();
    void miss_trailers(std::uint64_t offset, bool of_file);
    void check_size();
    void release_buffer();
    void report(FileEvent::Kind kind, std::string_view bytes = {});
    void report_count(FileEvent::Kind kind, std::string_view segment, std::uint64_t actual);
    void on_frame(const FrameEvent& frame);

    OnEvent on_event_;
    std::size_t max_message_bytes_;
    bool started_ = false;
    std::optional<FrameReader> frames_;  // of a file in MLLP frames

    std::string buffer_;
    std::uint64_t base_ = 0;  // file offset of buffer_[0]
    std::size_t scan_ = 0;    // buffer_ is looked at up to here
    bool at_line_start_ = true;
    bool after_cr_ = false;

    Item item_ = Item::None;
    std::uint64_t item_start_ = 0;  // file offsets
    std::uint64_t item_end_ = 0;    // behind its last line that is not blank
    bool is_oversize_ = false;
    char line_end_ = 0;  // of the item: CR, LF, or 0 until its first

    std::uint64_t messages_in_batch_ = 0;
    std::uint64_t batches_ = 0;
    bool in_batch_ = false;
    bool in_file_ = false;
    std::string batch_id_;
    std::string file_id_;
};

}  // namespace aorta::hl7
