#include "edit/hl7v2/address.hpp"

#include <algorithm>

namespace aorta::plugins::edit {
namespace {

constexpr std::string_view kShape =
    "a path looks like PID-5[1].2, OBX[*]-5, PID-3[+].1 or, in an `each`, .5.1";

Error refuse(std::string message) {
    return {ErrorCode::InvalidConfig, std::move(message)};
}

/// Reads an address from left to right.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }

    bool take(std::string_view wanted) {
        if (!rest_.starts_with(wanted)) {
            return false;
        }
        rest_.remove_prefix(wanted.size());
        return true;
    }

    bool segment(char (&name)[3]) {
        if (rest_.size() < 3) {
            return false;
        }
        for (std::size_t i = 0; i < 3; ++i) {
            const char c = rest_[i];
            if (!((c >= 'A' && c <= 'Z') || (i > 0 && c >= '0' && c <= '9'))) {
                return false;
            }
            name[i] = c;
        }
        rest_.remove_prefix(3);
        return true;
    }

    bool number(std::uint32_t& value) {
        const std::size_t size = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        if (size == 0 || size > 5 || rest_[0] == '0') {
            return false;
        }
        value = 0;
        for (const char digit : rest_.substr(0, size)) {
            value = value * 10 + static_cast<std::uint32_t>(digit - '0');
        }
        rest_.remove_prefix(size);
        return value <= hl7::Path::kMax;
    }

    /// "[2]", "[*]", "[last]", "[+]", or nothing.
    bool index(std::uint32_t& value) {
        if (!take("[")) {
            return true;
        }
        if (take("*")) {
            value = Address::kAll;
        } else if (take("last")) {
            value = Address::kLast;
        } else if (take("+")) {
            value = Address::kNew;
        } else if (!number(value)) {
            return false;
        }
        return take("]");
    }

    bool part(std::uint32_t& value) { return !take(".") || number(value); }

    /// "3[2].1.4" behind the field's mark.
    bool field(hl7::Path& path) {
        return number(path.field) && index(path.repetition) && part(path.component) &&
               (path.component == 0 || part(path.subcomponent));
    }

private:
    std::string_view rest_;
};

/// What stands in an `each`: "this", ".3.1".
Result<Address> parse_relative(std::string_view text, const Scope& scope) {
    if (scope.kind == Scope::Kind::Message) {
        return refuse("`" + std::string{text} + "` is relative: it stands in an `each` only");
    }
    Address out{.base = scope.kind, .written = std::string{text}};
    std::copy_n(scope.segment, 3, out.path.segment);
    if (text == "this") {
        return out;
    }
    Reader reader(text.substr(1));
    bool is_good = false;
    if (scope.kind == Scope::Kind::Segment) {
        is_good = reader.field(out.path);
    } else {
        is_good = reader.number(out.path.component) && reader.part(out.path.subcomponent);
    }
    if (!is_good || !reader.at_end()) {
        return refuse(scope.kind == Scope::Kind::Segment
                          ? std::string{kShape}
                          : "in an `each` over repetitions a path is .component, "
                            ".component.subcomponent or this");
    }
    return out;
}

Result<Address> parse_any(std::string_view text, const Scope& scope) {
    if (text == "this" || text.starts_with('.')) {
        return parse_relative(text, scope);
    }
    Address out{.written = std::string{text}};
    if (text == "Z*") {
        out.path.segment[0] = 'Z';
        out.name_size = 1;
        out.path.occurrence = Address::kAll;
        return out;
    }
    Reader reader(text);
    bool is_good = reader.segment(out.path.segment) && reader.index(out.path.occurrence);
    if (is_good && !reader.at_end()) {
        is_good = reader.take("-") && reader.field(out.path);
    }
    if (!is_good || !reader.at_end()) {
        return refuse(std::string{kShape});
    }
    if (out.path.occurrence == Address::kNew) {
        return refuse("[+] makes a repetition; a segment is made by `add`");
    }
    return out;
}

std::string name_of(const Address& address) {
    return std::string{address.path.segment_name()};
}

/// Refuses a path that may mean several values where it does not say which.
Result<void> check_single(const Address& address, bool takes_whole_field) {
    const hl7::Path& path = address.path;
    if (address.base == Scope::Kind::Message && path.occurrence == 0 &&
        expression::segment_may_repeat(path.segment_name())) {
        const std::string name = name_of(address);
        const std::string behind = address.written.substr(3);
        return refuse(name + " may occur more than once: write " + name + "[1]" + behind + ", " +
                      name + "[*]" + behind + ", or use an `each`");
    }
    const bool is_whole_field = path.component == 0 && takes_whole_field;
    if (address.base != Scope::Kind::Repetition && path.repetition == 0 && !is_whole_field &&
        expression::field_may_repeat(path.segment_name(), path.field)) {
        const std::size_t dash =
            address.base == Scope::Kind::Message ? address.written.find('-') : 0;
        const std::size_t dot =
            std::min(address.written.find('.', dash + 1), address.written.size());
        const std::string field = address.written.substr(0, dot);
        const std::string behind = address.written.substr(dot);
        return refuse(field + " may repeat: write " + field + "[1]" + behind + ", " + field +
                      "[last]" + behind + ", " + field + "[*]" + behind + " or, for a new one, " +
                      field + "[+]" + behind);
    }
    return {};
}

Result<void> check_value(const Address& address, Use use) {
    const hl7::Path& path = address.path;
    const bool is_this = address.base == Scope::Kind::Repetition;
    if (path.field == 0 && !is_this) {
        return refuse("name a field: a segment is no value");
    }
    const bool is_read = use == Use::Read || use == Use::Whole;
    const bool writes = !is_read;
    if (address.base != Scope::Kind::Repetition && writes && path.field <= 2 &&
        (path.segment_name() == "MSH" || path.segment_name() == "FHS" ||
         path.segment_name() == "BHS")) {
        return refuse("the delimiters of a message cannot be changed");
    }
    if (address.names_many() && (is_read || use == Use::WriteOne)) {
        return refuse("[*] names several values where one is due: use an `each`");
    }
    if (path.repetition == Address::kNew && use != Use::Write && use != Use::WriteOne &&
        use != Use::WriteWhole) {
        return refuse("[+] makes a new repetition: there is nothing to read or change in it");
    }
    return check_single(address, use == Use::Whole || use == Use::Remove || use == Use::WriteWhole);
}

/// What an `each` goes over.
Result<Address> check_set(Address address) {
    hl7::Path& path = address.path;
    if (address.base == Scope::Kind::Repetition || address.written == "this") {
        return refuse("an `each` in this one goes over the repetitions of a field, such as .8[*]");
    }
    if (path.field == 0) {
        if (address.base != Scope::Kind::Message || address.name_size != 3 ||
            path.segment_name() == "MSH") {
            return refuse("an `each` goes over segments of one name, such as OBX");
        }
        path.occurrence = path.occurrence == 0 ? Address::kAll : path.occurrence;
        return address;
    }
    if (path.repetition != Address::kAll || path.component != 0) {
        return refuse("an `each` goes over segments (OBX) or repetitions (PID-3[*])");
    }
    if (path.occurrence == Address::kAll) {
        return refuse("[*] twice: put an `each` over the repetitions into one over the segments");
    }
    if (path.segment_name() == "MSH" && path.field <= 2) {
        return refuse("the delimiters of a message cannot be changed");
    }
    if (const auto single = check_single(address, false); !single) {
        return single.error();
    }
    return address;
}

Result<void> check_segments(const Address& address, Use use) {
    if (use != Use::Anchor && address.path.segment_name() == "MSH") {
        return refuse("MSH begins the message: it stays where it is");
    }
    if (!address.is_segment()) {
        return refuse("name a segment, such as NTE");
    }
    return {};
}

}  // namespace

