#include "pipeline/inclusions.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace aorta::pipeline {

namespace {

constexpr std::size_t kMaxPlaces = 5;

// The names of nodes as the fragment has them.
std::string without_prefix(std::string text, const std::string& prefix) {
    const std::string quoted = "`" + prefix;
    for (std::size_t at = text.find(quoted); at != std::string::npos; at = text.find(quoted, at)) {
        text.erase(++at, prefix.size());
    }
    return text;
}

std::string place_of(const Inclusion& inclusion) {
    return fmt::format("{} ({}:{})",
                       std::string_view(inclusion.prefix).substr(0, inclusion.prefix.size() - 1),
                       inclusion.at.file,
                       inclusion.at.line);
}

bool is_same(const config::Diagnostic& left, const config::Diagnostic& right) {
    return left.severity == right.severity && left.at == right.at && left.message == right.message;
}

}  // namespace

void Inclusions::add(Inclusion inclusion) {
    all_.push_back(std::move(inclusion));
}

void Inclusions::leave_out(std::string prefix) {
    left_out_.push_back(std::move(prefix));
}

bool Inclusions::is_left_out(std::string_view node) const {
    return std::any_of(left_out_.begin(), left_out_.end(), [&](const std::string& prefix) {
        return node.starts_with(prefix);
    });
}

const Inclusion* Inclusions::of(std::string_view node, const config::Position& node_at) const {
    const Inclusion* best = nullptr;
    for (const Inclusion& each : all_) {
        const bool is_one = node_at.file == each.file && node.starts_with(each.prefix);
        if (is_one && (best == nullptr || best->prefix.size() < each.prefix.size())) {
            best = &each;
        }
    }
    return best;
}

void Inclusions::report(const Inclusion* inclusion,
                        const config::Diagnostics& found,
                        config::Diagnostics& out) {
    if (inclusion == nullptr) {
        out.append(found);
        return;
    }
    for (config::Diagnostic each : found.sorted()) {
        if (each.at.file != inclusion->file) {
            out.add(std::move(each));
            continue;
        }
        each.message = without_prefix(std::move(each.message), inclusion->prefix);
        each.hint = without_prefix(std::move(each.hint), inclusion->prefix);
        auto known = std::find_if(findings_.begin(), findings_.end(), [&](const Finding& finding) {
            return is_same(finding.diagnostic, each);
        });
        if (known == findings_.end()) {
            known = findings_.insert(known, {std::move(each), {}});
        }
        const std::string place = place_of(*inclusion);
        if (std::find(known->places.begin(), known->places.end(), place) == known->places.end()) {
            known->places.push_back(place);
        }
    }
}

void Inclusions::tell(config::Diagnostics& out) {
    for (Finding& finding : std::exchange(findings_, {})) {
        const std::size_t shown = std::min(finding.places.size(), kMaxPlaces);
        std::string& hint = finding.diagnostic.hint;
        hint += hint.empty() ? "" : "; ";
        hint += "included as " + base::join(std::span(finding.places).first(shown), ", ");
        if (shown < finding.places.size()) {
            hint += fmt::format(" and {} more", finding.places.size() - shown);
        }
        out.add(std::move(finding.diagnostic));
    }
}

}  // namespace aorta::pipeline
