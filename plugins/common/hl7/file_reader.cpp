#include "common/hl7/file_reader.hpp"

#include "common/hl7/delimiters.hpp"
#include "common/hl7/message.hpp"
#include "common/hl7/scan.hpp"

#include <charconv>
#include <utility>

namespace aorta::hl7 {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kEnoughToClassify = kByteOrderMark.size() + 4;

bool is_envelope(std::string_view line) {
    const std::string_view name = line.substr(0, 3);
    if (name != "FHS" && name != "BHS" && name != "BTS" && name != "FTS") {
        return false;
    }
    const char next = line.size() > 3 ? line[3] : '\r';
    const bool alphanumeric = (next >= '0' && next <= '9') || (next >= 'A' && next <= 'Z') ||
                              (next >= 'a' && next <= 'z');
    return !alphanumeric;
}

/// BTS-1 or FTS-1.
std::optional<std::uint64_t> declared_count(std::string_view trailer) {
    if (trailer.size() < 5) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    const char* end = trailer.data() + trailer.size();
    const auto read = std::from_chars(trailer.data() + 4, end, value);
    const bool ends_field =
        read.ptr == end || *read.ptr == trailer[3] || *read.ptr == '\r' || *read.ptr == '\n';
    return read.ec == std::errc{} && ends_field ? std::optional{value} : std::nullopt;
}

/// FHS-11 or BHS-11.
std::string control_id(std::string_view header) {
    constexpr std::size_t kControlId = 11;  // field 1 is the separator
    constexpr std::size_t kMaxId = 199;
    header = header.substr(0, find_either(header, '\r', '\n'));
    const std::string_view id =
        header.size() < 4 ? std::string_view{} : Split{header, header[3]}.at(kControlId);
    return std::string{id.substr(0, kMaxId)};
}

}  // namespace

FileReader::FileReader(OnEvent on_event, std::size_t max_message_bytes)
    : on_event_(std::move(on_event)), max_message_bytes_(max_message_bytes) {}

void FileReader::feed(std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    if (!started_ && bytes.front() == kFrameStart) {
        frames_.emplace(max_message_bytes_);
    }
    started_ = true;
    if (frames_) {
        frames_->feed(bytes, [this](const FrameEvent& event) { on_frame(event); });
        return;
    }
    buffer_ += bytes;
    scan(false);
    release_buffer();
}

void FileReader::finish() {
    if (frames_) {
        frames_->close([this](const FrameEvent& event) { on_frame(event); });
        return;
    }
    scan(true);
    if (!at_line_start_) {
        item_end_ = base_ + buffer_.size();
        check_size();
    }
    close_item();
    miss_trailers(base_ + buffer_.size(), true);
}

void FileReader::scan(bool at_end) {
    while (scan_ < buffer_.size()) {
        if (!(at_line_start_ ? begin_line(at_end) : end_line())) {
            return;
        }
    }
}

/// Looks at the beginning of a line; false when there are not enough bytes to tell what it is.
bool FileReader::begin_line(bool at_end) {
    switch (classify(std::string_view{buffer_}.substr(scan_), at_end)) {
        case Line::Unknown:
            return false;
        case Line::Blank:
            skip_line_end_byte();
            return true;
        case Line::Message:
            open_item(Item::Message);
            break;
        case Line::Envelope:
            open_item(Item::Envelope);
            break;
        case Line::Other:
            if (item_ == Item::None) {
                open_item(Item::Noise);
            }
            break;
    }
    at_line_start_ = false;
    return true;
}

/// One byte of a blank line, or the LF of a CRLF.
void FileReader::skip_line_end_byte() {
    if (after_cr_ && buffer_[scan_] == '\n') {
        item_end_ = base_ + scan_ + 1;
        check_size();
    }
    after_cr_ = false;
    ++scan_;
}

/// Looks for the end of a line; false when it is not there yet.
bool FileReader::end_line() {
    const std::string_view rest = std::string_view{buffer_}.substr(scan_);
    const std::size_t end = line_end_ == 0 ? find_either(rest, '\r', '\n') : rest.find(line_end_);
    if (end == std::string_view::npos) {
        scan_ = buffer_.size();
        check_size();
        return false;
    }
    // The first line end of a message decides: an LF inside CR-terminated segments is data.
    line_end_ = rest[end];
    scan_ += end + 1;
    item_end_ = base_ + scan_;
    after_cr_ = line_end_ == '\r';
    at_line_start_ = true;
    check_size();
    if (item_ != Item::Message) {
        line_end_ = 0;
    }
    if (item_ == Item::Envelope) {
        close_item();
    }
    return true;
}

FileReader::Line FileReader::classify(std::string_view rest, bool at_end) {
    // 0x1A ends a text file of DOS.
    if (rest.front() == '\r' || rest.front() == '\n' || rest.front() == '\x1A') {
        return Line::Blank;
    }
    if (rest.size() < kEnoughToClassify && !at_end) {
        return Line::Unknown;
    }
    if (rest.starts_with(kByteOrderMark)) {
        rest.remove_prefix(kByteOrderMark.size());
    }
    if (starts_message(rest)) {
        return Line::Message;
    }
    return is_envelope(rest) ? Line::Envelope : Line::Other;
}

