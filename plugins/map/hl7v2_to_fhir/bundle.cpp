#include "map/hl7v2_to_fhir/bundle.hpp"

#include "common/fhir/json_text.hpp"
#include "common/hash/siphash.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <unordered_map>

namespace aorta::plugins::map_hl7v2_to_fhir {

namespace {

using guide::Kind;

constexpr int kMaxDepth = 40;
constexpr int kMaxRounds = 4;  // of merging: references in references
constexpr std::string_view kAbsent =
    "{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\","
    "\"valueCode\":\"unknown\"}]}";
constexpr std::string_view kEmpty = "{}";
constexpr std::size_t kMaxCompared = 64;  // items of a list with each other
constexpr std::string_view kMergeable[] = {"Practitioner", "Organization", "Location", "PractitionerRole",
                                           "Device", "Medication", "RelatedPerson"};

bool is_mergeable(std::uint16_t type) {
    return std::find(std::begin(kMergeable), std::end(kMergeable), guide::type_name(type)) != std::end(kMergeable);
}

bool is_bare(Kind kind) {
    return kind == Kind::Decimal || kind == Kind::Integer || kind == Kind::PositiveInt ||
           kind == Kind::UnsignedInt || kind == Kind::Boolean;
}

void append_name(std::string_view name, bool& is_first, std::string& out) {
    out += is_first ? "\"" : ",\"";
    is_first = false;
    out += name;
    out += "\":";
}

std::string url_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '-' || c == '.' || c == '_' || c == '~' || c == ':' || c == '/';
        if (is_plain) {
            out += c;
        } else {
            char code[4];
            std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
            out += code;
        }
    }
    return out;
}

}  // namespace

std::string BundleWriter::id_of(const Drafts& drafts, std::uint32_t resource) const {
    while (drafts.resources()[resource].same_as != kNone) {
        resource = drafts.resources()[resource].same_as;
    }
    hash::SipHash hash{{seed_[0], seed_[1]}};
    hash.add_text(guide::type_name(drafts.resources()[resource].type));
    hash.add_text(std::to_string(resource));
    hash::Hash128 id = hash.finish();
    id[0] = (id[0] & ~0xF000ULL) | 0x8000ULL;                    // version 8: made by a rule of our own
    id[1] = (id[1] & ~(3ULL << 62)) | (2ULL << 62);
    char text[40];
    std::snprintf(text, sizeof text, "%08llx-%04llx-%04llx-%04llx-%012llx",
                  static_cast<unsigned long long>(id[0] >> 32),
                  static_cast<unsigned long long>(id[0] >> 16 & 0xFFFF),
                  static_cast<unsigned long long>(id[0] & 0xFFFF),
                  static_cast<unsigned long long>(id[1] >> 48),
                  static_cast<unsigned long long>(id[1] & 0xFFFFFFFFFFFFULL));
    return text;
}

void BundleWriter::write_primitives(const Drafts& drafts,
                                    const std::vector<std::uint32_t>& nodes,
                                    bool is_list,
                                    std::string_view name,
                                    std::string& out,
                                    int depth) {
    const auto has_value = [&](std::uint32_t each) { return drafts.node(each).has_value; };
    const auto has_more = [&](std::uint32_t each) {
        for (std::uint32_t at = drafts.node(each).first; at != kNone; at = drafts.node(at).next) {
            if (drafts.node(at).is_alive) {
                return true;
            }
        }
        return false;
    };
    bool is_first = true;
    if (std::any_of(nodes.begin(), nodes.end(), has_value)) {
        append_name(name, is_first, out);
        out += is_list ? "[" : "";
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const Node& node = drafts.node(nodes[i]);
            out += i > 0 ? "," : "";
            if (!node.has_value) {
                out += "null";
            } else if (is_bare(node.kind)) {
                out += drafts.value(node);
            } else {
                fhir::append_json_string(drafts.value(node), out);
            }
        }
        out += is_list ? "]" : "";
    }
    if (std::any_of(nodes.begin(), nodes.end(), has_more)) {
        append_name("_" + std::string{name}, is_first, out);
        out += is_list ? "[" : "";
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            out += i > 0 ? "," : "";
            if (has_more(nodes[i])) {
                out += "{";
                write_members(drafts, nodes[i], true, out, depth + 1);
                out += "}";
            } else {
                out += "null";
            }
        }
        out += is_list ? "]" : "";
    }
}

