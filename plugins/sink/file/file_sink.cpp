#include "sink/file/file_sink.hpp"

#include "common/files/root.hpp"

#include <set>

namespace aorta::plugins::file_sink {

namespace {

void append_member(std::string_view name, std::string_view text, std::string& out) {
    out.append(",\"").append(name).append("\":");
    files::append_json_string(text, out);
}

}  // namespace

FileSink::FileSink(Settings settings, Host host)
    : settings_(std::move(settings)), host_(host), torn_tails_(host.counter("torn_tails")) {}

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
    if (settings_.mode == Mode::Append) {
        appender_.emplace(std::move(*root), settings_.appender);
    } else {
        root_ = std::move(*root);
    }
    return {};
}

void FileSink::stop() {
    appender_.reset();
    root_.reset();
}

void FileSink::consume(std::span<const Delivery> deliveries) {
    if (root_) {
        put_files(deliveries);
        return;
    }
    group_count_ = 0;
    for (const Delivery& delivery : deliveries) {
        const Record record = delivery.record();
        expand_path(record);
        Group& target = group(path_text_);
        append_text(record, target.run.bytes);
        target.run.ends.push_back(target.run.bytes.size());
        target.deliveries.push_back(delivery);
    }
    append_groups();
}

void FileSink::append_groups() {
    const std::uint64_t torn_before = appender_->torn_tails();
    for (std::size_t i = 0; i < group_count_; ++i) {
        const Group& target = groups_[i];
        const auto appended = appender_->append(target.path, target.run, host_.steady());
        for (std::size_t k = 0; k < target.deliveries.size(); ++k) {
            if (k < appended.records) {
                target.deliveries[k].done();
            } else {
                fail(target.deliveries[k], appended.error->code);
            }
        }
        if (appended.error) {
            host_.log(AORTA_LOG_WARN,
                      "file_write_failed",
                      {{"path", path_->text()}, {"error", appended.error->message}});
        }
    }
    if (const std::uint64_t torn = appender_->torn_tails() - torn_before; torn != 0) {
        torn_tails_.add(torn);
        host_.log(AORTA_LOG_WARN, "file_torn_tail", {{"path", path_->text()}});
    }
}

void FileSink::put_files(std::span<const Delivery> deliveries) {
    std::vector<const Delivery*> written;
    std::set<std::string, std::less<>> directories;
    Result<void> result;
    for (const Delivery& delivery : deliveries) {
        const Record record = delivery.record();
        expand_path(record);
        std::string content;
        append_text(record, content);
        auto put = root_->put(path_text_, content, settings_.appender.sync);
        if (put.ok()) {
            written.push_back(&delivery);
            directories.emplace(files::split_path(path_text_).directory);
        } else {
            fail(delivery, put.error().code);
            result = std::move(put);
        }
    }
    for (const std::string& directory : directories) {
        if (!settings_.appender.sync) {
            break;
        }
        if (auto synced = root_->sync_directory(directory); !synced) {
            result = std::move(synced);
            for (const Delivery* delivery : written) {
                fail(*delivery, result.error().code);
            }
            written.clear();
            break;
        }
    }
    for (const Delivery* delivery : written) {
        delivery->done();
    }
    if (!result) {
        host_.log(AORTA_LOG_WARN,
                  "file_write_failed",
                  {{"path", path_->text()}, {"error", result.error().message}});
    }
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