void FileReader::open_item(Item item) {
    close_item();
    if (std::string_view{buffer_}.substr(scan_).starts_with(kByteOrderMark)) {
        scan_ += kByteOrderMark.size();
    }
    item_ = item;
    item_start_ = base_ + scan_;
    item_end_ = item_start_;
    is_oversize_ = false;
    line_end_ = 0;
}

void FileReader::close_item() {
    const Item item = std::exchange(item_, Item::None);
    const bool is_message = item == Item::Message;
    messages_in_batch_ += is_message ? 1 : 0;
    if (item == Item::Noise) {
        report(FileEvent::Kind::NoMessage);
    } else if (item != Item::None && is_oversize_) {
        report(FileEvent::Kind::Oversize);
    } else if (is_message) {
        report(FileEvent::Kind::Message,
               std::string_view{buffer_}.substr(item_start_ - base_, item_end_ - item_start_));
    } else if (item == Item::Envelope) {
        close_envelope();
    }
}

void FileReader::close_envelope() {
    const std::string_view segment =
        std::string_view{buffer_}.substr(item_start_ - base_, item_end_ - item_start_);
    if (!segment.starts_with("BTS")) {
        miss_trailers(item_start_, segment.starts_with("FHS"));
    }
    if (segment.starts_with("FHS")) {
        batches_ = 0;
        in_file_ = true;
        messages_in_batch_ = 0;
        file_id_ = control_id(segment);
        batch_id_.clear();
    } else if (segment.starts_with("BHS")) {
        count_bare_batch();
        ++batches_;
        in_batch_ = true;
        batch_id_ = control_id(segment);
    } else if (segment.starts_with("BTS")) {
        batches_ += in_batch_ ? 0 : 1;
        in_batch_ = false;
        batch_id_.clear();
        report_count(FileEvent::Kind::BatchEnd, segment, std::exchange(messages_in_batch_, 0));
    } else {
        count_bare_batch();
        in_file_ = false;
        batch_id_.clear();
        file_id_.clear();
        report_count(FileEvent::Kind::FileEnd, segment, std::exchange(batches_, 0));
    }
}

/// BHS and BTS are optional: messages that stand beside a batch are one too.
void FileReader::count_bare_batch() {
    batches_ += !in_batch_ && messages_in_batch_ > 0 ? 1 : 0;
    messages_in_batch_ = 0;
}

/// What begins or ends here ends the batch that is open, or the whole file.
void FileReader::miss_trailers(std::uint64_t offset, bool of_file) {
    const bool misses_file = of_file && std::exchange(in_file_, false);
    if (in_batch_ || misses_file) {
        FileEvent event;
        event.kind = FileEvent::Kind::NoTrailer;
        event.offset = offset;
        on_event_(event);
    }
    if (std::exchange(in_batch_, false)) {
        messages_in_batch_ = 0;  // they stood in a batch that is counted
    }
}

/// Gives up what is held of an item that has grown above the limit.
void FileReader::check_size() {
    const std::uint64_t end = at_line_start_ ? item_end_ : base_ + scan_;
    if (item_ != Item::None && end - item_start_ > max_message_bytes_) {
        is_oversize_ = true;
    }
}

/// Forgets what no item needs any more.
void FileReader::release_buffer() {
    const bool needed = (item_ == Item::Message || item_ == Item::Envelope) && !is_oversize_;
    const std::size_t keep_from = needed ? item_start_ - base_ : scan_;
    buffer_.erase(0, keep_from);
    scan_ -= keep_from;
    base_ += keep_from;
}

void FileReader::report(FileEvent::Kind kind, std::string_view bytes) {
    FileEvent event;
    event.kind = kind;
    event.bytes = bytes;
    event.offset = item_start_;
    event.length = item_end_ - item_start_;
    event.batch = batch_id_.empty() ? file_id_ : batch_id_;
    on_event_(event);
}

void FileReader::report_count(FileEvent::Kind kind,
                              std::string_view segment,
                              std::uint64_t actual) {
    FileEvent event;
    event.kind = kind;
    event.offset = item_start_;
    event.length = item_end_ - item_start_;
    event.declared = declared_count(segment);
    event.actual = actual;
    on_event_(event);
}

void FileReader::on_frame(const FrameEvent& frame) {
    FileEvent event;
    event.offset = frame.offset;
    event.length = frame.size;
    switch (frame.kind) {
        case FrameEvent::Kind::Frame:
            event.bytes = frame.payload;
            break;
        case FrameEvent::Kind::EndInside:
            event.kind = FileEvent::Kind::EndInside;
            break;
        case FrameEvent::Kind::Noise:
        case FrameEvent::Kind::Resync:
            event.kind = FileEvent::Kind::Noise;
            break;
        case FrameEvent::Kind::Oversize:
            event.kind = FileEvent::Kind::Oversize;
            break;
        case FrameEvent::Kind::Truncated:
            event.kind = FileEvent::Kind::Truncated;
            break;
        case FrameEvent::Kind::NoFinalCr:
            return;
    }
    on_event_(event);
}

}  // namespace aorta::hl7
