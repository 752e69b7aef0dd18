#include "app/console.hpp"

#include "base/text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace aorta::app {
namespace {

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t wrote = ::write(fd, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

}  // namespace

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets one
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

Console::Console() {
    const bool is_dumb = variable("TERM").empty() || variable("TERM") == "dumb";
    has_terminal_out_ = ::isatty(STDOUT_FILENO) == 1;
    is_lively_ = ::isatty(STDERR_FILENO) == 1 && !is_dumb;
    const bool is_wanted = !is_dumb && variable("NO_COLOR").empty();
    colors_out_ = has_terminal_out_ && is_wanted;
    colors_err_ = is_lively_ && is_wanted;
}

Console::~Console() {
    progress({});
}

bool Console::out(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    if (has_terminal_out_) {
        clear_progress();
    }
    return write_all(STDOUT_FILENO, text);
}

void Console::err(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    clear_progress();
    // A message that cannot be written has nobody to be told to.
    static_cast<void>(write_all(STDERR_FILENO, text));
}

void Console::complain(std::string_view message) {
    err(red("aorta: ") + std::string{message} + "\n");
}

std::size_t Console::width() {
    constexpr std::size_t kOtherwise = 100;

    struct winsize size {};

    const bool is_known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
    return is_known ? size.ws_col : kOtherwise;
}

void Console::progress(std::string_view line) {
    const std::scoped_lock lock(mutex_);
    clear_progress();
    if (is_lively_ && !line.empty()) {
        static_cast<void>(write_all(STDERR_FILENO, line));
        has_progress_ = true;
    }
}

void Console::clear_progress() {
    if (has_progress_) {
        static_cast<void>(write_all(STDERR_FILENO, "\r\x1b[K"));
        has_progress_ = false;
    }
}

std::string Console::painted(std::string_view color, std::string_view text, Stream to) const {
    if (!(to == Stream::Out ? colors_out_ : colors_err_)) {
        return std::string{text};
    }
    return "\x1b[" + std::string{color} + "m" + std::string{text} + "\x1b[0m";
}

std::string table(const std::vector<std::vector<std::string>>& rows,
                  std::string_view indent,
                  const std::vector<std::size_t>& right) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], base::count_code_points(row[i]));
        }
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line{indent};
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string pad(widths[i] - base::count_code_points(row[i]), ' ');
            const bool is_right = std::find(right.begin(), right.end(), i) != right.end();
            line += is_right ? pad + row[i] : row[i] + pad;
            line += "  ";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

}  // namespace aorta::app
