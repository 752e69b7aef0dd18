#include "pipeline/workers.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "config/keys.hpp"
#include "config/options.hpp"
#include "pipeline/access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace aorta::pipeline {
namespace {

using config::Value;
using Type = Value::Type;

constexpr std::size_t kMaxWorkers = 64;
constexpr std::string_view kIpc = "ipc:///";
constexpr std::string_view kTcp = "tcp://";

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
    std::vector<std::string> names;
    for (const Named& one : all) {
        names.push_back(one.name);
    }
    return names;
}

class CutReader {
public:
    CutReader(PipelineSpec& spec, config::Diagnostics& diagnostics)
        : spec_(spec), diagnostics_(diagnostics) {}

    void read_workers(Value& tree) {
        if (!tree.is(Type::Map) || tree.items.empty() || tree.items.size() > kMaxWorkers) {
            diagnostics_.error(tree.at,
                               fmt::format("`workers` is a map of 1 to {} workers", kMaxWorkers),
                               "for example: workers: { edge: { nodes: [ intake ] }, core: { "
                               "nodes: [ store ] } }");
            return;
        }
        for (std::size_t i = 0; i < tree.items.size(); ++i) {
            read_worker(tree.keys[i], tree.items[i]);
        }
        for (const NodeSpec& node : spec_.nodes) {
            if (node.worker.empty()) {
                diagnostics_.error(node.at,
                                   fmt::format("`{}` is in no worker", node.name),
                                   fmt::format("add it to the nodes of one of them: {}",
                                               base::join(names_of(spec_.workers), ", ")));
            }
        }
    }

    void read_links(const Value& tree) {
        for (const Value& each : tree.items) {
            if (std::optional<LinkSpec> link = read_link(each)) {
                spec_.links.push_back(std::move(*link));
            }
        }
    }

private:
    void read_worker(const Value::Key& key, Value& value) {
        if (!base::is_snake_case(key.name)) {
            diagnostics_.error(key.at,
                               fmt::format("`{}` is no name for a worker", key.name),
                               "begin with a-z, go on with a-z, 0-9 and _, at most 64 characters");
        }
        spec_.workers.push_back({key.name, key.at});
        value = config::apply_options(value, config::worker_keys(), diagnostics_);
        const Value* nodes = known(value, "nodes");
        if (nodes == nullptr) {
            return;
        }
        if (nodes->items.empty()) {
            diagnostics_.error(nodes->at,
                               fmt::format("the worker `{}` has no nodes", key.name),
                               "name its nodes, or remove it");
        }
        for (const Value& name : nodes->items) {
            give_node(name, key.name);
        }
    }

    void give_node(const Value& name, const std::string& worker) {
        const auto node = std::ranges::find(spec_.nodes, name.text, &NodeSpec::name);
        if (name.origin.kind == config::Origin::Kind::Unset) {
            return;
        }
        if (node == spec_.nodes.end()) {
            diagnostics_.error(name.at,
                               fmt::format("there is no node `{}`", name.text),
                               base::suggestion_hint(name.text, names_of(spec_.nodes)));
        } else if (!node->worker.empty()) {
            diagnostics_.error(
                name.at,
                fmt::format("`{}` is in the worker `{}` already", name.text, node->worker),
                "a node runs in one worker");
        } else {
            node->worker = worker;
        }
    }

    bool is_worker(const Value& link, std::string_view key) {
        const Value* name = known(link, key);
        if (name == nullptr) {
            return false;
        }
        const std::vector<std::string> names = names_of(spec_.workers);
        if (std::ranges::find(names, name->text) != names.end()) {
            return true;
        }
        diagnostics_.error(name->at,
                           fmt::format("there is no worker `{}`", name->text),
                           base::suggestion_hint(name->text, names));
        return false;
    }

