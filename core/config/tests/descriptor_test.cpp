#include "config/descriptor.hpp"

#include <gtest/gtest.h>

namespace aorta::config {
namespace {

constexpr std::string_view kFilter = R"({
  "id": "filter", "kind": "processor", "version": "1.0.0", "summary": "Keeps what fits", "status": "stable",
  "inputs": ["hl7v2", "fhir"], "outputs": [{"name": "out", "content_type": "same"}],
  "ports_from": "cases", "concurrency": "stateless", "handles_phi": true,
  "reasons": [{"id": "filter.no_match", "summary": "The condition is false"}],
  "options": [
    {"name": "when", "type": "expression", "summary": "Condition", "required": true, "example": "PID-8 == 'F'"},
    {"name": "window", "type": "duration", "summary": "Time", "default": "5s", "min": "1ms", "max": "1h"},
    {"name": "cases", "type": "map", "summary": "Ports", "item": "expression"},
    {"name": "rules", "type": "list", "summary": "Rules", "fields": [
      {"name": "priority", "type": "text", "summary": "P", "one_of": ["low", "high"], "default": "low"}]}]})";

TEST(Descriptor, IsReadWhole) {
    const auto descriptor = parse_descriptor(kFilter);
    ASSERT_TRUE(descriptor.ok()) << descriptor.error().message << " " << descriptor.error().where;
    EXPECT_EQ(descriptor->id, "filter");
    EXPECT_EQ(descriptor->kind, Kind::Processor);
    EXPECT_EQ(descriptor->status, Status::Stable);
    EXPECT_EQ(descriptor->concurrency, Concurrency::Stateless);
    EXPECT_TRUE(descriptor->handles_phi);
    EXPECT_FALSE(descriptor->may_block);
    EXPECT_EQ(descriptor->inputs.size(), 2U);
    EXPECT_EQ(descriptor->outputs[0].content_type, "same");
    EXPECT_EQ(descriptor->ports_from, "cases");
    EXPECT_EQ(descriptor->reasons[0].id, "filter.no_match");
    ASSERT_EQ(descriptor->options.size(), 4U);
    EXPECT_TRUE(descriptor->options[0].required);
    EXPECT_EQ(descriptor->options[1].default_text, "5s");
    EXPECT_EQ(descriptor->options[2].item, OptionType::Expression);
    EXPECT_EQ(descriptor->options[3].fields[0].one_of.size(), 2U);
}

std::string sink_with(std::string_view more) {
    return R"({"id": "x", "kind": "sink", "version": "1", "summary": "s", "inputs": ["*"])" +
           std::string(more) + "}";
}

TEST(Descriptor, IsRefusedWithThePathOfTheFault) {
    ASSERT_TRUE(parse_descriptor(sink_with("")).ok());

    struct Case {
        std::string_view more;
        std::string_view where;
    };

    for (
        const Case& c :
        {Case{R"(, "colour": 1)", "colour"},
         {R"(, "may_block": "yes")", "may_block"},
         {R"(, "completion": "sometimes")", "completion"},
         {R"(, "outputs": [{"name": "out", "content_type": "x"}])", "outputs"},
         {R"(, "ports_from": "none")", "outputs"},
         {R"(, "options": [{"name": "A", "type": "int", "summary": ""}])", "options[0].name"},
         {R"(, "options": [{"name": "a", "summary": ""}])", "options[0].type"},
         {R"(, "options": [{"name": "a", "type": "number", "summary": ""}])", "options[0].type"},
         {R"(, "options": [{"name": "a", "type": "int"}])", "options[0].summary"},
         {R"(, "options": [{"name": "a", "type": "int", "summary": "", "default": "x"}])",
          "options[0].default"},
         {R"(, "options": [{"name": "a", "type": "int", "summary": "", "default": "9", "max": "8"}])",
          "options[0].default"},
         {R"(, "options": [{"name": "a", "type": "size", "summary": "", "min": "8 apples"}])",
          "options[0].min"},
         {R"(, "options": [{"name": "a", "type": "text", "summary": "", "min": "1"}])",
          "options[0].type"},
         {R"(, "options": [{"name": "a", "type": "int", "summary": "", "required": true, "default": "1"}])",
          "options[0].default"},
         {R"(, "options": [{"name": "a", "type": "int", "summary": ""}, {"name": "a", "type": "int", "summary": ""}])",
          "options[1].name"},
         {R"(, "options": [{"name": "a", "type": "int", "summary": "", "fields": [{"name": "b"}]}])",
          "options[0].fields[0].type"},
         {R"(, "options": [7])", "options[0]"}}) {
        const auto descriptor = parse_descriptor(sink_with(c.more));
        ASSERT_FALSE(descriptor.ok()) << c.more;
        EXPECT_EQ(descriptor.error().where, c.where)
            << c.more << ": " << descriptor.error().message;
    }
    EXPECT_FALSE(parse_descriptor("[]").ok());
    EXPECT_FALSE(parse_descriptor("{}").ok());
}

TEST(Descriptor, KindsHaveTheirPorts) {
    for (
        const std::string_view text :
        {R"({"id": "x", "kind": "source", "version": "1", "summary": "s", "outputs": []})",
         R"({"id": "x", "kind": "source", "version": "1", "summary": "s", "outputs": [{"name": "out", "content_type": "same"}]})",
         R"({"id": "x", "kind": "source", "version": "1", "summary": "s", "outputs": [{"name": "first", "content_type": "a"}]})",
         R"({"id": "x", "kind": "processor", "version": "1", "summary": "s", "inputs": [], "outputs": [{"name": "out", "content_type": "a"}]})",
         R"({"id": "x", "kind": "processor", "version": "1", "summary": "s", "inputs": ["a"], "outputs": [{"name": "out", "content_type": "a"}, {"name": "rejected", "content_type": "a"}]})",
         R"({"id": "x", "kind": "processor", "version": "1", "summary": "s", "inputs": ["a"], "ports_from": "absent"})"}) {
        EXPECT_FALSE(parse_descriptor(text).ok()) << text;
    }
}

TEST(Catalog, FindsByKindAndId) {
    Catalog catalog;
    ASSERT_TRUE(catalog.add("sink_file.so", {.id = "file", .kind = Kind::Sink}).ok());
    ASSERT_TRUE(catalog.add("source_file.so", {.id = "file", .kind = Kind::Source}).ok());
    ASSERT_TRUE(catalog.add("source_mllp.so", {.id = "mllp", .kind = Kind::Source}).ok());
    ASSERT_NE(catalog.find(Kind::Source, "file"), nullptr);
    EXPECT_EQ(catalog.find(Kind::Source, "file")->path, "source_file.so");
    EXPECT_EQ(catalog.find(Kind::Processor, "file"), nullptr);
    EXPECT_EQ(catalog.hint(Kind::Source, "mlpl"), "did you mean `mllp`?");
    EXPECT_EQ(catalog.hint(Kind::Sink, "mllp"), "`mllp` is a source");
    EXPECT_EQ(catalog.hint(Kind::Processor, "x"), "no processor plugins were found");
}

TEST(Catalog, RefusesASecondOfTheSameName) {
    Catalog catalog;
    ASSERT_TRUE(catalog.add("a.so", {.id = "file", .kind = Kind::Sink}).ok());
    const auto again = catalog.add("b.so", {.id = "file", .kind = Kind::Sink});
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().message, "the sink `file` stands in two files: a.so and b.so");
}

}  // namespace
}  // namespace aorta::config