void BundleWriter::write_element(const Drafts& drafts, std::uint32_t number, std::string& out, int depth) {
    const Node& node = drafts.node(number);
    out += "{";
    bool is_first = true;
    if (node.resource != kNone && drafts.resources()[node.resource].is_alive) {
        out += "\"reference\":\"urn:uuid:" + id_of(drafts, node.resource) + "\"";
        is_first = false;
    }
    write_members(drafts, number, is_first, out, depth);
    out += "}";
}

void BundleWriter::write_members(const Drafts& drafts, std::uint32_t number, bool is_first, std::string& out, int depth) {
    if (depth > kMaxDepth) {
        return;
    }
    std::vector<std::uint16_t> order;
    std::unordered_map<std::uint16_t, std::vector<std::uint32_t>> members;
    for (std::uint32_t at = drafts.node(number).first; at != kNone; at = drafts.node(at).next) {
        const Node& node = drafts.node(at);
        if (node.is_alive && node.name != 0) {
            std::vector<std::uint32_t>& of_name = members[node.name];
            if (of_name.empty()) {
                order.push_back(node.name);
            }
            of_name.push_back(at);
        }
    }
    for (const std::uint16_t name : order) {
        const std::vector<std::uint32_t>& nodes = members[name];
        const Node& first = drafts.node(nodes.front());
        const bool is_list = (first.flags & guide::kList) != 0;
        if ((first.flags & guide::kPrimitive) != 0) {
            out += is_first ? "" : ",";
            is_first = false;
            write_primitives(drafts, nodes, is_list, guide::text(name), out, depth);
            continue;
        }
        if (!is_list) {
            std::string item;
            write_element(drafts, nodes.front(), item, depth + 1);
            if (item != kEmpty) {
                append_name(guide::text(name), is_first, out);
                out += item;
            }
            continue;
        }
        std::vector<std::string> written;
        for (const std::uint32_t each : nodes) {
            std::string item;
            write_element(drafts, each, item, depth + 1);
            const bool is_twice = written.size() < kMaxCompared &&
                                  std::find(written.begin(), written.end(), item) != written.end();
            if (item == kEmpty || is_twice) {
                continue;  // two fields say the same
            }
            if (written.empty()) {
                append_name(guide::text(name), is_first, out);
            }
            out += written.empty() ? "[" : ",";
            out += item;
            written.push_back(std::move(item));
        }
        out += written.empty() ? "" : "]";
    }
    write_required(drafts, number, is_first, out);
}

namespace {

constexpr int kMaxRequiredDepth = 4;

// "unknown" where there is such a code, else the reason why it is absent.
void append_required(const guide::Required& each, bool& is_first, std::string& out, int depth) {
    std::string name{guide::text(each.name)};
    if ((each.flags & guide::kChoice) != 0) {
        name += guide::text(each.kind);
    }
    const bool is_primitive = (each.flags & guide::kPrimitive) != 0;
    const std::string_view value = guide::text(each.value);
    if (is_primitive && !value.empty()) {
        append_name(name, is_first, out);
        fhir::append_json_string(value, out);
        return;
    }
    append_name(is_primitive ? "_" + name : name, is_first, out);
    out += (each.flags & guide::kList) != 0 ? "[" : "";
    const auto inner = is_primitive ? std::span<const guide::Required>{} : guide::required(each.type);
    if (inner.empty() || depth == kMaxRequiredDepth) {
        out += kAbsent;
    } else {
        bool is_first_inside = true;
        out += "{";
        for (const guide::Required& part : inner) {
            append_required(part, is_first_inside, out, depth + 1);
        }
        out += "}";
    }
    out += (each.flags & guide::kList) != 0 ? "]" : "";
}

}  // namespace