Result<Address> parse_address(std::string_view text, const Scope& scope, Use use) {
    auto address = parse_any(text, scope);
    if (!address) {
        return address.error();
    }
    const bool is_repetition = address->base == Scope::Kind::Repetition;
    const bool is_segment = address->is_segment() && !is_repetition;
    if (use == Use::Each) {
        return check_set(std::move(*address));
    }
    const bool means_segments =
        use == Use::Segments || use == Use::Anchor || (use == Use::Remove && is_segment);
    if (is_repetition && means_segments) {
        return refuse("name a segment, such as NTE");
    }
    if (const auto checked =
            means_segments ? check_segments(*address, use) : check_value(*address, use);
        !checked) {
        return checked.error();
    }
    if (means_segments && address->base == Scope::Kind::Message && address->path.occurrence == 0) {
        address->path.occurrence = Address::kAll;
    }
    return address;
}

void Address::resolve(const Document& document,
                      const Element& element,
                      std::vector<Place>& places) const {
    places.clear();
    const auto in_segment = [&](std::size_t segment) {
        hl7::Path place = path;
        if (path.field == 0 || path.repetition < kLast) {
            places.push_back({segment, place});
            return;
        }
        const std::uint32_t count = document.repetition_count(segment, path.field);
        if (path.repetition == kAll) {
            for (place.repetition = 1; place.repetition <= count; ++place.repetition) {
                places.push_back({segment, place});
            }
            return;
        }
        place.repetition = path.repetition == kNew ? count + 1 : std::max(count, 1U);
        places.push_back({segment, place});
    };
    if (base == Scope::Kind::Repetition) {
        hl7::Path place = element.path;
        place.component = path.component;
        place.subcomponent = path.subcomponent;
        places.push_back({element.segment, place});
        return;
    }
    if (base == Scope::Kind::Segment) {
        in_segment(element.segment);
        return;
    }
    const std::string_view name = path.segment_name().substr(0, name_size);
    if (path.occurrence < kLast) {
        if (const auto found = document.find(name, path.occurrence)) {
            in_segment(*found);
        }
        return;
    }
    std::optional<std::size_t> last;
    for (auto at = document.find_from(name, 0); at; at = document.find_from(name, *at + 1)) {
        if (path.occurrence == kAll) {
            in_segment(*at);
        }
        last = at;
    }
    if (path.occurrence == kLast && last) {
        in_segment(*last);
    }
}

}  // namespace aorta::plugins::edit
