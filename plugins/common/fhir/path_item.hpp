// What FHIR paths give: elements, and values that were written or computed.
#pragma once

#include "common/fhir/tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace aorta::fhir {

/// One of the things that a path leads to. Borrows.
struct Item {
    enum class Type : std::uint8_t {
        Element,
        Bool,     ///< `truth`
        Integer,  ///< `integer`
        Number,   ///< `text`, as all literals
        Text,
        Date,
    };

    Type type = Type::Element;
    bool truth = false;
    /// The element is `_name`: it has the extensions of a value that is not there.
    bool is_shadow = false;
    std::int64_t integer = 0;
    std::string_view text = {};
    Element element = {};
    Element holder = {};           ///< the object whose member `member` is
    Element member = {};           ///< the element itself, or the array that it is in
    std::uint32_t index = 0;       ///< in that array
    std::string_view choice = {};  ///< "Quantity" of what `value` found as valueQuantity

    static Item of(const Element& root) { return {.element = root}; }

    static Item of(bool truth) { return {.type = Type::Bool, .truth = truth}; }

    static Item of(std::int64_t integer) { return {.type = Type::Integer, .integer = integer}; }
};

/// What a path's item is worth where a value is wanted.
enum class Worth : std::uint8_t {
    None,  ///< null, or a value that is not there
    Bool,
    Number,
    Text,
    Date,     ///< a literal; dates of resources are texts
    Complex,  ///< objects
};

Worth worth_of(const Item& item);

/// Of Worth::Bool.
bool truth_of(const Item& item);

/// Of Worth::Number, Text or Date; may be put into `scratch`.
std::string_view text_of(const Item& item, std::string& scratch);

/// Calls a function that takes a const Item& and returns whether to go on. Borrows the function.
class ItemSink {
public:
    template <class Visit>

    requires(!std::is_same_v<std::remove_cvref_t<Visit>, ItemSink>)
        ItemSink(Visit&& visit)  // NOLINT(google-explicit-constructor)
        : visit_(const_cast<void*>(static_cast<const void*>(&visit))),
          call_([](void* object, const Item& item) -> bool {
              return (*static_cast<std::remove_reference_t<Visit>*>(object))(item);
          }) {}

    bool operator()(const Item& item) const { return call_(visit_, item); }

private:
    void* visit_;
    bool (*call_)(void*, const Item&);
};

}  // namespace aorta::fhir
