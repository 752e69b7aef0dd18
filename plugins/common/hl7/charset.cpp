#include "common/hl7/charset.hpp"

#include "common/hl7/message.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

namespace aorta::hl7 {

namespace {

constexpr std::size_t kMaxName = 40;

// The iconv names are glibc's. Supersets stand in for what senders confuse: CP932 for Shift JIS and
// JIS X 0201, GB18030 for GBK and GB2312, UHC for KS X 1001.
constexpr Charset kCharsets[] = {
    {"ASCII", "US-ASCII", false, false, " ASCII USASCII ISOIR6 ISO646 ISO646US ANSIX341968 7BIT "},
    {"UNICODE UTF-8", "UTF-8", false, false, " UNICODEUTF8 UTF8 UNICODE ISOIR192 UTF8MB4 "},
    {"8859/1", "ISO-8859-1", false, false, " 88591 ISO88591 ISOIR100 LATIN1 L1 "},
    {"8859/2", "ISO-8859-2", false, false, " 88592 ISO88592 ISOIR101 LATIN2 "},
    {"8859/3", "ISO-8859-3", false, false, " 88593 ISO88593 ISOIR109 LATIN3 "},
    {"8859/4", "ISO-8859-4", false, false, " 88594 ISO88594 ISOIR110 LATIN4 "},
    {"8859/5", "ISO-8859-5", false, false, " 88595 ISO88595 ISOIR144 CYRILLIC "},
    {"8859/6", "ISO-8859-6", false, false, " 88596 ISO88596 ISOIR127 ARABIC "},
    {"8859/7", "ISO-8859-7", false, false, " 88597 ISO88597 ISOIR126 GREEK "},
    {"8859/8", "ISO-8859-8", false, false, " 88598 ISO88598 ISOIR138 HEBREW "},
    {"8859/9", "ISO-8859-9", false, false, " 88599 ISO88599 ISOIR148 LATIN5 "},
    {"8859/10", "ISO-8859-10", false, false, " 885910 ISO885910 LATIN6 "},
    {"8859/11", "ISO-8859-11", false, false, " 885911 ISO885911 TIS620 ISOIR166 "},
    {"8859/13", "ISO-8859-13", false, false, " 885913 ISO885913 LATIN7 "},
    {"8859/14", "ISO-8859-14", false, false, " 885914 ISO885914 LATIN8 "},
    {"8859/15", "ISO-8859-15", false, false, " 885915 ISO885915 ISOIR203 LATIN9 "},
    {"8859/16", "ISO-8859-16", false, false, " 885916 ISO885916 LATIN10 "},
    {"ISO IR14", "CP932", true, false, " ISOIR14 ISOIR13 JISX0201 "},
    {"ISO IR87",
     "ISO-2022-JP",
     true,
     true,
     " ISOIR87 ISO2022IR87 JISX0208 JISX02081990 ISOIR168 JISX0202 ISO2022 ISO2022JP JAS2020 JIS "},
    {"ISO IR159",
     "ISO-2022-JP-2",
     true,
     true,
     " ISOIR159 ISO2022IR159 JISX0212 JISX02121990 ISO2022JP1 "},
    {"SHIFT_JIS", "CP932", true, false, " SHIFTJIS SJIS MSKANJI CP932 MS932 WINDOWS31J "},
    {"EUC-JP", "EUC-JP", false, false, " EUCJP "},
    {"GB 18030-2000",
     "GB18030",
     true,
     false,
     " GB180302000 GB180302005 GB180302022 GB18030 GBK CP936 GB2312 GB231280 EUCCN ISOIR58 "},
    {"KS X 1001", "UHC", false, false, " KSX1001 KSC5601 KSC56011987 EUCKR CP949 UHC ISOIR149 "},
    {"CNS 11643-1992", "EUC-TW", false, false, " CNS116431992 CNS11643 EUCTW "},
    {"BIG-5", "BIG5", true, false, " BIG5 CP950 "},
    {"BIG5-HKSCS", "BIG5-HKSCS", true, false, " BIG5HKSCS "},
    {"WINDOWS-1250", "CP1250", false, false, " WINDOWS1250 WIN1250 CP1250 1250 "},
    {"WINDOWS-1251", "CP1251", false, false, " WINDOWS1251 WIN1251 CP1251 1251 "},
    {"WINDOWS-1252", "CP1252", false, false, " WINDOWS1252 WIN1252 CP1252 1252 ANSI "},
    {"WINDOWS-1253", "CP1253", false, false, " WINDOWS1253 WIN1253 CP1253 1253 "},
    {"WINDOWS-1254", "CP1254", false, false, " WINDOWS1254 WIN1254 CP1254 1254 "},
    {"WINDOWS-1255", "CP1255", false, false, " WINDOWS1255 WIN1255 CP1255 1255 "},
    {"WINDOWS-1256", "CP1256", false, false, " WINDOWS1256 WIN1256 CP1256 1256 "},
    {"WINDOWS-1257", "CP1257", false, false, " WINDOWS1257 WIN1257 CP1257 1257 "},
    {"WINDOWS-1258", "CP1258", false, false, " WINDOWS1258 WIN1258 CP1258 1258 "},
    {"KOI8-R", "KOI8-R", false, false, " KOI8R KOI8 "},
    {"KOI8-U", "KOI8-U", false, false, " KOI8U "},
    {"CP437", "CP437", false, false, " CP437 IBM437 437 "},
    {"CP850", "CP850", false, false, " CP850 IBM850 850 "},
};

constexpr std::string_view kForbidden =
    " UTF16 UTF16LE UTF16BE UNICODEUTF16 UCS2 UTF32 UTF32LE UTF32BE UNICODEUTF32 UCS4 ISO10646 ";

/// Capitals and digits only, a blank on either side; empty if it is no name at all.
std::string fold(std::string_view spelling) {
    if (spelling.size() > kMaxName) {
        return {};
    }
    std::string folded(1, ' ');
    for (const char c : spelling) {
        if (c >= 'a' && c <= 'z') {
            folded += static_cast<char>(c - 'a' + 'A');
        } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            folded += c;
        }
    }
    folded += ' ';
    return folded.size() == 2 ? std::string{} : folded;
}

const Charset* find_folded(std::string_view folded) {
    for (const Charset& charset : kCharsets) {
        if (!folded.empty() && charset.spellings.find(folded) != std::string_view::npos) {
            return &charset;
        }
    }
    return nullptr;
}

const Charset& named(std::string_view folded) {
    return *find_folded(folded);
}

/// Bytes of the UTF-8 character at the front of a text that is not ASCII; 0 if it is none.
std::size_t utf8_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xC0U) != 0x80) {
            return 0;
        }
    }
    const unsigned second = at(1);
    const bool is_overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool is_beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
    return is_overlong || is_beyond ? 0 : length;
}

