// Which dead letters an action is about.
#pragma once

#include "app/arguments.hpp"
#include "base/clock.hpp"
#include "delivery/stored_letters.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::app {

/// The numbers and filters of the command line.
class LetterChoice {
public:
    void declare(Arguments& arguments);

    /// Takes the numbers of letters out of the words of the command line; gives the others.
    std::vector<std::string> take_numbers(const std::vector<std::string>& words);
    /// Reads the options; gives what is wrong with one of them. `reason` is what `--reason` said,
    /// for actions where it means `--failed-with`.
    std::optional<std::string> read(base::Nanoseconds now, const std::string& reason);

    /// Something narrows it down.
    bool is_narrow() const;

    delivery::LetterFilter filter = {};  // after `read`

private:
    std::string node_;
    std::string failed_with_;
    std::string since_;
    std::string until_;
    std::string key_;
    std::string record_;
    std::string type_;
    int limit_ = 100;
    int before_ = 0;
};

}  // namespace aorta::app
