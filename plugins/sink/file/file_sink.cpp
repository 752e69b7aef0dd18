#include "sink/file/file_sink.hpp"

#include "common/files/root.hpp"

#include <aorta/crash_point.hpp>

#include <map>

namespace aorta::plugins::file_sink {

namespace {

void append_member(std::string_view name, std::string_view text, std::string& out) {
    out.append(",\"").append(name).append("\":");
    files::append_json_string(text, out);
}

RecordId id_of(const Delivery& delivery) {
    const std::uint64_t* id = delivery.record().abi()->id;
    return {id[0], id[1]};
}

// Sinks of one template find each other's log; the text itself may not do for a name.
std::string log_name(std::string_view path_template) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const std::uint32_t crc = crc32c(path_template);
    std::string name{".aorta-"};
    for (unsigned shift = 32; shift != 0; shift -= 4) {
        name += kHex[(crc >> (shift - 4)) & 15U];
    }
    return name;
}

}  // namespace

FileSink::FileSink(Settings settings, Host host)
    : settings_(std::move(settings)),
      host_(host),
      torn_tails_(host.counter("torn_tails")),
      already_held_(host.counter("already_held")) {}

Result<void> FileSink::start() {
    auto path = PathTemplate::parse(settings_.path, settings_.root);
    if (!path) {
        return path.error();
    }
    auto root = files::Root::open(path->root());
    if (!root) {
        return root.error();
    }
    attributes_.clear();
    for (const std::string& name : path->attribute_names()) {
        attributes_.push_back(host_.intern(name));
    }
    path_ = std::move(*path);
    root_ = std::move(*root);
    log_.emplace(*root_,
                 ResumeLog::Settings{.name = log_name(path_->text()),
                                     .is_on = settings_.resume,
                                     .sync = settings_.appender.sync,
                                     .window = settings_.resume_window});
    if (auto opened = log_->open(); !opened) {
        warn_of_failure(opened.error());  // tried again with the first record
    }
    report_recovery();
    if (settings_.mode == Mode::Append) {
        appender_.emplace(*root_, *log_, settings_.appender);
    }
    return {};
}

void FileSink::stop() {
    if (appender_) {
        appender_->close_all();
    }
    appender_.reset();
    log_.reset();
    root_.reset();
}

void FileSink::consume(std::span<const Delivery> deliveries) {
    safe_.clear();
    fresh_.clear();
    if (auto opened = log_->open(); !opened) {
        safe_.assign(deliveries.begin(), deliveries.end());
        complete(opened);
        return;
    }
    for (const Delivery& delivery : deliveries) {
        (log_->knows(id_of(delivery)) ? safe_ : fresh_).push_back(delivery);
    }
    if (!safe_.empty()) {
        already_held_.add(safe_.size());
    }
    if (appender_) {
        append_groups();
        const Result<void> committed = appender_->commit();
        crash_point("file.noted");
        complete(committed);
    } else {
        put_files();
        complete(log_->commit());
    }
    report_recovery();
}

void FileSink::complete(const Result<void>& committed) {
    for (const Delivery& delivery : safe_) {
        if (committed) {
            delivery.done();
        } else {
            fail(delivery, committed.error().code);
        }
    }
    if (!committed) {
        warn_of_failure(committed.error());
    }
}

void FileSink::warn_of_failure(const Error& error) const {
    host_.log(
        AORTA_LOG_WARN, "file_write_failed", {{"path", path_->text()}, {"error", error.message}});
}

void FileSink::report_recovery() {
    const ResumeLog::Recovered found = log_->take_recovered();
    if (found.cut_files != 0) {
        host_.log(AORTA_LOG_INFO,
                  "file_tail_cut",
                  {{"path", path_->text()},
                   {"files", std::to_string(found.cut_files)},
                   {"bytes", std::to_string(found.cut_bytes)}});
    }
    if (found.changed_files != 0) {
        host_.log(AORTA_LOG_WARN,
                  "file_changed_by_others",
                  {{"path", path_->text()}, {"files", std::to_string(found.changed_files)}});
    }
    if (found.is_damaged) {
        host_.log(AORTA_LOG_WARN, "file_resume_log_damaged", {{"path", path_->text()}});
    }
}

void FileSink::append_groups() {
    group_count_ = 0;
    for (const Delivery& delivery : fresh_) {
        const Record record = delivery.record();
        expand_path(record);
        Group& target = group(path_text_);
        append_text(record, target.run.bytes);
        target.run.ends.push_back(target.run.bytes.size());
        target.run.ids.push_back(id_of(delivery));
        target.deliveries.push_back(delivery);
    }
    const std::uint64_t torn_before = appender_->torn_tails();
    for (std::size_t i = 0; i < group_count_; ++i) {
        const Group& target = groups_[i];
        const auto appended = appender_->append(target.path, target.run, host_.steady());
        for (std::size_t k = 0; k < target.deliveries.size(); ++k) {
            if (k < appended.records) {
                safe_.push_back(target.deliveries[k]);
            } else {
                fail(target.deliveries[k], appended.error->code);
            }
        }
        if (appended.error) {
            warn_of_failure(*appended.error);
        }
    }
    if (const std::uint64_t torn = appender_->torn_tails() - torn_before; torn != 0) {
        torn_tails_.add(torn);
        host_.log(AORTA_LOG_WARN, "file_torn_tail", {{"path", path_->text()}});
    }
}

