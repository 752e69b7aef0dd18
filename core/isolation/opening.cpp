#include "isolation/opening.hpp"

#include "transport/wire.hpp"

#include <bit>
#include <utility>

namespace aorta::isolation {
namespace {

using config::Value;
using transport::WireReader;
using transport::WireWriter;

constexpr std::uint64_t kAnySize = ~std::uint64_t{0};

void write(WireWriter& out, const config::Position& at) {
    out.text(at.file);
    out.varint(at.line);
    out.varint(at.column);
}

config::Position read_position(WireReader& in) {
    config::Position at;
    at.file = in.text(kAnySize);
    at.line = static_cast<std::uint32_t>(in.varint(UINT32_MAX));
    at.column = static_cast<std::uint32_t>(in.varint(UINT32_MAX));
    return at;
}

void write(WireWriter& out, const Value& value) {
    out.varint(static_cast<std::uint64_t>(value.type));
    out.varint(value.quoted ? 1 : 0);
    out.difference(static_cast<std::uint64_t>(value.integer), 0);
    out.fixed(std::bit_cast<std::uint64_t>(value.real));
    out.text(value.text);
    out.text(value.secret.reveal());
    write(out, value.at);
    out.varint(static_cast<std::uint64_t>(value.origin.kind));
    out.varint(value.items.size());
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        out.text(value.is(Value::Type::Map) ? value.keys[i].name : std::string_view{});
        write(out, value.items[i]);
    }
}

// As deep as the worker's own tree, which has a bound.
// NOLINTNEXTLINE(misc-no-recursion)
Value read_value(WireReader& in) {
    Value value;
    value.type =
        static_cast<Value::Type>(in.varint(static_cast<std::uint64_t>(Value::Type::Secret)));
    value.quoted = in.varint(1) != 0;
    value.integer = static_cast<std::int64_t>(in.difference(0));
    value.real = std::bit_cast<double>(in.fixed());
    value.text = in.text(kAnySize);
    value.secret = config::Secret{std::string{in.text(kAnySize)}};
    value.at = read_position(in);
    value.origin.kind = static_cast<config::Origin::Kind>(
        in.varint(static_cast<std::uint64_t>(config::Origin::Kind::Unset)));
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        std::string name{in.text(kAnySize)};
        if (value.is(Value::Type::Map)) {
            value.keys.push_back({.name = std::move(name)});
        }
        value.items.push_back(read_value(in));
    }
    return value;
}

void write(WireWriter& out, const std::vector<std::string>& texts) {
    out.varint(texts.size());
    for (const std::string& text : texts) {
        out.text(text);
    }
}

std::vector<std::string> read_texts(WireReader& in) {
    std::vector<std::string> texts;
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        texts.emplace_back(in.text(kAnySize));
    }
    return texts;
}

void write(WireWriter& out, const TableShape& table) {
    out.text(table.name);
    write(out, table.columns);
    out.varint(table.keys.size());
    for (const std::uint64_t key : table.keys) {
        out.varint(key);
    }
    out.varint(table.on_missing);
    out.varint(table.has_defaults ? 1 : 0);
    write(out, table.defaults);
}

TableShape read_table(WireReader& in) {
    TableShape table;
    table.name = in.text(kAnySize);
    table.columns = read_texts(in);
    const std::uint64_t keys = in.varint();
    for (std::uint64_t i = 0; i < keys && in.is_good(); ++i) {
        table.keys.push_back(in.varint());
    }
    table.on_missing = in.varint();
    table.has_defaults = in.varint(1) != 0;
    table.defaults = read_texts(in);
    return table;
}

}  // namespace

std::string encode(const Opening& opening) {
    WireWriter out;
    out.text(opening.plugin.native());
    write(out, opening.options);
    write(out, opening.at);
    out.varint(opening.tables.size());
    for (const TableShape& table : opening.tables) {
        write(out, table);
    }
    out.varint(opening.permissions.has_network ? 1 : 0);
    out.varint(opening.permissions.writes_files ? 1 : 0);
    out.varint(opening.memory_bytes);
    out.varint(opening.only_checks ? 1 : 0);
    out.varint(opening.is_clock_frozen ? 1 : 0);
    return out.take();
}

Result<Opening> read_opening(std::string_view bytes) {
    WireReader in{bytes};
    Opening opening;
    opening.plugin = in.text(kAnySize);
    opening.options = read_value(in);
    opening.at = read_position(in);
    const std::uint64_t tables = in.varint();
    for (std::uint64_t i = 0; i < tables && in.is_good(); ++i) {
        opening.tables.push_back(read_table(in));
    }
    opening.permissions.has_network = in.varint(1) != 0;
    opening.permissions.writes_files = in.varint(1) != 0;
    opening.memory_bytes = in.varint();
    opening.only_checks = in.varint(1) != 0;
    opening.is_clock_frozen = in.varint(1) != 0;
    if (!in.is_at_end()) {
        return Error{ErrorCode::Corrupt, "the opening of an isolated plugin cannot be read"};
    }
    return opening;
}

}  // namespace aorta::isolation
