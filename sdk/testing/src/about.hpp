// What the harness takes from a descriptor, and options made from it.
#pragma once

#include "flow.hpp"

#include <aorta/abi.h>
#include <aorta/result.hpp>

#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::testing {

struct About {
    enum class Kind { Source, Processor, Sink };

    std::string id = {};
    Kind kind = Kind::Processor;
    std::vector<std::string> inputs = {};
    std::vector<std::string> ports = {};          // names, by number
    std::vector<std::string> content_types = {};  // of the ports; "same" is the input's
    std::string ports_from = {};
    std::set<std::string, std::less<>> reasons = {};
    bool replies = false;
    Node options = {};
};

Result<About> read_about(std::string_view descriptor);

/// The options of an instance in the form of the ABI, owned; does not move.
class OptionTree {
public:
    OptionTree() = default;
    OptionTree(const OptionTree&) = delete;
    OptionTree& operator=(const OptionTree&) = delete;
    ~OptionTree() = default;

    /// Checks what was given against the schema and fills in defaults. Call once.
    Result<void> build(const About& about, std::string_view given);

    const aorta_value* root() const { return root_; }

    /// The keys of a map option, for `ports_from`.
    std::vector<std::string> keys_of(std::string_view option) const;

private:
    aorta_value* add(std::uint32_t type, std::string_view text = {});
    void set_items(aorta_value& value,
                   std::vector<const aorta_value*> items,
                   const std::vector<std::string>& keys);
    const aorta_value* convert(const Node& given, const Node& option);
    const aorta_value* scalar(const Node& given, std::string_view type, std::string_view name);
    const aorta_value* list(const Node& given, const Node& option);
    const aorta_value* map(const Node& given, const Node& option);
    const aorta_value* fields(const Node& given, const Node& schema, std::string_view name);
    const aorta_value* missing(const Node& option);
    const aorta_value* any(const Node& given);
    const aorta_value* fail(std::string_view name, std::string_view problem);

    std::deque<aorta_value> values_;
    std::deque<std::string> texts_;
    std::deque<std::vector<const aorta_value*>> items_;
    std::deque<std::vector<aorta_str>> keys_;
    std::string problem_;
    std::string where_;
    const aorta_value* root_ = nullptr;
};

}  // namespace aorta::testing
