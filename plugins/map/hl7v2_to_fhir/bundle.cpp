#include "map/hl7v2_to_fhir/bundle.hpp"

#include "common/fhir/json_text.hpp"
#include "common/hash/siphash.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <unordered_map>

namespace aorta::plugins::map_hl7v2_to_fhir {

namespace {

constexpr int kMaxRounds = 4;  // of merging: references in references
constexpr std::string_view kMergeable[] = {"Practitioner",
                                           "Organization",
                                           "Location",
                                           "PractitionerRole",
                                           "Device",
                                           "Medication",
                                           "RelatedPerson"};

bool is_mergeable(std::uint16_t type) {
    return std::find(std::begin(kMergeable), std::end(kMergeable), guide::type_name(type)) !=
           std::end(kMergeable);
}

std::string to_uuid(const hash::Hash128& id) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    for (int digit = 0; digit < 32; ++digit) {
        text += digit == 8 || digit == 12 || digit == 16 || digit == 20 ? "-" : "";
        text += kHex[id[digit / 16] >> (60 - digit % 16 * 4) & 15U];
    }
    return text;
}

std::string url_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                              c == '~' || c == ':' || c == '/';
        if (is_plain) {
            out += c;
        } else {
            char code[4];
            std::snprintf(
                code, sizeof code, "%%%02X", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
            out += code;
        }
    }
    return out;
}

}  // namespace

void BundleWriter::make_ids(const Drafts& drafts) {
    ids_.clear();
    for (std::size_t i = 0; i < drafts.resources().size(); ++i) {
        const Resource& resource = drafts.resources()[i];
        ids_.emplace_back();
        if (!resource.is_alive) {
            continue;
        }
        hash::SipHash hash{{seed_[0], seed_[1]}};
        hash.add_text(guide::type_name(resource.type));
        hash.add_text(std::to_string(i));
        hash::Hash128 id = hash.finish();
        id[0] = (id[0] & ~0xF000ULL) | 0x8000ULL;  // version 8: made by a rule of our own
        id[1] = (id[1] & ~(3ULL << 62)) | (2ULL << 62);
        ids_.back() = to_uuid(id);
    }
}

const std::string& BundleWriter::id_of(const Drafts& drafts, std::uint32_t resource) const {
    while (drafts.resources()[resource].same_as != kNone) {
        resource = drafts.resources()[resource].same_as;
    }
    return ids_[resource];
}

void BundleWriter::write_resource(const Drafts& drafts,
                                  std::uint32_t number,
                                  bool with_id,
                                  std::string& out) {
    const Resource& resource = drafts.resources()[number];
    out += "{\"resourceType\":\"";
    out += guide::type_name(resource.type);
    out += "\"";
    if (with_id) {
        out += ",\"id\":\"" + id_of(drafts, number) + "\"";
    }
    write_members(drafts, resource.root, false, out, 0);
    if (guide::type_name(resource.type) == "Organization" &&
        !drafts.has_member(resource.root, "identifier") &&
        !drafts.has_member(resource.root, "name")) {
        out += ",\"_name\":";  // org-1: one of the two
        out += kAbsent;
    }
    out += "}";
}

// Two that say the same are one, as those that they refer to are found to be one.
void BundleWriter::merge(Drafts& drafts) {
    for (int round = 0; round < kMaxRounds; ++round) {
        std::unordered_map<std::string, std::uint32_t> seen;
        bool has_merged = false;
        for (std::uint32_t i = 0; i < drafts.resources().size(); ++i) {
            Resource& resource = drafts.resources()[i];
            if (!resource.is_alive || resource.same_as != kNone || !is_mergeable(resource.type)) {
                continue;
            }
            std::string text;
            write_resource(drafts, i, false, text);
            const auto [known, is_new] = seen.emplace(std::move(text), i);
            if (!is_new) {
                resource.same_as = known->second;
                has_merged = true;
            }
        }
        if (!has_merged) {
            return;
        }
    }
}

void BundleWriter::order(const Drafts& drafts) {
    order_.clear();
    bool has_header = false;
    for (std::uint32_t i = 0; i < drafts.resources().size(); ++i) {
        const Resource& resource = drafts.resources()[i];
        if (!resource.is_alive || resource.same_as != kNone ||
            guide::type_name(resource.type) == "Bundle") {
            continue;
        }
        if (!has_header && guide::type_name(resource.type) == "MessageHeader") {
            order_.insert(order_.begin(), i);
            has_header = true;
        } else {
            order_.push_back(i);
        }
    }
}

void BundleWriter::write_request(const Drafts& drafts,
                                 const Resource& resource,
                                 std::string& out) const {
    out += ",\"request\":{\"method\":\"POST\",\"url\":\"";
    out += guide::type_name(resource.type);
    out += "\"";
    for (std::uint32_t at = drafts.node(resource.root).first; at != kNone;
         at = drafts.node(at).next) {
        if (guide::text(drafts.node(at).name) != "identifier") {
            continue;
        }
        std::string_view system;
        std::string_view value;
        for (std::uint32_t in = drafts.node(at).first; in != kNone; in = drafts.node(in).next) {
            const Node& member = drafts.node(in);
            system = guide::text(member.name) == "system" && member.has_value ? drafts.value(member)
                                                                              : system;
            value = guide::text(member.name) == "value" && member.has_value ? drafts.value(member)
                                                                            : value;
        }
        if (!system.empty() && !value.empty()) {
            out += ",\"ifNoneExist\":";
            fhir::append_json_string("identifier=" + url_encoded(system) + "|" + url_encoded(value),
                                     out);
            break;
        }
    }
    out += "}";
}

std::string_view BundleWriter::write(Drafts& drafts, std::string_view payload) {
    hash::SipHash hash{{0x616F727461663268ULL, 0x6972626E646C3130ULL}};
    hash.add_text(payload);
    seed_ = hash.finish();
    make_ids(drafts);
    merge(drafts);
    order(drafts);
    constexpr std::string_view kTypes[] = {"message", "transaction", "collection"};
    text_ = "{\"resourceType\":\"Bundle\",\"type\":\"";
    text_ += kTypes[static_cast<std::size_t>(type_)];
    text_ += "\"";
    for (const Resource& resource : drafts.resources()) {
        if (guide::type_name(resource.type) == "Bundle" && resource.is_alive) {
            for (std::uint32_t at = drafts.node(resource.root).first; at != kNone;
                 at = drafts.node(at).next) {
                const Node& node = drafts.node(at);
                if (!node.is_alive) {
                    continue;
                }
                text_ += ",";
                if ((node.flags & guide::kPrimitive) != 0) {
                    write_primitives(drafts, {at}, false, guide::text(node.name), text_, 0);
                } else {
                    bool is_first = true;
                    append_name(guide::text(node.name), is_first, text_);
                    write_element(drafts, at, text_, 0);
                }
            }
        }
    }
    text_ += order_.empty() ? "" : ",\"entry\":[";
    for (const std::uint32_t number : order_) {
        text_ += number == order_.front() ? "{" : ",{";
        text_ += "\"fullUrl\":\"urn:uuid:" + id_of(drafts, number) + "\",\"resource\":";
        write_resource(drafts, number, true, text_);
        if (type_ == BundleType::Transaction) {
            write_request(drafts, drafts.resources()[number], text_);
        }
        text_ += "}";
    }
    text_ += order_.empty() ? "}" : "]}";
    return text_;
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
