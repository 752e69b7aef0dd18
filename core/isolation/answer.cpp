#include "isolation/answer.hpp"

#include "transport/wire.hpp"

namespace aorta::isolation {
namespace {

constexpr std::uint64_t kMostPairs = 256;
constexpr std::uint64_t kMostParents = 1'000'000;
constexpr std::size_t kMostMessage = 4'096;
constexpr std::uint64_t kAnyText = ~std::uint64_t{0};

void read(transport::WireReader& in, Act& act) {
    act.deed = static_cast<Deed>(in.varint(static_cast<std::uint64_t>(Deed::HasState)));
    if (act.deed < Deed::SetPayload) {
        in.fail();
    }
    act.record = in.varint();
    act.before = in.varint();
    act.number = in.varint();
    act.kind = in.varint();
    act.time_ns = static_cast<std::int64_t>(in.difference(0));
    act.has_bytes = in.varint(1) != 0;
    act.name = in.text(kAnyText);
    act.bytes = in.text(kAnyText);
    act.where = in.text(kAnyText);
    const std::uint64_t pairs = in.varint(kMostPairs);
    for (std::uint64_t i = 0; i < pairs && in.is_good(); ++i) {
        const std::string_view name = in.text(kAnyText);
        act.pairs.emplace_back(name, in.text(kAnyText));
    }
    const std::uint64_t parents = in.varint(kMostParents);
    for (std::uint64_t i = 0; i < parents && in.is_good(); ++i) {
        act.parents.push_back(in.varint());
    }
}

}  // namespace

void write(std::string& answer, const Act& act) {
    transport::WireWriter out{std::move(answer)};
    out.varint(static_cast<std::uint64_t>(act.deed));
    out.varint(act.record);
    out.varint(act.before);
    out.varint(act.number);
    out.varint(act.kind);
    out.difference(static_cast<std::uint64_t>(act.time_ns), 0);
    out.varint(act.has_bytes ? 1 : 0);
    out.text(act.name);
    out.text(act.bytes);
    out.text(act.where);
    out.varint(act.pairs.size());
    for (const auto& [name, value] : act.pairs) {
        out.text(name);
        out.text(value);
    }
    out.varint(act.parents.size());
    for (const std::uint64_t parent : act.parents) {
        out.varint(parent);
    }
    answer = out.take();
}

Result<std::vector<Act>> read_answer(std::string_view answer, std::size_t most) {
    transport::WireReader in{answer};
    std::vector<Act> acts;
    while (!in.rest().empty()) {
        if (acts.size() == most) {
            return Error{ErrorCode::ResourceExhausted, "more deeds than one call may have"};
        }
        read(in, acts.emplace_back());
    }
    if (!in.is_good()) {
        return Error{ErrorCode::Corrupt, "an answer cannot be read"};
    }
    return acts;
}

Result<void> read_report(std::span<const Act> acts, config::Diagnostics& diagnostics) {
    Result<void> result;
    for (const Act& act : acts) {
        if (act.deed == Deed::Finding) {
            diagnostics.add(
                {.severity = act.kind == 0 ? config::Severity::Error : config::Severity::Warning,
                 .at = {.file = std::string{act.where},
                        .line = static_cast<std::uint32_t>(act.record),
                        .column = static_cast<std::uint32_t>(act.before)},
                 .message = std::string{act.name.substr(0, kMostMessage)},
                 .hint = std::string{act.bytes.substr(0, kMostMessage)}});
        } else if (act.deed == Deed::Result) {
            const bool is_known =
                act.number != 0 && act.number <= static_cast<std::uint64_t>(ErrorCode::Internal);
            result = Error{is_known ? static_cast<ErrorCode>(act.number) : ErrorCode::Internal,
                           std::string{act.name.substr(0, kMostMessage)}};
        }
    }
    return result;
}

}  // namespace aorta::isolation
