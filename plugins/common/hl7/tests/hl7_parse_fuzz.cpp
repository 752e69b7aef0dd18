// Any bytes: index, read everything, edit, escape. What must hold is asserted.
#include "common/hl7/ack.hpp"
#include "common/hl7/edit.hpp"
#include "common/hl7/escape.hpp"
#include "common/hl7/header.hpp"
#include "common/hl7/message.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace aorta::hl7;  // NOLINT(google-build-using-namespace): one file, one subject

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check_escapes(std::string_view piece, const Delimiters& delimiters) {
    std::string text;
    decode(piece, delimiters, TextKind::Formatted, text);
    text.clear();
    decode(piece, delimiters, TextKind::Plain, text);
    for (const std::string_view any : {piece, std::string_view{text}}) {
        std::string raw;
        if (encode(any, delimiters, raw).ok()) {
            require(decode(raw, delimiters) == any);
        } else {
            require(delimiters.escape == 0 && raw.empty());
        }
    }
}

void read_field(const Message& message, std::size_t segment, std::uint32_t number) {
    const std::string_view field = message.field(segment, number);
    require(field.data() != nullptr);
    require(field.data() >= message.payload().data() &&
            field.data() + field.size() <= message.payload().data() + message.payload().size());
    std::size_t bytes = 0;
    std::uint32_t repetition_number = 0;
    for (const std::string_view repetition : message.repetitions(field)) {
        bytes += repetition.size() + 1;
        Path path;
        path.field = number;
        path.repetition = ++repetition_number;
        const Value value = message.get(segment, path);
        require(value.presence != Presence::Absent || (message.is_header(segment) && number <= 2));
        if (repetition_number == Path::kMax) {
            break;
        }
        for (const std::string_view component : message.components(repetition)) {
            for (const std::string_view piece : message.subcomponents(component)) {
                check_escapes(piece, message.delimiters());
            }
        }
        if (repetition_number > 20) {
            return;  // get() walks from the front each time
        }
    }
    require(bytes == field.size() + 1);
}

void check_edit(const Message& message) {
    require(Edit(message).apply() == message.payload());
    for (std::size_t segment = 0; segment < message.segment_count() && segment < 5; ++segment) {
        const auto count = static_cast<std::uint32_t>(message.field_count(segment));
        for (const std::uint32_t number : {1U, count, count + 3}) {
            Path path;
            path.field = number;
            Edit edit(message);
            if (number == 0 || !edit.set_raw(segment, path, "NEW").ok()) {
                continue;
            }
            const std::string changed = edit.apply();
            IndexBuilder builder;
            require(builder.build(changed).ok());
            const Message again(changed, builder.view());
            require(again.segment_count() == message.segment_count());
            require(again.get(segment, path).raw == "NEW");
            for (std::size_t other = 0; other < message.segment_count(); ++other) {
                require(other == segment || again.segment(other) == message.segment(other));
            }
        }
    }
    if (message.segment_count() > 1) {
        Edit edit(message);
        require(edit.remove_segment(1).ok());
        const std::string_view raw = "ZZZ|1";
        require(edit.insert_segment(message.segment_count(), raw).ok());
        std::string changed = edit.apply();
        IndexBuilder builder;
        require(builder.build(changed).ok());
        require(builder.view().header->segment_count == message.segment_count());
    }
}

void check_scans_agree(std::string_view payload) {
    ScanResult results[3];
    for (const Isa isa : {Isa::Portable, Isa::Sse2, Isa::Avx2}) {
        ScanResult& result = results[static_cast<int>(isa)];
        require(scan(payload, '|', '\r', payload.size(), payload.size(), isa, result));
        result.hits.resize(result.hit_count);
        result.terminators.resize(result.terminator_count);
        require(result.hits == results[0].hits && result.terminators == results[0].terminators);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 20000) {
        return 0;
    }
    const std::string_view payload(reinterpret_cast<const char*>(data), size);
    check_scans_agree(payload);
    check_escapes(payload, Delimiters{});
    AckSpec spec;
    spec.error = AckError{};
    require(parse_ack(build_ack(payload, spec)).ok());
    static_cast<void>(parse_ack(payload).ok());
    if (const auto path = parse_path(payload.substr(0, 60)); path.ok()) {
        require(to_string(*path) == payload.substr(0, 60));
    }

    IndexBuilder builder;
    if (!builder.build(payload).ok()) {
        return 0;
    }
    std::vector<std::uint32_t> block(builder.block_size() / sizeof(std::uint32_t));
    builder.copy_to(block.data());
    const auto view = IndexView::open(block.data(), builder.block_size(), payload);
    require(view.ok());
    const Message message(payload, *view);
    for (std::size_t segment = 0; segment < message.segment_count(); ++segment) {
        const std::size_t count = message.field_count(segment);
        for (std::uint32_t number = 1; number <= count; ++number) {
            read_field(message, segment, number);
        }
        require(message.field(segment, count + 1).data() == nullptr);
    }
    check_edit(message);
    return 0;
}
