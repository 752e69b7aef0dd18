#include "map/hl7v2_to_fhir/draft.hpp"

namespace aorta::plugins::map_hl7v2_to_fhir {

namespace {

constexpr int kMaxDepth = 40;  // of elements and resources in each other; the tables stay far below
constexpr std::uint8_t kSiblingLabels = 32;

}  // namespace

void Drafts::clear() {
    nodes_.clear();
    resources_.clear();
    text_.clear();
    items_.clear();
    dropped_.clear();
}

std::uint32_t Drafts::add(std::uint16_t type, std::uint32_t owner, std::uint32_t patient) {
    const auto root = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({.type = type});
    resources_.push_back({.type = type, .root = root, .owner = owner, .patient = patient});
    return static_cast<std::uint32_t>(resources_.size() - 1);
}

std::uint32_t Drafts::add_child(std::uint32_t parent, const guide::Step& step) {
    const auto made = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({.name = step.name, .type = step.type, .flags = step.flags, .parent = parent});
    Node& owner = nodes_[parent];
    if (owner.last == kNone) {
        owner.first = made;
    } else {
        nodes_[owner.last].next = made;
    }
    owner.last = made;
    return made;
}

std::uint32_t Drafts::child(std::uint32_t parent,
                            const guide::Step& step,
                            std::uint8_t label,
                            const Scope& scope) {
    const bool is_list = (step.flags & guide::kList) != 0 || step.name == 0;
    const bool is_shared = (step.flags & guide::kShared) != 0;
    const bool repeats = (step.flags & (guide::kRepeats | guide::kEach)) != 0;
    const ItemKey key{parent,
                      is_shared ? 0 : scope.segment,
                      step.name,
                      repeats ? scope.repetition : std::uint16_t{1},
                      label};
    if (is_list) {
        if (const auto known = items_.find(key); known != items_.end()) {
            return known->second;
        }
    } else if (const std::uint32_t known = find_single(parent, step.name); known != kNone) {
        return known;
    }
    if ((step.flags & guide::kChoice) != 0 && has_other_type(parent, step)) {
        return kNone;
    }
    const std::uint32_t made = add_child(parent, step);
    nodes_[made].label = label;
    nodes_[made].repetition = key.repetition;
    nodes_[made].scope = key.segment;
    if (is_list) {
        items_.emplace(key, made);
    } else {
        nodes_[made].next_single = nodes_[parent].first_single;
        nodes_[parent].first_single = made;
    }
    return made;
}

bool Drafts::has_content(std::uint32_t number, int depth) const {
    const Node& node = nodes_[number];
    if (depth > kMaxDepth || node.has_value || node.resource != kNone) {
        return true;
    }
    for (std::uint32_t at = node.first; at != kNone; at = nodes_[at].next) {
        if (has_content(at, depth + 1)) {
            return true;
        }
    }
    return false;
}

// occurrenceDateTime and occurrenceTiming.
bool Drafts::has_other_type(std::uint32_t parent, const guide::Step& step) const {
    const auto stem = [](std::uint16_t name) {
        const std::string_view text = guide::text(name);
        std::size_t end = 0;
        while (end < text.size() && text[end] >= 'a') {
            ++end;
        }
        return text.substr(0, end);
    };
    for (std::uint32_t at = nodes_[parent].first_single; at != kNone; at = nodes_[at].next_single) {
        if ((nodes_[at].flags & guide::kChoice) != 0 && nodes_[at].name != step.name &&
            stem(nodes_[at].name) == stem(step.name) && has_content(at, 0)) {
            return true;
        }
    }
    return false;
}

Cursor Drafts::sibling(Cursor at, std::uint8_t label) {
    const Node node = nodes_[at.node];
    if (label <= 1 || node.parent == kNone) {
        return at;
    }
    const guide::Step step{
        node.name, node.type, 0, static_cast<std::uint8_t>(node.flags | guide::kRepeats)};
    const auto beside =
        static_cast<std::uint8_t>(node.label % kSiblingLabels + kSiblingLabels * (label - 1));
    return {child(node.parent, step, beside, {node.scope, node.repetition}), at.resource};
}

Cursor Drafts::enter(Cursor at, const guide::Step& step, const Scope& scope) {
    if (nodes_[at.node].parent == kNone) {  // no element refers to it
        guide::Step detached{0, 0, step.label, guide::kRepeats};
        detached.type = step.type;
        at.node = child(at.node, detached, step.label, scope);
    }
    const std::uint32_t known = nodes_[at.node].resource;
    if (known != kNone && resources_[known].type == step.type) {
        return {resources_[known].root, known};
    }
    const std::uint32_t made = add(step.type, at.resource, resources_[at.resource].patient);
    if (known == kNone) {
        nodes_[at.node].resource = made;
    }
    return {resources_[made].root, made};
}

Cursor Drafts::walk(Cursor at, std::span<const guide::Step> steps, const Scope& scope) {
    for (const guide::Step& step : steps) {
        if ((step.flags & guide::kReference) != 0) {
            at = enter(at, step, scope);
        } else if ((step.flags & guide::kSibling) != 0) {
            at = sibling(at, step.label);
        } else {
            at.node = child(at.node, step, step.label, scope);
            if (at.node == kNone) {
                break;
            }
        }
    }
    return at;
}

Drafts::Set Drafts::set(std::uint32_t number, guide::Kind kind, std::string_view text) {
    Node& node = nodes_[number];
    if (node.has_value) {
        return value(node) == text ? Set::Same : Set::Taken;
    }
    node.kind = kind;
    node.has_value = true;
    node.value_begin = static_cast<std::uint32_t>(text_.size());
    node.value_size = static_cast<std::uint32_t>(text.size());
    text_ += text;
    return Set::Done;
}

bool Drafts::refer(std::uint32_t number, std::uint32_t resource) {
    Node& node = nodes_[number];
    if (node.resource == kNone) {
        node.resource = resource;
    }
    return node.resource == resource;
}

void Drafts::note_source(std::uint32_t resource) {
    for (; resource != kNone && !resources_[resource].is_sourced;
         resource = resources_[resource].owner) {
        resources_[resource].is_sourced = true;
    }
}

std::uint32_t Drafts::find_single(std::uint32_t parent, std::uint16_t name) const {
    std::uint32_t at = nodes_[parent].first_single;
    while (at != kNone && nodes_[at].name != name) {
        at = nodes_[at].next_single;
    }
    return at;
}

std::uint32_t Drafts::find(std::uint32_t parent, std::uint16_t name) const {
    std::uint32_t at = nodes_[parent].first;
    while (at != kNone && nodes_[at].name != name) {
        at = nodes_[at].next;
    }
    return at;
}

bool Drafts::has_member(std::uint32_t parent, std::uint16_t name) const {
    for (std::uint32_t at = nodes_[parent].first; at != kNone; at = nodes_[at].next) {
        if (nodes_[at].is_alive && nodes_[at].name == name) {
            return true;
        }
    }
    return false;
}

bool Drafts::has_member(std::uint32_t parent, std::string_view stem) const {
    for (std::uint32_t at = nodes_[parent].first; at != kNone; at = nodes_[at].next) {
        if (nodes_[at].is_alive && guide::text(nodes_[at].name).starts_with(stem)) {
            return true;
        }
    }
    return false;
}

void Drafts::drop(std::uint32_t number, int depth) {
    Node& node = nodes_[number];
    if (depth > kMaxDepth) {
        return;
    }
    if (node.raw.data() != nullptr) {
        dropped_.push_back(node.raw);
    }
    node.has_value = false;
    node.resource = kNone;
    for (std::uint32_t at = node.first; at != kNone; at = nodes_[at].next) {
        drop(at, depth + 1);
    }
}

// Two passes, as one element may go because of another that went.
void Drafts::drop_what_does_not_fit() {
    for (int pass = 0; pass < 2; ++pass) {
        for (std::uint32_t number = 0; number < nodes_.size(); ++number) {
            if (nodes_[number].type == 0 || nodes_[number].first == kNone) {
                continue;
            }
            for (std::size_t i = 0; i < guide::kNeedCount; ++i) {
                const guide::Need& need = guide::kNeeds[i];
                if (nodes_[number].type != need.type) {
                    continue;
                }
                const std::uint32_t own = find(number, need.name);
                const std::uint32_t other = find(number, need.other);
                const bool has_other = other != kNone && has_content(other, 0);
                if (own != kNone && has_content(own, 0) && has_other != need.is_with) {
                    drop(own, 0);
                }
            }
        }
    }
}

// org-2, org-3: an organization has no address or number at home.
void Drafts::drop_home_uses() {
    for (const Resource& resource : resources_) {
        if (guide::type_name(resource.type) != "Organization") {
            continue;
        }
        for (std::uint32_t at = nodes_[resource.root].first; at != kNone; at = nodes_[at].next) {
            const std::string_view name = guide::text(nodes_[at].name);
            for (std::uint32_t in = nodes_[at].first; in != kNone; in = nodes_[in].next) {
                if ((name == "telecom" || name == "address") &&
                    guide::text(nodes_[in].name) == "use" && value(nodes_[in]) == "home") {
                    drop(in, 0);
                }
            }
        }
    }
}

bool Drafts::live(std::uint32_t number, int depth) {
    if (depth > kMaxDepth) {
        return false;
    }
    bool alive = nodes_[number].has_value;
    const bool is_extension = guide::type_name(nodes_[number].type) == "Extension";
    for (std::uint32_t at = nodes_[number].first; at != kNone; at = nodes_[at].next) {
        const bool counts = !is_extension || guide::text(nodes_[at].name) != "url";
        alive = (live(at, depth + 1) && counts && nodes_[at].name != 0) || alive;
    }
    if (is_extension) {
        const auto is_url = [&](std::uint32_t at) {
            return nodes_[at].has_value && guide::text(nodes_[at].name) == "url";
        };
        bool has_url = false;
        for (std::uint32_t at = nodes_[number].first; at != kNone; at = nodes_[at].next) {
            has_url = has_url || is_url(at);
        }
        alive = alive && has_url;
    }
    if (nodes_[number].resource != kNone) {
        alive = live_resource(nodes_[number].resource, depth + 1) || alive;
    }
    nodes_[number].is_alive = alive;
    return alive;
}

bool Drafts::live_resource(std::uint32_t number, int depth) {
    if (visited_[number] != 0) {
        // In the middle of itself, as two resources that refer to each other are: there if it has a
        // value.
        return visited_[number] == 2 ? resources_[number].is_alive
                                     : resources_[number].is_sourced || resources_[number].is_kept;
    }
    visited_[number] = 1;
    const bool has_content = live(resources_[number].root, depth);
    resources_[number].is_alive =
        resources_[number].is_kept || (resources_[number].is_sourced && has_content);
    visited_[number] = 2;
    return resources_[number].is_alive;
}

const std::vector<std::string_view>& Drafts::finish() {
    drop_what_does_not_fit();
    drop_home_uses();
    visited_.assign(resources_.size(), 0);
    for (std::uint32_t i = 0; i < resources_.size(); ++i) {
        live_resource(i, 0);
    }
    return dropped_;
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
