#include "host/options.hpp"

#include <aorta/text.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::host {
namespace {

constexpr std::uint64_t kMaxMessageBytes = 4096;

std::uint32_t type_of(const config::Value& value) {
    using Type = config::Value::Type;
    switch (value.type) {
        case Type::Null:
            return AORTA_NULL;
        case Type::Bool:
            return AORTA_BOOL;
        case Type::Int:
            return AORTA_INT;
        case Type::Real:
            return AORTA_REAL;
        case Type::String:
            return AORTA_STRING;
        case Type::List:
            return AORTA_LIST;
        case Type::Map:
            return AORTA_MAP;
        case Type::Secret:
            return value.secret.empty() ? AORTA_NULL : AORTA_STRING;
    }
    return AORTA_NULL;
}

}  // namespace

AbiOptions::AbiOptions(config::Value options)
    : options_(std::move(options)), root_(convert(options_)) {}

const aorta_value* AbiOptions::convert(const config::Value& value) {
    aorta_value& made = values_.emplace_back();
    made.size = sizeof(aorta_value);
    made.type = type_of(value);
    made.text = to_abi(value.is(config::Value::Type::Secret) ? value.secret.reveal() : value.text);
    made.integer = value.integer;
    made.real = value.real;
    made.file = to_abi(value.at.file);
    made.line = value.origin.kind == config::Origin::Kind::Default ? 0 : value.at.line;
    made.column = value.at.column;
    if (value.is_scalar()) {
        return &made;
    }
    auto& items = items_.emplace_back();
    items.reserve(value.items.size());
    for (const config::Value& item : value.items) {
        items.push_back(convert(item));
    }
    made.items = items.data();
    made.count = items.size();
    if (value.is(config::Value::Type::Map)) {
        auto& keys = keys_.emplace_back();
        keys.reserve(value.keys.size());
        for (const config::Value::Key& key : value.keys) {
            keys.push_back(to_abi(key.name));
        }
        made.keys = keys.data();
    }
    return &made;
}

AbiDiagnostics::AbiDiagnostics(config::Diagnostics& into,
                               config::Position node,
                               const aorta_tables* maybe_tables)
    : into_(into),
      node_(std::move(node)),
      tables_(maybe_tables),
      abi_{.size = sizeof(aorta_diagnostics),
           .data = this,
           .error =
               [](const aorta_diagnostics* self, const aorta_value* at, aorta_str message) {
                   static_cast<const AbiDiagnostics*>(self->data)
                       ->add(config::Severity::Error, at, message);
               },
           .warning =
               [](const aorta_diagnostics* self, const aorta_value* at, aorta_str message) {
                   static_cast<const AbiDiagnostics*>(self->data)
                       ->add(config::Severity::Warning, at, message);
               },
           .get_extension = [](const aorta_diagnostics* self, const char* id) -> const void* {
               return std::strcmp(id, AORTA_EXT_TABLES) == 0
                          ? static_cast<const AbiDiagnostics*>(self->data)->tables_
                          : nullptr;
           }} {}

void AbiDiagnostics::add(config::Severity severity,
                         const aorta_value* at,
                         aorta_str message) const {
    config::Diagnostic diagnostic;
    diagnostic.severity = severity;
    diagnostic.at = node_;
    if (at != nullptr && at->line != 0) {
        diagnostic.at = {std::string(at->file.data, at->file.size), at->line, at->column};
    }
    diagnostic.message.assign(
        message.data == nullptr ? "" : message.data,
        message.data == nullptr ? 0 : std::min(message.size, kMaxMessageBytes));
    into_.add(std::move(diagnostic));
}

}  // namespace aorta::host
