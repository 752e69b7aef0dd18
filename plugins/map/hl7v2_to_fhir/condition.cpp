#include "map/hl7v2_to_fhir/condition.hpp"

#include "common/hl7/escape.hpp"

#include <array>
#include <string>

namespace aorta::plugins::map_hl7v2_to_fhir {

namespace {

using guide::Op;
using guide::OpCode;

/// The raw text that an operation is about; without data if it is not there.
std::string_view operand(const Op& op, const MessageView& view, const Situation& at) {
    const hl7::Message& message = view.message();
    Source source = at.value;
    if (op.segment != 0) {
        const auto segment = view.find_near(guide::text(op.segment), at.segment);
        if (!segment) {
            return {};
        }
        if (op.field == 0) {
            return message.segment(*segment);
        }
        const std::string_view field = message.field(*segment, op.field);
        const bool is_own = *segment == at.segment && op.field == at.field;
        if (op.code == OpCode::Count ||
            (op.code == OpCode::Valued && op.component == 0 && !is_own)) {
            return field;
        }
        source = {is_own && at.own.data() != nullptr ? at.own : message.repetitions(field).at(1)};
        if (op.component != 0) {
            source = source.part(message, op.component);
            if (op.subcomponent != 0) {
                source = source.part(message, op.subcomponent);
            }
        }
    } else if (op.field != 0) {
        source = source.part(message, op.field);
        if (op.component != 0) {
            source = source.part(message, op.component);
        }
    }
    return op.code == OpCode::In || op.code == OpCode::Longer ? source.leaf(message).raw
                                                              : source.raw;
}

bool test(const Op& op, const MessageView& view, const Situation& at, Account& account) {
    const hl7::Message& message = view.message();
    const std::string_view raw = operand(op, view, at);
    switch (op.code) {
        case OpCode::Valued:
            return view.is_valued(raw);
        case OpCode::Count: {
            const std::size_t number = view.count(raw);
            return number >= op.argument / 256U &&
                   number <= (op.argument % 256U == 255U ? ~0U : op.argument % 256U);
        }
        case OpCode::Longer:
            return raw.size() > op.argument;
        case OpCode::Same: {
            Op other = op;
            other.field = static_cast<std::uint8_t>(op.argument / 256);
            other.component = static_cast<std::uint8_t>(op.argument % 256);
            other.subcomponent = 0;
            return raw == operand(other, view, at);
        }
        case OpCode::In: {
            const std::string_view values = guide::text(op.argument);
            if (!is_valued(message, raw)) {
                return guide::is_one_of(values, "");
            }
            const bool is_one =
                hl7::has_escapes(raw, message.delimiters())
                    ? guide::is_one_of(values, hl7::decode(raw, message.delimiters()))
                    : guide::is_one_of(values, raw);
            if (is_one) {
                account.mark(raw, Outcome::Policy);
            }
            return is_one;
        }
        case OpCode::And:
        case OpCode::Or:
        case OpCode::Not:
            break;
    }
    return false;
}

}  // namespace

bool holds(std::span<const Op> condition,
           const MessageView& view,
           const Situation& at,
           Account& account) {
    std::array<bool, 64> stack{};
    std::size_t size = 0;
    for (const Op& op : condition) {
        if (op.code == OpCode::Not) {
            stack[size - 1] = !stack[size - 1];
        } else if (op.code == OpCode::And || op.code == OpCode::Or) {
            --size;
            stack[size - 1] = op.code == OpCode::And ? stack[size - 1] && stack[size]
                                                     : stack[size - 1] || stack[size];
        } else {
            stack[size++] = test(op, view, at, account);
        }
    }
    return size == 0 || stack[0];
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