    std::optional<LinkSpec> read_link(const Value& value) {
        const bool has_from = is_worker(value, "from");
        const bool has_to = is_worker(value, "to");
        LinkSpec link;
        link.at = value.at;
        link.from = text_of(value, "from");
        link.to = text_of(value, "to");
        link.dial = text_of(value, "dial");
        link.has_outbox = text_of(value, "buffer") == "disk";
        link.heartbeat = duration_of(value, "heartbeat", link.heartbeat);
        const std::string compression = text_of(value, "compression");
        link.compression = compression == "on"    ? LinkCompression::On
                           : compression == "off" ? LinkCompression::Off
                                                  : LinkCompression::Adaptive;
        read_addresses(value, link);
        read_security(value, link);
        if (!has_from || !has_to) {
            return std::nullopt;
        }
        check_ends(value, link);
        return link;
    }

    void check_ends(const Value& value, const LinkSpec& link) {
        if (link.from == link.to) {
            diagnostics_.error(link.at,
                               fmt::format("a link from `{0}` to `{0}` leads nowhere", link.from),
                               "name two workers");
        } else if (spec_.link(link.from, link.to) != nullptr) {
            diagnostics_.error(
                link.at,
                fmt::format("there is a link from `{}` to `{}` already: records of one key could "
                            "overtake each other on two",
                            link.from,
                            link.to),
                "one link carries all edges between two workers");
        }
        const Value* dial = known(value, "dial");
        if (dial != nullptr && link.dial != link.from && link.dial != link.to) {
            diagnostics_.error(dial->at,
                               fmt::format("`{}` is not at this link, and cannot dial", link.dial),
                               fmt::format("write dial: {}, or dial: {}", link.from, link.to));
        }
    }

    void read_addresses(const Value& value, LinkSpec& link) {
        link.address = text_of(value, "address");
        link.listen = text_of(value, "listen");
        for (const std::string_view key : {"address", "listen"}) {
            const Value* address = known(value, key);
            if (address != nullptr && !is_address(address->text)) {
                diagnostics_.error(address->at,
                                   fmt::format("`{}` is no address", key),
                                   "write tcp://HOST:PORT, or ipc:///PATH");
            }
        }
    }

    static bool is_address(std::string_view text) {
        if (text.starts_with(kIpc)) {
            return text.size() > kIpc.size();
        }
        const std::size_t colon = text.rfind(':');
        if (!text.starts_with(kTcp) || colon < kTcp.size() + 1) {
            return false;
        }
        const std::string_view port = text.substr(colon + 1);
        return !port.empty() && port.size() <= 5 &&
               port.find_first_not_of("0123456789") == std::string_view::npos;
    }

    void read_security(const Value& value, LinkSpec& link) {
        const Value* curve = known(value, "curve");
        const Value* plaintext = known(value, "plaintext");
        link.is_plaintext = plaintext != nullptr;
        if (plaintext != nullptr) {
            link.plaintext_from = texts_of(*plaintext, "from");
            link.plaintext_reason = text_of(*plaintext, "reason");
            diagnostics_.warning(plaintext->at,
                                 fmt::format("the link from `{}` to `{}` goes in plain text "
                                             "because: {}",
                                             link.from,
                                             link.to,
                                             link.plaintext_reason));
        }
        if (plaintext != nullptr && curve != nullptr) {
            diagnostics_.error(plaintext->at,
                               "`plaintext` and `curve` contradict each other",
                               "take one of them away");
        }
        if (plaintext == nullptr && !link.address.starts_with(kIpc)) {
            const std::string keys = curve == nullptr ? std::string{} : text_of(*curve, "keys");
            link.keys = keys.empty() ? "keys" : keys;
        }
    }

    PipelineSpec& spec_;
    config::Diagnostics& diagnostics_;
};

}  // namespace

void read_workers(Value& tree, PipelineSpec& spec, config::Diagnostics& diagnostics) {
    Value* workers = tree.find("workers");
    const Value* links = known(tree, "links");
    if (workers == nullptr || known(tree, "workers") == nullptr) {
        if (links != nullptr && !links->items.empty()) {
            diagnostics.error(links->at,
                              "`links` join workers, and there are none",
                              "write workers: { edge: { nodes: [ … ] }, … }");
        }
        return;
    }
    config::Diagnostics found;
    CutReader reader{spec, found};
    reader.read_workers(*workers);
    if (links != nullptr) {
        reader.read_links(*links);
    }
    if (!found.has_errors()) {
        check_cut(spec, tree.find("key") != nullptr, found);
    }
    diagnostics.append(found);
}

}  // namespace aorta::pipeline
