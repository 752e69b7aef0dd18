// Records from files.
#pragma once

#include "common/files/fd.hpp"
#include "common/reading/feeder.hpp"
#include "common/reading/findings.hpp"
#include "common/reading/splitter.hpp"
#include "source/file/progress.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace aorta::plugins::file_source {

inline constexpr reading::Refusals kRefusals{.too_large = "file.record_too_large",
                                             .no_message = "file.no_message",
                                             .end_inside = "file.end_inside_frame",
                                             .cut_off = "file.cut_off"};

struct Settings {
    std::vector<std::string> patterns;
    reading::Format format = reading::Format::Hl7v2;
    std::size_t max_record_bytes = std::size_t{16} << 20U;
    bool watch = false;
    Nanoseconds quiet = std::chrono::seconds(1);
    Nanoseconds rescan = std::chrono::seconds(5);
    std::string checkpoint = {};  ///< path; empty: none
    Nanoseconds checkpoint_interval = std::chrono::seconds(1);
};

/// Reads files one after the other, by name, on a thread of its own; that thread also writes the
/// checkpoint. on_settled comes from any thread and touches `progress_` only.
class FileSource : public Source {
public:
    FileSource(Settings settings, Host host);
    ~FileSource() override;

    /// Reads the checkpoint. A damaged one, or one that another process uses, fails the start.
    Result<void> start() override;
    void stop() override;

    void on_credit() override { feeder_.on_credit(); }

    void on_settled(std::uint64_t cookie, const Outcome& fate) override;

private:
    /// A file that is being read.
    struct Tail {
        FileId id;
        std::uint64_t number = 0;  // in progress_; also the connection
        std::uint64_t read_to = 0;
        std::uint64_t covered_to = 0;  // the end of the last record
        std::int64_t modified_ns = 0;
        Nanoseconds grown{};  // host's steady clock, when bytes were read last
        char last_byte = 0;
        bool is_present = true;
        std::unique_ptr<reading::Splitter> splitter = nullptr;  // none: nothing is held
    };

    using Key = std::pair<std::uint64_t, std::uint64_t>;  // device and inode

    Result<void> load_checkpoint();
    void save_checkpoint();
    void save_checkpoint_if_due();
    void run();
    void watch();
    void wait_for_change();
    void scan();
    void visit(const std::string& path);
    void read(const std::string& path);
    Tail& tail_of(const FileId& id, std::string_view head, std::uint64_t size_bytes);
    void rewind(Tail& tail, std::uint64_t offset);
    void read_on(Tail& tail, int fd);
    void finish_if_whole(Tail& tail);
    void finish(Tail& tail);
    void take(Tail& tail, const reading::Piece& piece);
    void warn(std::string_view event, const std::string& path, int error);

    bool has_checkpoint() const { return !settings_.checkpoint.empty(); }

    Settings settings_;
    Host host_;
    std::uint32_t content_type_;
    std::uint32_t file_attribute_;
    std::uint32_t batch_attribute_;
    reading::Findings findings_;
    Counter unreadable_;
    Counter replaced_;
    reading::Feeder feeder_;
    std::optional<Progress> progress_;  // set by start
    files::Fd lock_;
    files::Fd inotify_;
    std::map<Key, Tail> tails_;  // the reading thread's
    Nanoseconds saved_{};
    std::jthread reader_;
};

}  // namespace aorta::plugins::file_source
