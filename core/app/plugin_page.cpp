#include "app/plugin_page.hpp"

#include "app/console.hpp"
#include "base/text.hpp"
#include "config/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace aorta::app {

using config::Descriptor;
using config::Kind;
using config::Option;
using config::OptionType;

namespace {

std::string type_of(const Option& option) {
    std::string type{config::to_string(option.type)};
    if (option.item) {
        type += fmt::format(" of {}", config::to_string(*option.item));
    } else if (!option.fields.empty() && option.type == OptionType::List) {
        type += " of maps";
    }
    return type;
}

std::string range_of(const Option& option) {
    std::string range;
    if (!option.one_of.empty()) {
        range = base::join(option.one_of, ", ");
    } else if (option.min && option.max) {
        range = *option.min + " … " + *option.max;
    } else if (option.min) {
        range = "≥ " + *option.min;
    } else if (option.max) {
        range = "≤ " + *option.max;
    }
    return option.unit.empty() ? range : range + (range.empty() ? "" : " ") + option.unit;
}

void add_options(PageTable& table, const std::vector<Option>& options, const std::string& prefix) {
    for (const Option& option : options) {
        const std::string name = prefix + option.name;
        table.rows.push_back({name,
                              type_of(option),
                              option.required ? "required" : option.default_text.value_or(""),
                              range_of(option),
                              option.example,
                              option.summary});
        const std::string inner = option.type == OptionType::List ? name + "[]." : name + ".";
        add_options(table, option.fields, inner);
    }
}

std::string_view name_of(config::Concurrency concurrency) {
    switch (concurrency) {
        case config::Concurrency::Stateless:
            return "stateless: any number of lanes";
        case config::Concurrency::Keyed:
            return "keyed: lanes split by key";
        case config::Concurrency::Serial:
            return "serial: one lane";
    }
    return {};
}

/// Required options that have an example: enough to begin with.
std::string example_of(const Descriptor& descriptor) {
    std::string with;
    for (const Option& option : descriptor.options) {
        if (option.required || (!option.example.empty() && !option.default_text && with.empty())) {
            fmt::format_to(std::back_inserter(with),
                           "      {}: {}\n",
                           option.name,
                           option.example.empty() ? "…" : option.example);
        }
    }
    std::string out = fmt::format("nodes:\n  my_{}:\n    {}: {}\n",
                                  descriptor.kind == Kind::Processor
                                      ? "step"
                                      : std::string{config::to_string(descriptor.kind)},
                                  config::plugin_key(descriptor.kind),
                                  descriptor.id);
    if (descriptor.kind != Kind::Source) {
        out += "    from: …\n";
    } else if (descriptor.network) {
        out += "    ack: { level: delivered }\n";
    }
    return with.empty() ? out : out + "    with:\n" + with;
}

std::string escaped(std::string_view cell) {
    std::string out;
    for (const char c : cell) {
        if (c == '|') {
            out += '\\';
        }
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

bool is_code(std::string_view head) {
    return head == "option" || head == "default" || head == "example" || head == "port" ||
           head == "reason" || head == "content type";
}

constexpr std::size_t kFact = 21;  // the longest name of a fact
constexpr std::string_view kIndentOfFact = "                         ";

/// The words in rows, the first behind `head`, the others behind `indent`.
std::string wrapped(std::string_view text,
                    std::string_view head,
                    std::string_view indent,
                    std::size_t width) {
    std::string out;
    std::string row{head};
    bool is_bare = true;  // no word yet in this row
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t length = base::count_code_points(row) + base::count_code_points(word);
        if (!is_bare && length + 1 > width) {
            out += row + "\n";
            row = indent;
            is_bare = true;
        }
        row += is_bare ? "" : " ";
        row += word;
        is_bare = false;
    }
    return out + row + "\n";
}

bool is_within(std::string_view text, std::size_t width) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (base::count_code_points(text.substr(0, end)) > width) {
            return false;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

/// Rows that are too wide for a table: what is short on one line, the meaning below it.
std::string in_blocks(const std::vector<std::vector<std::string>>& rows, std::size_t width) {
    std::string out;
    const std::vector<std::string>& head = rows.front();
    for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
        std::string facts;
        for (std::size_t i = 1; i + 1 < row->size(); ++i) {
            const std::string& cell = (*row)[i];
            if (cell.empty()) {
                continue;
            }
            // "text" and "required" need no name before them.
            const bool is_plain = head[i] == "type" || cell == "required";
            facts += facts.empty() ? "" : ", ";
            facts += is_plain ? cell : fmt::format("{} {}", head[i], cell);
        }
        out += wrapped(facts, "  " + row->front() + "  ", "      ", width);
        if (!row->back().empty()) {
            out += wrapped(row->back(), "      ", "      ", width);
        }
    }
    return out;
}

}  // namespace

Page page_of(const Descriptor& descriptor) {
    Page page;
    page.title = fmt::format("{} ({})", descriptor.id, config::to_string(descriptor.kind));
    page.summary = descriptor.summary;
    const auto fact = [&](std::string name, std::string_view value) {
        page.facts.push_back({std::move(name), std::string{value}});
    };
    fact("status", descriptor.status == config::Status::Stable ? "stable" : "preview");
    fact("version", descriptor.version);
    if (descriptor.kind != Kind::Source) {
        fact("accepts",
             base::join(descriptor.inputs, ", ") == "*" ? "anything"
                                                        : base::join(descriptor.inputs, ", "));
    }
    if (descriptor.kind == Kind::Processor) {
        fact("lanes", name_of(descriptor.concurrency));
    }
    fact("patient data", descriptor.handles_phi ? "reads or writes it" : "does not touch it");
    if (descriptor.network) {
        fact("network", "talks to peers");
    }
    if (descriptor.may_block) {
        fact("thread", "of its own");
    }
    if (descriptor.completion) {
        fact("a delivered record is",
             *descriptor.completion == config::Completion::Durable
                 ? "durable"
                 : "handed over, not yet durable");
    }
    if (descriptor.replies) {
        fact("replies", "a source may answer with what its peers say: ack: { reply: NODE }");
    }
    PageTable options{"Options", {{"option", "type", "default", "range", "example", "meaning"}}};
    add_options(options, descriptor.options, {});
    PageTable ports{"Ports", {{"port", "content type", "meaning"}}};
    for (const config::OutputPort& port : descriptor.outputs) {
        ports.rows.push_back({port.name, port.content_type, port.summary});
    }
    if (!descriptor.ports_from.empty()) {
        ports.rows.push_back(
            {"…", "same", fmt::format("one for each key of `{}`", descriptor.ports_from)});
    }
    PageTable reasons{"Reasons", {{"reason", "meaning"}}};
    for (const config::Reason& reason : descriptor.reasons) {
        reasons.rows.push_back({reason.id, reason.summary});
    }
    for (PageTable* table : {&options, &ports, &reasons}) {
        if (table->rows.size() > 1) {
            page.tables.push_back(std::move(*table));
        }
    }
    page.example = example_of(descriptor);
    return page;
}

std::string to_terminal(const Page& page, std::size_t width) {
    std::string out = page.title + "\n" + wrapped(page.summary, "", "", width) + "\n";
    for (const std::vector<std::string>& fact : page.facts) {
        out += wrapped(fact[1], fmt::format("  {:<{}}  ", fact[0], kFact), kIndentOfFact, width);
    }
    for (const PageTable& each : page.tables) {
        const std::string text = table(each.rows, "  ");
        out += fmt::format("\n{}\n", each.title);
        out += is_within(text, width) ? text : in_blocks(each.rows, width);
    }
    out += "\nExample\n";
    std::string_view rest = page.example;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        fmt::format_to(std::back_inserter(out), "  {}\n", rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    return out;
}

std::string to_markdown(const Page& page) {
    std::string out = fmt::format("# {}\n\n{}\n\n", page.title, page.summary);
    out += "| | |\n|---|---|\n";
    for (const auto& fact : page.facts) {
        fmt::format_to(std::back_inserter(out), "| {} | {} |\n", fact[0], escaped(fact[1]));
    }
    for (const PageTable& each : page.tables) {
        fmt::format_to(std::back_inserter(out), "\n## {}\n\n", each.title);
        const std::vector<std::string>& head = each.rows.front();
        for (std::size_t row = 0; row < each.rows.size(); ++row) {
            for (std::size_t i = 0; i < head.size(); ++i) {
                const std::string cell = escaped(each.rows[row][i]);
                const bool marks_code = row > 0 && is_code(head[i]) && !cell.empty() &&
                                        cell != "required" && cell.find('`') == std::string::npos;
                out += marks_code ? fmt::format("| `{}` ", cell) : fmt::format("| {} ", cell);
            }
            out += "|\n";
            if (row == 0) {
                for (std::size_t i = 0; i < head.size(); ++i) {
                    out += "|---";
                }
                out += "|\n";
            }
        }
    }
    return out + fmt::format("\n## Example\n\n```yaml\n{}```\n", page.example);
}

}  // namespace aorta::app
