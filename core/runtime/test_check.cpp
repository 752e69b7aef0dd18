// Expectations of a pipeline test.
#include "runtime/test_golden.hpp"
#include "runtime/test_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace aorta::runtime {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kDeadLetters = "dead_letters";
constexpr std::size_t kMostShown = 160;

/// AA and CA are the same answer; which of them a sender gets depends on its MSH-15 and MSH-16.
char code_of(const std::string& ack) {
    return ack == "none" ? '-' : ack.back();
}

std::string text_of(const TestAnswer& answer) {
    std::string text = answer.code == '-' ? "none" : std::string{'A', answer.code};
    if (!answer.reason.empty()) {
        text += " (" + answer.reason + (answer.where.empty() ? "" : " " + answer.where) + ")";
    }
    return text;
}

std::string plural(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// The line (or HL7 segment) around an offset.
std::string line_at(std::string_view text, std::size_t offset) {
    const std::size_t begin = text.find_last_of("\r\n", offset);
    const std::string_view line = text.substr(begin == std::string_view::npos ? 0 : begin + 1);
    return std::string{line.substr(0, std::min(line.find_first_of("\r\n"), kMostShown))};
}

std::string indented(const std::string& text) {
    std::string out;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        out += "  " + text.substr(begin, end - begin);
        begin = end;
    }
    return out;
}

Result<std::string> read_golden(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return Error{ErrorCode::NotFound, "it cannot be read"};
    }
    return std::string{std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void TestRun::check(bool rewrites_goldens) {
    if (!pipeline_) {
        return;
    }
    check_answers();
    for (const pipeline::TestExpect& expect : test_.expect) {
        if (!expect.at.empty()) {
            check_records(expect, rewrites_goldens);
        }
    }
    note_fates();
}

/// One expected answer speaks for all; several are the answers in order.
void TestRun::check_answers() {
    std::vector<const pipeline::TestExpect*> expected;
    for (const pipeline::TestExpect& expect : test_.expect) {
        if (expect.ack) {
            expected.push_back(&expect);
        }
    }
    if (expected.empty()) {
        return;
    }
    const bool wants_none = expected.size() == 1 && *expected.front()->ack == "none";
    if (answers_.empty() && !wants_none) {
        fail(
            expected.front()->position,
            fmt::format("expected the answer {}, but no answer was given", *expected.front()->ack));
        return;
    }
    if (expected.size() > 1 && expected.size() != answers_.size()) {
        fail(expected.front()->position,
             fmt::format(
                 "expected {}, {} came", plural(expected.size(), "answer"), answers_.size()));
        return;
    }
    for (std::size_t i = 0; i < answers_.size(); ++i) {
        const pipeline::TestExpect& expect = *expected[std::min(i, expected.size() - 1)];
        if (answers_[i].code != code_of(*expect.ack)) {
            fail(expect.position,
                 fmt::format("expected the answer {} to record {}, came {}",
                             *expect.ack,
                             i + 1,
                             text_of(answers_[i])));
            return;
        }
        check_reply(expect, answers_[i].reply, i + 1);
    }
}

void TestRun::check_reply(const pipeline::TestExpect& expect,
                          const std::string& reply,
                          std::size_t record) {
    for (const std::string& text : expect.contains) {
        if (reply.find(text) == std::string::npos) {
            fail(expect.position,
                 reply.empty()
                     ? fmt::format("record {} was answered without a reply", record)
                     : fmt::format("the reply to record {} does not hold `{}`", record, text));
        }
    }
    for (const std::string& text : expect.absent) {
        if (const std::size_t at = reply.find(text); at != std::string::npos) {
            fail(expect.position,
                 fmt::format("`{}` must be absent from the reply to record {}:\n  {}",
                             text,
                             record,
                             line_at(reply, at)));
        }
    }
}

std::vector<std::string> TestRun::payloads_at(const std::string& node) const {
    if (node != kDeadLetters) {
        const auto found = payloads_.find(node);
        return found == payloads_.end() ? std::vector<std::string>{} : found->second;
    }
    std::vector<std::string> payloads;
    for (const TestLetter& letter : dead_letters_.letters()) {
        payloads.push_back(letter.payload);
    }
    return payloads;
}

void TestRun::check_records(const pipeline::TestExpect& expect, bool rewrites_goldens) {
    const std::vector<std::string> payloads = payloads_at(expect.at);
    if (expect.count && static_cast<std::size_t>(*expect.count) != payloads.size()) {
        fail(expect.position,
             fmt::format("expected {} at `{}`, {} came",
                         plural(static_cast<std::size_t>(*expect.count), "record"),
                         expect.at,
                         payloads.size()));
    }
    for (const std::string& text : expect.absent) {
        for (std::size_t i = 0; i < payloads.size(); ++i) {
            if (const std::size_t at = payloads[i].find(text); at != std::string::npos) {
                fail(expect.position,
                     fmt::format("`{}` must be absent at `{}`, but record {} holds it:\n  {}",
                                 text,
                                 expect.at,
                                 i + 1,
                                 line_at(payloads[i], at)));
                break;
            }
        }
    }
    // A dead letter can be told by its reason, too.
    std::vector<std::string> searched = payloads;
    if (expect.at == kDeadLetters) {
        for (const TestLetter& letter : dead_letters_.letters()) {
            searched.push_back(letter.reason + " " + letter.where);
        }
    }
    for (const std::string& text : expect.contains) {
        const bool is_there =
            std::any_of(searched.begin(), searched.end(), [&](const std::string& each) {
                return each.find(text) != std::string::npos;
            });
        if (!is_there) {
            fail(expect.position,
                 fmt::format("no record at `{}` holds `{}` ({})",
                             expect.at,
                             text,
                             plural(payloads.size(), "record")));
        }
    }
    if (!expect.golden.empty()) {
        check_golden(expect, payloads, rewrites_goldens);
    }
}

void TestRun::check_golden(const pipeline::TestExpect& expect,
                           const std::vector<std::string>& payloads,
                           bool rewrites_goldens) {
    const fs::path file = spec_.file.parent_path() / expect.golden;
    const std::string text = golden_text(payloads);
    const auto came = without_ignored(text, expect.ignore);
    if (!came.ok()) {
        fail(expect.position, came.error().message);
        return;
    }
    const auto golden = read_golden(file);
    if (golden.ok()) {
        const std::string changes =
            diff(*without_ignored(golden_text(std::span{&*golden, 1}), expect.ignore), *came);
        if (changes.empty()) {
            return;
        }
        if (!rewrites_goldens) {
            fail(expect.position,
                 fmt::format("`{}` differs from {} (- expected, + came):\n{}",
                             expect.at,
                             expect.golden.native(),
                             indented(changes)));
            return;
        }
    } else if (!rewrites_goldens) {
        fail(expect.position,
             fmt::format("{}: {}; `aorta test --update` writes it",
                         expect.golden.native(),
                         golden.error().message));
        return;
    }
    write_golden(expect, file, text);
}

void TestRun::write_golden(const pipeline::TestExpect& expect,
                           const fs::path& file,
                           const std::string& text) {
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text << std::flush;
    if (!out) {
        fail(expect.position, fmt::format("{} cannot be written", file.native()));
        return;
    }
    result_.written.push_back(file.native());
}

void TestRun::note_fates() {
    for (const auto& [fate, count] : fates_) {
        result_.notes.push_back(plural(count, "record") + " " + fate);
    }
}

}  // namespace aorta::runtime
