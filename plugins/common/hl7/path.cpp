#include "common/hl7/path.hpp"

#include "common/hl7/reason.hpp"

namespace aorta::hl7 {

namespace {

/// Reads a path from left to right; `offset` is where it stands, and where it failed.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool at_end() const { return offset_ == text_.size(); }

    std::size_t offset() const { return offset_; }

    bool take(char wanted) {
        if (at_end() || text_[offset_] != wanted) {
            return false;
        }
        ++offset_;
        return true;
    }

    bool segment(char (&name)[3]) {
        for (int i = 0; i < 3; ++i) {
            const char c = at_end() ? '\0' : text_[offset_];
            const bool good = (c >= 'A' && c <= 'Z') || (i > 0 && c >= '0' && c <= '9');
            if (!good) {
                return false;
            }
            name[i] = c;
            ++offset_;
        }
        return true;
    }

    /// 1 … Path::kMax, without leading zeros.
    bool number(std::uint32_t& value) {
        value = 0;
        const std::size_t start = offset_;
        while (!at_end() && text_[offset_] >= '0' && text_[offset_] <= '9') {
            value = value * 10 + static_cast<std::uint32_t>(text_[offset_] - '0');
            if (value == 0 || value > Path::kMax) {
                return false;
            }
            ++offset_;
        }
        return offset_ > start;
    }

    /// "[n]" or "[*]", or nothing.
    bool index(std::uint32_t& value) {
        if (!take('[')) {
            return true;
        }
        if (take('*')) {
            value = Path::kAll;
            return take(']');
        }
        return number(value) && take(']');
    }

    /// What follows the field's mark: field, repetition, component, subcomponent.
    bool field(Path& path) {
        if (!number(path.field) || !index(path.repetition)) {
            return false;
        }
        if (take('.') && !number(path.component)) {
            return false;
        }
        return path.component == 0 || !take('.') || number(path.subcomponent);
    }

private:
    std::string_view text_;
    std::size_t offset_ = 0;
};

Result<Path> finish(bool good, const Reader& reader, const Path& path) {
    if (!good || !reader.at_end()) {
        return make_error_at(ErrorCode::InvalidConfig,
                             kBadPath,
                             "an HL7 path looks like PID-3, OBX[2]-5 or PID-3[*].4.1",
                             reader.offset());
    }
    return path;
}

void append_index(std::string& out, std::uint32_t index) {
    if (index == 0) {
        return;
    }
    out += '[';
    out += index == Path::kAll ? "*" : std::to_string(index);
    out += ']';
}

}  // namespace

Result<Path> parse_path(std::string_view text) {
    Path path;
    Reader reader(text);
    bool good = reader.segment(path.segment) && reader.index(path.occurrence);
    if (good && !reader.at_end()) {
        good = reader.take('-') && reader.field(path);
    }
    return finish(good, reader, path);
}

Result<Path> parse_relative_path(const Path& row, std::string_view text) {
    Path path;
    path.segment[0] = row.segment[0];
    path.segment[1] = row.segment[1];
    path.segment[2] = row.segment[2];
    path.occurrence = row.occurrence;
    Reader reader(text);
    const bool good = (reader.take('-') || reader.take('.')) && reader.field(path);
    return finish(good, reader, path);
}

std::string to_string(const Path& path) {
    std::string out{path.segment_name()};
    append_index(out, path.occurrence);
    if (path.field == 0) {
        return out;
    }
    out += '-';
    out += std::to_string(path.field);
    append_index(out, path.repetition);
    if (path.component != 0) {
        out += '.';
        out += std::to_string(path.component);
    }
    if (path.component != 0 && path.subcomponent != 0) {
        out += '.';
        out += std::to_string(path.subcomponent);
    }
    return out;
}

}  // namespace aorta::hl7
