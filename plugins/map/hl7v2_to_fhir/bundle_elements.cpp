// The part of BundleWriter that writes the elements of resources.
#include "common/fhir/json_text.hpp"
#include "map/hl7v2_to_fhir/bundle.hpp"

#include <algorithm>

namespace aorta::plugins::map_hl7v2_to_fhir {

namespace {

using guide::Kind;

constexpr int kMaxDepth = 40;
constexpr std::string_view kEmpty = "{}";
constexpr std::size_t kMaxCompared = 64;  // items of a list with each other

bool is_bare(Kind kind) {
    return kind == Kind::Decimal || kind == Kind::Integer || kind == Kind::PositiveInt ||
           kind == Kind::UnsignedInt || kind == Kind::Boolean;
}

}  // namespace

void append_name(std::string_view name, bool& is_first, std::string& out) {
    out += is_first ? "\"" : ",\"";
    is_first = false;
    out += name;
    out += "\":";
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

void BundleWriter::write_element(const Drafts& drafts,
                                 std::uint32_t number,
                                 std::string& out,
                                 int depth) {
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

void BundleWriter::write_members(
    const Drafts& drafts, std::uint32_t number, bool is_first, std::string& out, int depth) {
    if (depth > kMaxDepth) {
        return;
    }
    std::vector<std::uint16_t> done;
    std::vector<std::uint32_t> nodes;
    for (std::uint32_t each = drafts.node(number).first; each != kNone;
         each = drafts.node(each).next) {
        const std::uint16_t name = drafts.node(each).name;
        if (!drafts.node(each).is_alive || name == 0 ||
            std::find(done.begin(), done.end(), name) != done.end()) {
            continue;
        }
        done.push_back(name);
        nodes.clear();
        for (std::uint32_t at = each; at != kNone; at = drafts.node(at).next) {
            if (drafts.node(at).is_alive && drafts.node(at).name == name) {
                nodes.push_back(at);
            }
        }
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
        for (const std::uint32_t node : nodes) {
            std::string item;
            write_element(drafts, node, item, depth + 1);
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
    const auto inner =
        is_primitive ? std::span<const guide::Required>{} : guide::required(each.type);
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
void BundleWriter::write_required(const Drafts& drafts,
                                  std::uint32_t number,
                                  bool is_first,
                                  std::string& out) {
    const std::uint16_t type = drafts.node(number).type;
    const bool is_contact = type != 0 && guide::type_name(type) == "ContactPoint";
    if (is_contact && drafts.has_member(number, "value") && !drafts.has_member(number, "system")) {
        append_name("_system", is_first, out);  // cpt-2: a value has a system
        out += kAbsent;
    }
    for (const guide::Required& each : guide::required(drafts.node(number).type)) {
        const bool is_there = (each.flags & guide::kChoice) != 0
                                  ? drafts.has_member(number, guide::text(each.name))
                                  : drafts.has_member(number, each.name);
        if (!is_there) {
            append_required(each, is_first, out, 0);
        }
    }
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
