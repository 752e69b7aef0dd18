#include "flow/consent/consent_register.hpp"

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

bool ConsentRegister::put(Consent consent, bool is_active) {
    std::set<Number> replaced;
    for (const std::string& id : consent.ids) {
        if (const auto found = by_id_.find(id); found != by_id_.end()) {
            if (entries_.at(found->second).consent.updated != Instant::max() &&
                consent.updated < entries_.at(found->second).consent.updated) {
                return true;
            }
            replaced.insert(found->second);
        }
    }
    if (replaced.empty() && entries_.size() >= most_) {
        return false;
    }
    for (const Number number : replaced) {
        erase(number);
    }
    const Number number = ++last_;
    for (const std::string& id : consent.ids) {
        by_id_[id] = number;
    }
    if (is_active) {
        for (const std::string& name : consent.patients) {
            by_patient_[name].insert(number);
        }
    }
    entries_.emplace(number, Entry{std::move(consent), is_active});
    return true;
}

void ConsentRegister::withdraw(const std::string& id) {
    if (const auto found = by_id_.find(id); found != by_id_.end()) {
        Consent consent = entries_.at(found->second).consent;
        put(std::move(consent), false);
    }
}

void ConsentRegister::erase(Number number) {
    const auto entry = entries_.find(number);
    for (const std::string& id : entry->second.consent.ids) {
        by_id_.erase(id);
    }
    for (const std::string& name : entry->second.consent.patients) {
        if (const auto found = by_patient_.find(name); found != by_patient_.end()) {
            found->second.erase(number);
            if (found->second.empty()) {
                by_patient_.erase(found);
            }
        }
    }
    entries_.erase(entry);
}

std::vector<const Consent*> ConsentRegister::find(std::span<const std::string> patient) const {
    std::set<Number> numbers;
    for (const std::string& name : patient) {
        if (const auto found = by_patient_.find(name); found != by_patient_.end()) {
            numbers.insert(found->second.begin(), found->second.end());
        }
    }
    std::vector<const Consent*> found;
    for (const Number number : numbers) {
        found.push_back(&entries_.at(number).consent);
    }
    return found;
}

void ConsentRegister::save(StateWriter& writer) const {
    writer.number(static_cast<std::uint64_t>(entries_.size()));
    for (const auto& [number, entry] : entries_) {
        const Consent& consent = entry.consent;
        write(writer, consent.ids);
        write(writer, consent.patients);
        writer.number(consent.updated.count());
        writer.number(static_cast<std::uint8_t>(entry.is_active));
        writer.number(static_cast<std::uint8_t>(consent.base.has_value()));
        if (consent.base) {
            write(writer, *consent.base);
        }
        writer.number(static_cast<std::uint32_t>(consent.exceptions.size()));
        for (const Provision& exception : consent.exceptions) {
            write(writer, exception);
        }
    }
}

Result<void> ConsentRegister::load(StateReader& reader) {
    for (auto left = reader.number<std::uint64_t>(); left > 0 && reader.is_good(); --left) {
        Consent consent;
        consent.ids = read_texts(reader);
        consent.patients = read_texts(reader);
        consent.updated = Instant{reader.number<std::int64_t>()};
        const bool is_active = reader.number<std::uint8_t>() != 0;
        if (reader.number<std::uint8_t>() != 0) {
            consent.base = read_provision(reader);
        }
        for (auto more = reader.number<std::uint32_t>(); more > 0 && reader.is_good(); --more) {
            consent.exceptions.push_back(read_provision(reader));
        }
        if (reader.is_good() && !put(std::move(consent), is_active)) {
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
