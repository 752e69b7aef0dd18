#include "host/note.hpp"

#include <aorta/abi.h>

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace aorta::host {
namespace {

using testing::HasSubstr;

constexpr std::string_view kJson = R"({"id":"x"})";

/// A file with one note segment, to bend before it is written out.
struct Image {
    Elf64_Ehdr header{};
    Elf64_Phdr segment{};
    Elf64_Nhdr note{};
    char name[8] = "Aorta";
    aorta_note head{};
    std::string json{kJson};

    Image() {
        std::memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_type = ET_DYN;
        header.e_machine = EM_X86_64;
        header.e_phoff = sizeof header;
        header.e_phentsize = sizeof segment;
        header.e_phnum = 1;
        note = {6, static_cast<Elf64_Word>(sizeof head + json.size()), AORTA_NOTE_TYPE};
        head = {AORTA_ABI_MAJOR,
                AORTA_ABI_MINOR,
                static_cast<std::uint32_t>(json.size()),
                sizeof(aorta_plugin_entry)};
        segment.p_type = PT_NOTE;
        segment.p_align = 4;
        segment.p_offset = sizeof header + sizeof segment;
        segment.p_filesz = sizeof note + sizeof name + sizeof head + json.size();
    }

    std::string bytes() const {
        std::string out;
        const auto add = [&out](const auto& part) {
            out.append(reinterpret_cast<const char*>(&part), sizeof part);
        };
        add(header);
        add(segment);
        add(note);
        add(name);
        add(head);
        return out + json;
    }
};

Result<Note> read(const std::string& bytes) {
    return read_note(std::as_bytes(std::span{bytes}));
}

TEST(Note, IsReadFromItsSegment) {
    const auto note = read(Image{}.bytes());

    ASSERT_TRUE(note.ok());
    EXPECT_EQ(
        *note,
        (Note{AORTA_ABI_MAJOR, AORTA_ABI_MINOR, sizeof(aorta_plugin_entry), std::string(kJson)}));
}

struct Bent {
    const char* what;
    std::function<void(Image&)> bend;
    const char* message;
};

TEST(Note, RefusesWithAReason) {
    const Bent cases[] = {
        {"magic", [](Image& i) { i.header.e_ident[0] = 'X'; }, "not an ELF file"},
        {"class", [](Image& i) { i.header.e_ident[EI_CLASS] = ELFCLASS32; }, "processor"},
        {"endianness", [](Image& i) { i.header.e_ident[EI_DATA] = ELFDATA2MSB; }, "processor"},
        {"machine", [](Image& i) { i.header.e_machine = EM_SPARC; }, "processor"},
        {"object file", [](Image& i) { i.header.e_type = ET_REL; }, "not a shared object"},
        {"table far away", [](Image& i) { i.header.e_phoff = ~0ULL; }, "outside of the file"},
        {"many segments", [](Image& i) { i.header.e_phnum = 0xffff; }, "too many segments"},
        {"entry size", [](Image& i) { i.header.e_phentsize = 1; }, "wrong size"},
        {"no segments", [](Image& i) { i.header.e_phnum = 0; }, "not an aorta plugin"},
        {"no note", [](Image& i) { i.segment.p_type = PT_LOAD; }, "not an aorta plugin"},
        {"note far away", [](Image& i) { i.segment.p_offset = ~0ULL - 4; }, "outside"},
        {"huge note", [](Image& i) { i.segment.p_filesz = ~0ULL; }, "too large"},
        {"cut note", [](Image& i) { i.segment.p_filesz = 7; }, "cut off"},
        {"long name", [](Image& i) { i.note.n_namesz = ~0U; }, "longer than its segment"},
        {"long text", [](Image& i) { i.note.n_descsz = ~0U; }, "longer than its segment"},
        {"other name", [](Image& i) { i.name[0] = 'B'; }, "not an aorta plugin"},
        {"other type", [](Image& i) { i.note.n_type = 2; }, "not an aorta plugin"},
        {"short head", [](Image& i) { i.note.n_descsz = 8; }, "too short"},
        {"other ABI", [](Image& i) { i.head.abi_major = 7; }, "was built for ABI 7"},
        {"small entry", [](Image& i) { i.head.entry_size = 16; }, "entry of 16 bytes"},
        {"no descriptor", [](Image& i) { i.head.descriptor_size = 0; }, "does not fit"},
        {"long descriptor", [](Image& i) { i.head.descriptor_size = 11; }, "does not fit"},
    };
    for (const Bent& bent : cases) {
        Image image;
        bent.bend(image);
        const auto note = read(image.bytes());
        ASSERT_FALSE(note.ok()) << bent.what;
        EXPECT_EQ(note.error().code, ErrorCode::InvalidData) << bent.what;
        EXPECT_THAT(note.error().message, HasSubstr(bent.message)) << bent.what;
    }
}

TEST(Note, IsRefusedWhereverTheFileIsCut) {
    const std::string whole = Image{}.bytes();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(read(whole.substr(0, length)).ok()) << length;
    }
}

TEST(Note, IsFoundBehindForeignNotes) {
    Image image;
    std::string bytes = image.bytes();
    const Elf64_Nhdr foreign{4, 3, 1};
    std::string note(reinterpret_cast<const char*>(&foreign), sizeof foreign);
    note += std::string("GNU\0abc\0", 8);
    bytes.insert(image.segment.p_offset, note);
    image.segment.p_filesz += note.size();
    std::memcpy(bytes.data() + sizeof image.header, &image.segment, sizeof image.segment);

    EXPECT_TRUE(read(bytes).ok());
}

TEST(Note, SaysThatAFileIsMissing) {
    const auto note = read_note(std::filesystem::path("/nowhere/to/be/found.so"));

    ASSERT_FALSE(note.ok());
    EXPECT_EQ(note.error().code, ErrorCode::NotFound);
    EXPECT_EQ(note.error().where, "/nowhere/to/be/found.so");
}

TEST(Note, RefusesWhatIsNoRegularFile) {
    const auto note = read_note(std::filesystem::path("/dev/null"));

    ASSERT_FALSE(note.ok());
    EXPECT_THAT(note.error().message, HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace aorta::host
