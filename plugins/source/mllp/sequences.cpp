#include "source/mllp/sequences.hpp"

#include "common/files/replace.hpp"
#include "common/hl7/message.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace aorta::plugins::mllp {
namespace {

constexpr std::string_view kTitle = "aorta.mllp_sequence/1";
constexpr std::size_t kMaxSenders = 10'000;
constexpr std::size_t kMaxName = 256;
constexpr std::size_t kMaxFileBytes = kMaxSenders * (2 * 3 * kMaxName + 32);
/// NM in MSH-13; the protocol's own bound is two billion.
constexpr std::int64_t kMaxNumber = 2'000'000'000;

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool is_number = error == std::errc{} && stop == end;
    return is_number && value >= -1 && value <= kMaxNumber ? std::optional{value} : std::nullopt;
}

/// Printable ASCII stays; all else, and `%`, becomes %XX.
void append_escaped(std::string_view text, std::string& out) {
    constexpr char kHex[] = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F && c != '%') {
            out += c;
        } else {
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        }
    }
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned byte = 0;
        const char* digits = text.data() + i + 1;
        const auto parsed = i + 2 < text.size()
                                ? std::from_chars(digits, digits + 2, byte, 16)
                                : std::from_chars_result{digits, std::errc::invalid_argument};
        if (parsed.ec != std::errc{} || parsed.ptr != digits + 2) {
            return std::nullopt;
        }
        out += static_cast<char>(byte);
        i += 2;
    }
    return out.size() <= kMaxName ? std::optional{out} : std::nullopt;
}

std::pair<std::string, std::string> sender_of(const hl7::Header& header) {
    return {std::string{header.field(3).substr(0, kMaxName)},
            std::string{header.field(4).substr(0, kMaxName)}};
}

bool has_content(std::string_view message) {
    message.remove_prefix(hl7::leading_noise(message));
    const std::size_t end = std::min(message.find_first_of("\r\n"), message.size());
    return message.find_first_not_of("\r\n", end) != std::string_view::npos;
}

}  // namespace

Result<Sequences> Sequences::open(const std::string& path) {
    Sequences opened;
    opened.path_ = path;
    Result<std::optional<std::string>> text = files::read_small_file(path, kMaxFileBytes);
    if (!text.ok()) {
        return text.error();
    }
    if (*text) {
        if (const Result<void> decoded = opened.decode(**text); !decoded.ok()) {
            return decoded.error();
        }
    }
    return opened;
}

Sequences::Finding Sequences::check(const hl7::Header& header, std::string_view message) const {
    using Kind = Finding::Kind;
    const std::string_view text = header.component(13, 1);
    if (text.empty() || text == "\"\"") {
        return {Kind::Unnumbered};
    }
    const auto sender = senders_.find(sender_of(header));
    const bool is_known = sender != senders_.end();
    const std::int64_t expected = is_known ? sender->second.next : kAny;
    const std::optional<std::int64_t> number = number_of(text);
    if (number == 0 && !has_content(message)) {
        return {Kind::LinkStart, expected};
    }
    const bool is_expected = number && number != 0 &&
                             (number == kAny || expected == kAny || number == expected) &&
                             (is_known || senders_.size() < kMaxSenders);
    return {is_expected ? Kind::Expected : Kind::Unexpected, expected};
}

void Sequences::begin(const hl7::Header& header, std::uint64_t cookie) {
    const std::int64_t number = number_of(header.component(13, 1)).value_or(kAny);
    UnderWay under_way{sender_of(header), number};
    Sender& sender = senders_[under_way.sender];
    sender.next = number == kAny || number == kMaxNumber ? kAny : number + 1;
    sender.under_way.insert(number);
    under_way_.emplace(cookie, std::move(under_way));
}

void Sequences::on_answer(std::uint64_t cookie, bool is_accepted) {
    const auto found = under_way_.find(cookie);
    if (found == under_way_.end()) {
        return;
    }
    const std::int64_t number = found->second.number;
    Sender& sender = senders_[found->second.sender];
    sender.under_way.erase(number);
    if (!is_accepted) {
        sender.next = sender.next == kAny ? number : std::min(sender.next, number);
    }
    under_way_.erase(found);
    needs_saving_ = true;
}

Result<void> Sequences::save() {
    needs_saving_ = false;
    return files::replace_file(path_, encode());
}

std::string Sequences::encode() const {
    std::string out{kTitle};
    out += '\n';
    for (const auto& [name, sender] : senders_) {
        out += std::to_string(sender.accepted_next());
        out += '\t';
        append_escaped(name.first, out);
        out += '\t';
        append_escaped(name.second, out);
        out += '\n';
    }
    return out;
}

Result<void> Sequences::decode(std::string_view text) {
    std::size_t line_number = 0;
    const auto corrupt = [&](const char* what) {
        return Error{ErrorCode::Corrupt,
                     std::string{"the sequence file is damaged: "} + what,
                     "line " + std::to_string(line_number)};
    };
    if (!text.ends_with('\n')) {
        return corrupt("it does not end with a line end");
    }
    text.remove_suffix(1);
    std::map<Key, Sender> senders;
    for (const std::string_view line : hl7::Split(text, '\n')) {
        if (++line_number == 1) {
            if (line != kTitle) {
                return corrupt("its first line names another format");
            }
            continue;
        }
        const hl7::Split parts(line, '\t');
        const std::optional<std::int64_t> next = number_of(parts.at(1));
        const auto application = unescaped(parts.at(2));
        const auto facility = unescaped(parts.at(3));
        if (parts.size() != 3 || !next || *next == 0 || !application || !facility) {
            return corrupt("a line is not a number, MSH-3 and MSH-4");
        }
        if (senders.size() == kMaxSenders ||
            !senders.emplace(Key{*application, *facility}, Sender{*next, {}}).second) {
            return corrupt("a sender stands in it twice, or there are too many");
        }
    }
    senders_ = std::move(senders);
    return {};
}

}  // namespace aorta::plugins::mllp