void FileSink::put_files() {
    std::vector<Put> puts;
    for (const Delivery& delivery : fresh_) {
        expand_path(delivery.record());
        puts.push_back({&delivery, path_text_, {}});
    }
    if (auto expected = expect_files(puts); !expected) {
        for (const Put& put : puts) {
            fail(*put.delivery, expected.error().code);
        }
        warn_of_failure(expected.error());
        return;
    }
    std::map<std::string_view, Result<void>> directories;
    for (Put& put : puts) {
        std::string content;
        append_text(put.delivery->record(), content);
        put.result = root_->put(put.path, content, settings_.appender.sync);
        if (put.result) {
            directories[files::split_path(put.path).directory];
        }
    }
    for (auto& [directory, synced] : directories) {
        if (settings_.appender.sync) {
            synced = root_->sync_directory(directory);
        }
    }
    for (Put& put : puts) {
        if (put.result) {
            put.result = directories[files::split_path(put.path).directory];
        }
        finish(put);
    }
}

// Under the wall clock a record that comes again gets another name: the log must know of the file
// before it appears, so that the next start removes it. Under the other clocks it replaces itself.
Result<void> FileSink::expect_files(const std::vector<Put>& puts) {
    if (settings_.clock != Clock::Wall) {
        return {};
    }
    for (const Put& put : puts) {
        const auto file = root_->open_existing(put.path);
        if (!file && file.error().code == ErrorCode::NotFound) {
            log_->expect(put.path);
        }
    }
    return log_->commit();
}

void FileSink::finish(const Put& put) {
    if (put.result) {
        log_->release(put.path);
        log_->remember(id_of(*put.delivery));
        safe_.push_back(*put.delivery);
        return;
    }
    if (settings_.clock == Clock::Wall) {
        (void)root_->remove(put.path);  // else the next start does
    }
    fail(*put.delivery, put.result.error().code);
    warn_of_failure(put.result.error());
}

void FileSink::fail(const Delivery& delivery, ErrorCode code) const {
    // `where` is the template: a filled-in path may hold what the message said.
    switch (code) {
        case ErrorCode::ResourceExhausted:
            delivery.fail(code, kNoSpace, path_->text());
            break;
        case ErrorCode::Denied:
            delivery.fail(code, kDenied, path_->text());
            break;
        case ErrorCode::InvalidData:
            delivery.fail(code, kBadName, path_->text());
            break;
        default:
            delivery.fail(ErrorCode::Unavailable, kIoError, path_->text());
    }
}

FileSink::Group& FileSink::group(const std::string& path) {
    for (std::size_t i = group_count_; i > 0; --i) {
        if (groups_[i - 1].path == path) {
            return groups_[i - 1];
        }
    }
    if (group_count_ == groups_.size()) {
        groups_.emplace_back();
    }
    Group& added = groups_[group_count_++];
    added.path = path;
    added.run.bytes.clear();
    added.run.ends.clear();
    added.run.ids.clear();
    added.deliveries.clear();
    return added;
}

void FileSink::expand_path(const Record& record) {
    Nanoseconds time = record.ingest_time();
    if (settings_.clock == Clock::Wall) {
        time = host_.now();
    } else if (settings_.clock == Clock::Event && record.event_time().count() != 0) {
        time = record.event_time();
    }
    std::vector<std::string_view> values;
    for (const std::uint32_t attribute : attributes_) {
        values.push_back(record.attribute(attribute));
    }
    const std::string id = path_->has_id() ? record.id() : std::string{};
    path_text_.clear();
    path_->expand({.time_ns = time.count(), .id = id, .attributes = values}, path_text_);
}

void FileSink::append_text(const Record& record, std::string& out) const {
    const std::string& separator = settings_.appender.separator;
    if (settings_.format == Format::Raw) {
        files::append_record(record.payload(), settings_.line_ends, separator, out);
        return;
    }
    out += "{\"id\":";
    files::append_json_string(record.id(), out);
    out += ",\"ingest_time_ns\":" + std::to_string(record.ingest_time().count());
    if (record.event_time().count() != 0) {
        out += ",\"event_time_ns\":" + std::to_string(record.event_time().count());
    }
    if (files::is_utf8(record.payload())) {
        append_member("payload", record.payload(), out);
    } else {
        std::string encoded;
        files::append_base64(record.payload(), encoded);
        append_member("payload_base64", encoded, out);
    }
    out += '}';
    out += '\n';
}

}  // namespace aorta::plugins::file_sink
