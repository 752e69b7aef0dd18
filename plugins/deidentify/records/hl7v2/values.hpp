// The treatments of single values that need nothing but the value.
#pragma once

#include "common/hl7/delimiters.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace aorta::plugins::deidentify {

/// Appends components at their places; no separators behind the last.
class ComponentWriter {
public:
    ComponentWriter(char separator, std::string& out) : separator_(separator), out_(out) {}

    /// Numbers ascend.
    void put(std::size_t number, std::string_view text);

private:
    char separator_;
    std::string& out_;
    std::size_t at_ = 1;
};

/// CE, CWE, CNE: the first two triples of code, text and system, and their versions. Text and
/// system go where the code is missing, the original text always; with `code_only` also all texts,
/// and codes without a system.
void append_coded(std::string_view repetition,
                  bool code_only,
                  const hl7::Delimiters& delimiters,
                  std::string& out);

/// Codes with their systems stay, and what `change` makes of the texts and of codes without a
/// system; where it gives an empty text, nothing stays.
void append_coded_text(std::string_view repetition,
                       const hl7::Delimiters& delimiters,
                       const std::function<std::string(std::string_view)>& change,
                       std::string& out);

/// SN, NR: components of digits, signs, comparators and separators.
void append_structured(std::string_view repetition,
                       const hl7::Delimiters& delimiters,
                       std::string& out);

/// CQ: a number and labels.
void append_quantity(std::string_view repetition,
                     const hl7::Delimiters& delimiters,
                     std::string& out);

/// Components that are labels: up to 40 printable ASCII characters, no space.
void append_labels(std::string_view repetition,
                   const hl7::Delimiters& delimiters,
                   std::string& out);

/// An address: state, postal code, country and type as far as they are what they should be; the
/// first three digits of a ZIP code if enough people live there, else 000. `whole_city` keeps city
/// and postal code.
void append_address(std::string_view repetition,
                    bool whole_city,
                    bool is_us_by_default,
                    const hl7::Delimiters& delimiters,
                    std::string& out);

/// A number with an optional comparator before it: <, >, =, <=, >=.
bool is_compared_number(std::string_view text);

/// "4.0-10.5", "< 5", "7": a reference range.
bool is_range(std::string_view text);

}  // namespace aorta::plugins::deidentify
