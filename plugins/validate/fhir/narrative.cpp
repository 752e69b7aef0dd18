#include "validate/fhir/narrative.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace aorta::plugins::validate_fhir {

namespace {

constexpr std::string_view kElements[] = {
    "a",          "abbr", "acronym", "address", "area", "b",     "bdo",      "big",
    "blockquote", "br",   "caption", "cite",    "code", "col",   "colgroup", "dd",
    "del",        "dfn",  "div",     "dl",      "dt",   "em",    "h1",       "h2",
    "h3",         "h4",   "h5",      "h6",      "hr",   "i",     "img",      "ins",
    "kbd",        "li",   "map",     "ol",      "p",    "pre",   "q",        "samp",
    "small",      "span", "strong",  "sub",     "sup",  "table", "tbody",    "td",
    "tfoot",      "th",   "thead",   "tr",      "tt",   "ul",    "var"};

constexpr std::string_view kAttributes[] = {
    "abbr",        "accesskey", "align",   "alt",     "axis",     "border",  "cellpadding",
    "cellspacing", "char",      "charoff", "cite",    "class",    "colspan", "coords",
    "dir",         "frame",     "headers", "height",  "href",     "id",      "idref",
    "lang",        "longdesc",  "name",    "nowrap",  "rowspan",  "rules",   "scope",
    "shape",       "span",      "src",     "start",   "style",    "summary", "tabindex",
    "target",      "title",     "type",    "usemap",  "valign",   "value",   "width",
    "xml:lang",    "xmlns",     "bgcolor", "compact", "datetime", "rel"};

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kNamespace = "http://www.w3.org/1999/xhtml";

template <std::size_t Size>
bool is_among(const std::string_view (&names)[Size], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Reads tags one after the other.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    std::string_view run() {
        skip_space();
        if (!rest_.starts_with("<div")) {
            return "a narrative is one div element";
        }
        do {
            if (const std::string_view problem = step(); !problem.empty()) {
                return problem;
            }
        } while (!open_.empty() && !rest_.empty());
        skip_space();
        if (!open_.empty() || !rest_.empty()) {
            return "a narrative is one div element, well-formed";
        }
        return has_content_ ? std::string_view{} : "a narrative has text or an image";
    }

private:
    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size()));
    }

    std::string_view step() {
        if (rest_.starts_with("<!--")) {
            const std::size_t end = rest_.find("-->");
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 3);
            return {};
        }
        if (rest_.starts_with("</")) {
            return close();
        }
        if (rest_.starts_with("<!") || rest_.starts_with("<?")) {
            return "a narrative has no declarations";
        }
        if (rest_.starts_with("<")) {
            return open();
        }
        return text();
    }

    std::string_view text() {
        const std::string_view run = rest_.substr(0, rest_.find('<'));
        has_content_ = has_content_ || run.find_first_not_of(kSpace) != std::string_view::npos;
        rest_.remove_prefix(run.size());
        return has_bad_entity(run) ? "an & begins no entity" : std::string_view{};
    }

    static bool has_bad_entity(std::string_view run) {
        for (std::size_t at = run.find('&'); at != std::string_view::npos;
             at = run.find('&', at + 1)) {
            const std::size_t end = run.find(';', at);
            if (end == std::string_view::npos || end == at + 1 || end > at + 12) {
                return true;
            }
        }
        return false;
    }

    std::string_view name() {
        const std::string_view name = rest_.substr(0, rest_.find_first_of(" \t\r\n/>=<\"'"));
        rest_.remove_prefix(name.size());
        return name;
    }

    std::string_view close() {
        rest_.remove_prefix(2);
        const std::string_view closed = name();
        skip_space();
        if (open_.empty() || open_.back() != closed || !rest_.starts_with('>')) {
            return "the elements of a narrative do not nest";
        }
        rest_.remove_prefix(1);
        open_.pop_back();
        return {};
    }

    std::string_view open() {
        rest_.remove_prefix(1);
        const std::string_view opened = name();
        if (!is_among(kElements, opened)) {
            return "a narrative has an element that FHIR does not allow";
        }
        has_content_ = has_content_ || opened == "img";
        bool has_namespace = !open_.empty();
        while (true) {
            skip_space();
            if (rest_.starts_with("/>") || rest_.starts_with('>')) {
                break;
            }
            if (const std::string_view problem = attribute(has_namespace); !problem.empty()) {
                return problem;
            }
        }
        if (!has_namespace) {
            return "the div of a narrative has the namespace http://www.w3.org/1999/xhtml";
        }
        if (rest_.starts_with('>')) {
            open_.push_back(opened);
        }
        rest_.remove_prefix(rest_.starts_with('>') ? 1 : 2);
        return open_.size() > kMaxDepth ? "a narrative is too deeply nested" : std::string_view{};
    }

    std::string_view attribute(bool& has_namespace) {
        const std::string_view key = name();
        skip_space();
        if (key.empty() || !rest_.starts_with('=')) {
            return "a narrative is not well-formed";
        }
        rest_.remove_prefix(1);
        skip_space();
        const char quote = rest_.empty() ? '\0' : rest_[0];
        const std::size_t end =
            quote == '"' || quote == '\'' ? rest_.find(quote, 1) : std::string_view::npos;
        if (end == std::string_view::npos) {
            return "a narrative is not well-formed";
        }
        const std::string_view value = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        if (!is_among(kAttributes, key)) {
            return "a narrative has an attribute that FHIR does not allow";
        }
        if (key == "xmlns" && value != kNamespace) {
            return "the div of a narrative has the namespace http://www.w3.org/1999/xhtml";
        }
        has_namespace = has_namespace || key == "xmlns";
        const std::string_view scheme = value.substr(0, 11);
        if ((key == "href" || key == "src") && (scheme.starts_with("javascript:"))) {
            return "a narrative has a script";
        }
        return has_bad_entity(value) && key != "href" && key != "src" ? "an & begins no entity"
                                                                      : std::string_view{};
    }

    static constexpr std::size_t kMaxDepth = 256;

    std::string_view rest_;
    std::vector<std::string_view> open_;
    bool has_content_ = false;
};

}  // namespace

std::string_view problem_of_narrative(std::string_view text) {
    return Reader{text}.run();
}

}  // namespace aorta::plugins::validate_fhir
