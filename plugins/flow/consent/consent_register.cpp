#include "flow/consent/consent_register.hpp"

#include <algorithm>
#include <utility>

namespace aorta::plugins::consent {
namespace {

void write(StateWriter& out, const std::vector<std::string>& texts) {
    out.number(static_cast<std::uint32_t>(texts.size()));
    for (const std::string& text : texts) {
        out.text(text);
    }
}

std::vector<std::string> read_texts(StateReader& in) {
    std::vector<std::string> texts;
    for (auto left = in.number<std::uint32_t>(); left > 0 && in.is_good(); --left) {
        texts.emplace_back(in.text());
    }
    return texts;
}

void write(StateWriter& out, const Period& period) {
    out.number(period.begin.count());
    out.number(period.end.count());
}

Period read_period(StateReader& in) {
    const Instant begin{in.number<std::int64_t>()};
    return {begin, Instant{in.number<std::int64_t>()}};
}

void write(StateWriter& out, const Provision& provision) {
    out.number(static_cast<std::uint8_t>(provision.is_deny));
    out.number(static_cast<std::uint8_t>(provision.has_more));
    write(out, provision.period);
    write(out, provision.data_period);
    write(out, provision.actors);
    write(out, provision.purposes);
    write(out, provision.labels);
    write(out, provision.types);
    write(out, provision.instances);
}

Provision read_provision(StateReader& in) {
    Provision provision;
    provision.is_deny = in.number<std::uint8_t>() != 0;
    provision.has_more = in.number<std::uint8_t>() != 0;
    provision.period = read_period(in);
    provision.data_period = read_period(in);
    provision.actors = read_texts(in);
    provision.purposes = read_texts(in);
    provision.labels = read_texts(in);
    provision.types = read_texts(in);
    provision.instances = read_texts(in);
    return provision;
}

}  // namespace

bool ConsentRegister::put(Consent consent) {
    remove(consent.id);
    if (by_id_.size() >= most_) {
        return false;
    }
    auto kept = std::make_unique<const Consent>(std::move(consent));
    for (const std::string& name : kept->patients) {
        by_patient_.emplace(name, kept.get());
    }
    by_id_.emplace(kept->id, std::move(kept));
    return true;
}

void ConsentRegister::remove(const std::string& id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) {
        return;
    }
    for (const std::string& name : found->second->patients) {
        const auto [first, last] = by_patient_.equal_range(name);
        for (auto at = first; at != last;) {
            at = at->second == found->second.get() ? by_patient_.erase(at) : std::next(at);
        }
    }
    by_id_.erase(found);
}

std::vector<const Consent*> ConsentRegister::find(std::span<const std::string> patient) const {
    std::vector<const Consent*> found;
    for (const std::string& name : patient) {
        const auto [first, last] = by_patient_.equal_range(name);
        for (auto at = first; at != last; ++at) {
            if (std::ranges::find(found, at->second) == found.end()) {
                found.push_back(at->second);
            }
        }
    }
    return found;
}

void ConsentRegister::save(StateWriter& writer) const {
    writer.number(static_cast<std::uint64_t>(by_id_.size()));
    for (const auto& [id, consent] : by_id_) {
        writer.text(id);
        write(writer, consent->patients);
        writer.number(static_cast<std::uint8_t>(consent->base.has_value()));
        if (consent->base) {
            write(writer, *consent->base);
        }
        writer.number(static_cast<std::uint32_t>(consent->exceptions.size()));
        for (const Provision& exception : consent->exceptions) {
            write(writer, exception);
        }
    }
}

Result<void> ConsentRegister::load(StateReader& reader) {
    for (auto left = reader.number<std::uint64_t>(); left > 0 && reader.is_good(); --left) {
        Consent consent{.id = std::string{reader.text()}, .patients = read_texts(reader)};
        if (reader.number<std::uint8_t>() != 0) {
            consent.base = read_provision(reader);
        }
        for (auto more = reader.number<std::uint32_t>(); more > 0 && reader.is_good(); --more) {
            consent.exceptions.push_back(read_provision(reader));
        }
        if (reader.is_good() && !put(std::move(consent))) {
            return Error{ErrorCode::ResourceExhausted,
                         "the state holds more consents than `max` allows: raise it"};
        }
    }
    if (!reader.is_good() || !reader.is_at_end()) {
        return Error{ErrorCode::Corrupt, "the bytes are not those of a register of consents"};
    }
    return {};
}

}  // namespace aorta::plugins::consent
