// Looking into JSON without a tree: the members of an object, the items of an array, as slices of
// the text. For answers of peers, of which few members matter.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::http {

/// Called with each member's name (decoded) and value (a slice); false ends the walk.
using OnMember = std::function<bool(std::string_view name, std::string_view value)>;
using OnItem = std::function<bool(std::string_view value)>;

/// False when the text is no object, or is broken before the walk has ended, or goes on behind it.
/// A byte order mark is passed over. Only structure is looked at: strings, brackets up to 64 deep,
/// commas; a slice may hold nonsense.
bool each_member(std::string_view object, const OnMember& on_member);
bool each_item(std::string_view array, const OnItem& on_item);

/// The slice of the first member of this name; empty when there is none.
std::string_view json_member(std::string_view object, std::string_view name);

/// The text of a slice that is a string.
std::optional<std::string> json_text(std::string_view slice);

/// The text of a member that is a string; empty otherwise.
std::string json_text_of(std::string_view object, std::string_view name);

/// In quotes, escaped.
std::string json_quoted(std::string_view text);

}  // namespace aorta::http