// What FHIR demands and the message does not say.
void BundleWriter::write_required(const Drafts& drafts, std::uint32_t number, bool is_first, std::string& out) {
    for (const guide::Required& each : guide::required(drafts.node(number).type)) {
        const std::uint32_t known = drafts.find(number, each.name);
        const bool is_there = (each.flags & guide::kChoice) != 0
                                  ? drafts.has_member(number, guide::text(each.name))
                                  : known != kNone && drafts.node(known).is_alive;
        if (!is_there) {
            append_required(each, is_first, out, 0);
        }
    }
}

void BundleWriter::write_resource(const Drafts& drafts, std::uint32_t number, bool with_id, std::string& out) {
    const Resource& resource = drafts.resources()[number];
    out += "{\"resourceType\":\"";
    out += guide::type_name(resource.type);
    out += "\"";
    if (with_id) {
        out += ",\"id\":\"" + id_of(drafts, number) + "\"";
    }
    write_members(drafts, resource.root, false, out, 0);
    if (guide::type_name(resource.type) == "Organization" && !drafts.has_member(resource.root, "identifier") &&
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
    for (std::uint32_t i = 0; i < drafts.resources().size(); ++i) {
        const Resource& resource = drafts.resources()[i];
        if (!resource.is_alive || resource.same_as != kNone || guide::type_name(resource.type) == "Bundle") {
            continue;
        }
        if (guide::type_name(resource.type) == "MessageHeader") {
            order_.insert(order_.begin(), i);
        } else {
            order_.push_back(i);
        }
    }
}

void BundleWriter::write_request(const Drafts& drafts, const Resource& resource, std::string& out) const {
    out += ",\"request\":{\"method\":\"POST\",\"url\":\"";
    out += guide::type_name(resource.type);
    out += "\"";
    for (std::uint32_t at = drafts.node(resource.root).first; at != kNone; at = drafts.node(at).next) {
        if (guide::text(drafts.node(at).name) != "identifier") {
            continue;
        }
        std::string_view system;
        std::string_view value;
        for (std::uint32_t in = drafts.node(at).first; in != kNone; in = drafts.node(in).next) {
            const Node& member = drafts.node(in);
            system = guide::text(member.name) == "system" && member.has_value ? drafts.value(member) : system;
            value = guide::text(member.name) == "value" && member.has_value ? drafts.value(member) : value;
        }
        if (!system.empty() && !value.empty()) {
            out += ",\"ifNoneExist\":";
            fhir::append_json_string("identifier=" + url_encoded(system) + "|" + url_encoded(value), out);
            break;
        }
    }
    out += "}";
}

std::string_view BundleWriter::write(Drafts& drafts, std::string_view payload) {
    hash::SipHash hash{{0x616F727461663268ULL, 0x6972626E646C3130ULL}};
    hash.add_text(payload);
    seed_ = hash.finish();
    merge(drafts);
    order(drafts);
    constexpr std::string_view kTypes[] = {"message", "transaction", "collection"};
    hash::SipHash own{{seed_[0], seed_[1]}};
    own.add_text("Bundle");
    text_ = "{\"resourceType\":\"Bundle\",\"type\":\"";
    text_ += kTypes[static_cast<std::size_t>(type_)];
    text_ += "\"";
    for (const Resource& resource : drafts.resources()) {
        if (guide::type_name(resource.type) == "Bundle" && resource.is_alive) {
            for (std::uint32_t at = drafts.node(resource.root).first; at != kNone; at = drafts.node(at).next) {
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
    text_ += ",\"entry\":[";
    for (const std::uint32_t number : order_) {
        text_ += number == order_.front() ? "{" : ",{";
        text_ += "\"fullUrl\":\"urn:uuid:" + id_of(drafts, number) + "\",\"resource\":";
        write_resource(drafts, number, true, text_);
        if (type_ == BundleType::Transaction) {
            write_request(drafts, drafts.resources()[number], text_);
        }
        text_ += "}";
    }
    text_ += "]}";
    return text_;
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
