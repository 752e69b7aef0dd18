// A plugin's reference page, made of its descriptor.
#pragma once

#include "config/descriptor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aorta::app {

/// A heading and a table, as terminal and Markdown show them.
struct PageTable {
    std::string title;
    std::vector<std::vector<std::string>> rows;  // the first is the head
};

struct Page {
    std::string title;  // "filter (processor)"
    std::string summary;
    std::vector<std::vector<std::string>> facts;  // name, value
    std::vector<PageTable> tables;                // options, ports, reasons
    std::string example;                          // YAML
};

Page page_of(const config::Descriptor& descriptor);

/// For rows of so many characters; words that are longer stand out.
std::string to_terminal(const Page& page, std::size_t width);
std::string to_markdown(const Page& page);

}  // namespace aorta::app
