#include "app/arguments.hpp"

#include "base/suggest.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>
#include <utility>

namespace aorta::app {

struct Arguments::Parser {
    CLI::App app;
};

Arguments::Arguments() : parser_(std::make_unique<Parser>()) {
    parser_->app.set_help_flag();
    parser_->app.allow_extras();
}

Arguments::~Arguments() = default;

void Arguments::flag(const std::string& names, bool& into, std::string summary) {
    parser_->app.add_flag(names, into);
    described_.push_back({names, {}, std::move(summary)});
}

void Arguments::option(const std::string& names,
                       std::string value,
                       std::string& into,
                       std::string summary,
                       std::vector<std::string> one_of) {
    CLI::Option* option = parser_->app.add_option(names, into);
    if (!one_of.empty()) {
        option->check([one_of](const std::string& given) {
            const bool is_known = std::find(one_of.begin(), one_of.end(), given) != one_of.end();
            return is_known
                       ? std::string{}
                       : fmt::format(
                             "`{}` is not known; {}", given, base::suggestion_hint(given, one_of));
        });
    }
    described_.push_back({names, std::move(value), std::move(summary), std::move(one_of)});
}

void Arguments::option(const std::string& names,
                       std::string value,
                       int& into,
                       std::string summary) {
    parser_->app.add_option(names, into)->check([](const std::string& given) {
        int number = 0;
        const char* end = given.data() + given.size();
        const auto [rest, error] = std::from_chars(given.data(), end, number);
        return error == std::errc{} && rest == end
                   ? std::string{}
                   : fmt::format("a whole number is due, found `{}`", given);
    });
    described_.push_back({names, std::move(value), std::move(summary)});
}

void Arguments::option(const std::string& names,
                       std::string value,
                       std::vector<std::string>& into,
                       std::string summary) {
    parser_->app.add_option(names, into)->allow_extra_args(false);
    described_.push_back({names, std::move(value), std::move(summary)});
}

void Arguments::positional(const std::string& name,
                           std::string& into,
                           std::string summary,
                           bool required) {
    parser_->app.add_option(name, into)->required(required);
    described_.push_back({name, {}, std::move(summary), {}, true});
}

void Arguments::positional(const std::string& name,
                           std::vector<std::string>& into,
                           std::string summary,
                           bool required) {
    parser_->app.add_option(name, into)->required(required);
    described_.push_back({name, {}, std::move(summary), {}, true});
}

std::optional<std::string> Arguments::parse(std::span<const std::string> arguments) {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        parser_->app.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
        // An unknown option often leaves a required one missing: name the cause.
        const std::vector<std::string> extras = parser_->app.remaining();
        return extras.empty() ? std::string{error.what()} : unknown(extras.front());
    }
    const std::vector<std::string> extras = parser_->app.remaining();
    return extras.empty() ? std::nullopt : std::optional{unknown(extras.front())};
}

std::string Arguments::unknown(const std::string& argument) const {
    if (!argument.starts_with("-")) {
        return fmt::format("`{}` is one argument too many", argument);
    }
    std::vector<std::string> names;
    for (const Described& each : described_) {
        if (!each.is_positional) {
            const std::size_t comma = each.names.find(',');
            names.push_back(comma == std::string::npos ? each.names : each.names.substr(comma + 1));
        }
    }
    const std::string name = argument.substr(0, argument.find('='));
    return fmt::format("there is no option `{}`\n  {}", name, base::suggestion_hint(name, names));
}

std::string Arguments::help() const {
    std::size_t width = 0;
    const auto left = [](const Described& each) {
        return each.value.empty() ? each.names : each.names + " " + each.value;
    };
    for (const Described& each : described_) {
        width = std::max(width, left(each).size());
    }
    std::string out;
    for (const Described& each : described_) {
        fmt::format_to(std::back_inserter(out), "  {:<{}}  {}\n", left(each), width, each.summary);
    }
    return out;
}

}  // namespace aorta::app