/// How many bytes at the front are ASCII.
std::size_t ascii_prefix(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080U;
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, text.data() + at, sizeof eight);
        if ((eight & kHighBits) != 0) {
            break;
        }
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) {
        ++at;
    }
    return at;
}

}  // namespace

const Charset& ascii() {
    return kCharsets[0];
}

const Charset& utf8() {
    return kCharsets[1];
}

const Charset& latin1() {
    return kCharsets[2];
}

const Charset& windows_1252() {
    static const Charset& charset = named(" CP1252 ");
    return charset;
}

const Charset* find_charset(std::string_view spelling) {
    return find_folded(fold(spelling));
}

CharsetChoice read_charset(std::string_view msh18, char repetition_separator) {
    CharsetChoice choice;
    if (msh18.empty()) {
        return choice;
    }
    std::size_t number = 0;
    for (const std::string_view repetition : Split{msh18, repetition_separator}) {
        const bool is_first = ++number == 1;
        const std::string folded = fold(repetition);
        if (folded.empty() && repetition.size() <= kMaxName) {
            continue;
        }
        if (!folded.empty() && kForbidden.find(folded) != std::string_view::npos) {
            return {.kind = CharsetChoice::Kind::Forbidden};
        }
        const Charset* found = find_folded(folded);
        if (found == nullptr) {
            return {.kind = CharsetChoice::Kind::Unknown};
        }
        if (found == &utf8()) {
            return choice_of(utf8());
        }
        choice.kind = CharsetChoice::Kind::Known;
        choice.has_shifts = choice.has_shifts || found->is_shifted || !is_first;
        choice.has_jis_x_0212 = choice.has_jis_x_0212 || found->name == "ISO IR159";
        if (is_first && !found->is_shifted) {
            choice.base = found;
        }
    }
    if (choice.kind == CharsetChoice::Kind::Known && choice.base == nullptr) {
        choice.base = &ascii();
    }
    return choice;
}

const Charset& guess_charset(std::string_view text) {
    if (is_ascii(text)) {
        return ascii();
    }
    if (is_valid_utf8(text)) {
        return utf8();
    }
    constexpr std::string_view kNotIn1252 = "\x81\x8D\x8F\x90\x9D";
    return text.find_first_of(kNotIn1252) == std::string_view::npos ? windows_1252() : latin1();
}

bool is_ascii(std::string_view text) {
    return ascii_prefix(text) == text.size();
}

bool is_valid_utf8(std::string_view text) {
    return valid_utf8_prefix(text) == text.size();
}

std::size_t valid_utf8_prefix(std::string_view text) {
    std::size_t at = 0;
    for (;;) {
        at += ascii_prefix(text.substr(at));
        const std::size_t length = at == text.size() ? 0 : utf8_length(text.substr(at));
        if (length == 0) {
            return at;
        }
        at += length;
    }
}

bool looks_like_utf16(std::string_view payload) {
    using namespace std::string_view_literals;
    for (const std::string_view start : {"\xFF\xFE"sv,
                                         "\xFE\xFF"sv,
                                         "\0\0\xFE\xFF"sv,
                                         "M\0S\0"sv,
                                         "\0M\0S"sv,
                                         "M\0\0\0"sv,
                                         "\0\0\0M"sv}) {
        if (payload.starts_with(start)) {
            return true;
        }
    }
    return false;
}

}  // namespace aorta::hl7
