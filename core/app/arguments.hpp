// The arguments of one verb: declared once, for parsing, help and completion. Wraps CLI11.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::app {

/// Declare, then parse once. What is declared is borrowed: the variables outlive the parsing.
class Arguments {
public:
    /// One option as help and completion show it.
    struct Described {
        std::string names;  // "-q,--quiet"
        std::string value;  // "FILE"; empty for flags
        std::string summary;
        std::vector<std::string> one_of = {};
        bool is_positional = false;
    };

    Arguments();
    Arguments(const Arguments&) = delete;
    Arguments& operator=(const Arguments&) = delete;
    ~Arguments();

    void flag(const std::string& names, bool& into, std::string summary);
    void option(const std::string& names,
                std::string value,
                std::string& into,
                std::string summary,
                std::vector<std::string> one_of = {});
    void option(const std::string& names, std::string value, int& into, std::string summary);
    /// May be given again and again.
    void option(const std::string& names,
                std::string value,
                std::vector<std::string>& into,
                std::string summary);
    void positional(const std::string& name, std::string& into, std::string summary, bool required);
    void positional(const std::string& name,
                    std::vector<std::string>& into,
                    std::string summary,
                    bool required);

    const std::vector<Described>& described() const { return described_; }

    /// Nothing when all is well, else a sentence (two lines with a suggestion).
    std::optional<std::string> parse(std::span<const std::string> arguments);

    /// The options as a table for a terminal.
    std::string help() const;

private:
    struct Parser;  // of CLI11

    std::string unknown(const std::string& argument) const;

    std::unique_ptr<Parser> parser_;
    std::vector<Described> described_;
};

}  // namespace aorta::app
