#include "sink/file/path_template.hpp"

#include "common/files/root.hpp"

#include <algorithm>
#include <chrono>

namespace aorta::plugins::file_sink {

namespace {

constexpr std::size_t kMaxValueBytes = 100;
constexpr std::string_view kAccepted = "{date}, {hour}, {id} and {attribute:NAME} are known";

void append_two(unsigned value, std::string& out) {
    out += static_cast<char>('0' + value / 10);
    out += static_cast<char>('0' + value % 10);
}

void append_date(std::int64_t time_ns, std::string& out) {
    using std::chrono::floor;
    const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds{time_ns}};
    const std::chrono::year_month_day date{floor<std::chrono::days>(time)};
    // 64 bits of nanoseconds reach from 1677 to 2262: four digits.
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    append_two(year / 100, out);
    append_two(year % 100, out);
    out += '-';
    append_two(static_cast<unsigned>(date.month()), out);
    out += '-';
    append_two(static_cast<unsigned>(date.day()), out);
}

void append_hour(std::int64_t time_ns, std::string& out) {
    // Not by the start of the day: that of the earliest time is no 64 bits of nanoseconds.
    const auto hours = std::chrono::floor<std::chrono::hours>(std::chrono::nanoseconds{time_ns});
    append_two(static_cast<unsigned>((hours.count() % 24 + 24) % 24), out);
}

void append_value(std::string_view value, std::string& out) {
    if (value.empty()) {
        out += "none";
        return;
    }
    value = value.substr(0, kMaxValueBytes);
    if (value.front() == '.') {
        out += '_';
        value.remove_prefix(1);
    }
    for (const char c : value) {
        const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                              (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
        out += is_plain ? c : '_';
    }
}

// Cuts the root off: "out/{date}.hl7" is "out" and "{date}.hl7".
void split_root(std::string_view text, std::string& root, std::string& rest) {
    const std::string_view fixed = text.substr(0, text.find('{'));
    const std::size_t slash = fixed.rfind('/');
    if (slash == std::string_view::npos) {
        root = ".";
        rest = text;
        return;
    }
    root = slash == 0 ? "/" : text.substr(0, slash);
    rest = text.substr(slash + 1);
}

Error bad(std::string message) {
    return {ErrorCode::InvalidConfig, std::move(message)};
}

}  // namespace

Result<PathTemplate> PathTemplate::parse(std::string_view text, std::string_view root) {
    PathTemplate made;
    if (root.empty()) {
        split_root(text, made.root_, made.text_);
    } else {
        made.root_ = root;
        made.text_ = text;
    }
    std::string_view rest = made.text_;
    while (!rest.empty()) {
        const std::size_t open = rest.find('{');
        if (open != 0) {
            made.parts_.push_back({Kind::Text, std::string{rest.substr(0, open)}});
        }
        if (open == std::string_view::npos) {
            break;
        }
        const std::size_t close = rest.find('}', open);
        if (close == std::string_view::npos) {
            return bad("a '{' has no '}'");
        }
        if (auto added = made.add_placeholder(rest.substr(open + 1, close - open - 1)); !added) {
            return added.error();
        }
        rest.remove_prefix(close + 1);
    }
    // Values never hold a '/' nor begin with a '.', so one example shows the components.
    const std::vector<std::string_view> examples(made.attribute_names_.size(), "x");
    std::string example;
    made.expand({.time_ns = 0, .id = "x", .attributes = examples}, example);
    if (!files::is_plain_relative(example)) {
        return bad(
            "below its root the path must be relative, name a file, and have no '.', '..' or "
            "empty part");
    }
    return made;
}

Result<void> PathTemplate::add_placeholder(std::string_view name) {
    constexpr std::string_view kAttribute = "attribute:";
    if (name == "date") {
        parts_.push_back({Kind::Date});
    } else if (name == "hour") {
        parts_.push_back({Kind::Hour});
    } else if (name == "id") {
        parts_.push_back({Kind::Id});
    } else if (name.starts_with(kAttribute) && name.size() > kAttribute.size()) {
        parts_.push_back({Kind::Attribute, {}, attribute_names_.size()});
        attribute_names_.emplace_back(name.substr(kAttribute.size()));
    } else {
        return bad("unknown placeholder {" + std::string{name} + "}; " + std::string{kAccepted});
    }
    return {};
}

void PathTemplate::expand(const Values& values, std::string& out) const {
    for (const Part& part : parts_) {
        switch (part.kind) {
            case Kind::Text:
                out += part.text;
                break;
            case Kind::Date:
                append_date(values.time_ns, out);
                break;
            case Kind::Hour:
                append_hour(values.time_ns, out);
                break;
            case Kind::Id:
                out += values.id;
                break;
            case Kind::Attribute:
                append_value(values.attributes[part.attribute], out);
                break;
        }
    }
}

bool PathTemplate::has_id() const {
    return std::any_of(
        parts_.begin(), parts_.end(), [](const Part& part) { return part.kind == Kind::Id; });
}

}  // namespace aorta::plugins::file_sink
