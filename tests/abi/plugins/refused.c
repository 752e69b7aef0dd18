/* Plugins that the host must refuse. Each target sets one of the macros to something wrong. */
#include <aorta/abi.h>

#ifndef BAD_MAJOR
#define BAD_MAJOR AORTA_ABI_MAJOR
#endif
#ifndef BAD_ENTRY_SIZE
#define BAD_ENTRY_SIZE sizeof(aorta_plugin_entry)
#endif

#define DESCRIPTOR_OF(summary)                                                                  \
    "{\"id\":\"refused\",\"kind\":\"processor\",\"version\":\"0.1.0\",\"summary\":\"" summary   \
    "\",\"status\":\"preview\",\"inputs\":[\"*\"],"                                             \
    "\"outputs\":[{\"name\":\"out\",\"content_type\":\"same\"}],\"concurrency\":\"stateless\"," \
    "\"may_block\":false,\"handles_phi\":true,\"network\":false,\"reasons\":[],\"options\":[]}"
#ifdef BAD_DESCRIPTOR
#define DESCRIPTOR "{\"id\":\"refused\",\"kind\":\"teapot\"}"
#else
#define DESCRIPTOR DESCRIPTOR_OF("refused")
#endif
#define DESCRIPTOR_SIZE (sizeof DESCRIPTOR - 1)

#ifndef BAD_NO_NOTE
static const struct {
    uint32_t name_size;
    uint32_t description_size;
    uint32_t type;
    char name[8];
    aorta_note head;
    char json[(DESCRIPTOR_SIZE + 3) / 4 * 4];
} note __attribute__((section(".note.aorta"), used, aligned(4))) = {
    6,
    sizeof(aorta_note) + DESCRIPTOR_SIZE,
    AORTA_NOTE_TYPE,
    "Aorta",
    {BAD_MAJOR, AORTA_ABI_MINOR, DESCRIPTOR_SIZE, BAD_ENTRY_SIZE},
    DESCRIPTOR};
#endif

#ifdef BAD_UNDEFINED
int aorta_test_nobody_defines_this(void);
#endif

static aorta_instance* create(const aorta_host* host,
                              const aorta_value* options,
                              const aorta_diagnostics* errors) {
    (void)host;
    (void)options;
#ifdef BAD_UNDEFINED
    if (aorta_test_nobody_defines_this() != 0) {
        return 0;
    }
#endif
    errors->error(errors, 0, (aorta_str){"never works", 11});
    return 0;
}

#ifdef BAD_SYMBOL
#define ENTRY another_symbol
#else
#define ENTRY aorta_plugin
#endif

static const char kDescriptor[] = DESCRIPTOR;
#ifdef BAD_MISMATCH
static const char kOther[] = DESCRIPTOR_OF("REFUSED");
#define ENTRY_TEXT kOther
#else
#define ENTRY_TEXT kDescriptor
#endif

extern __attribute__((visibility("default"))) const aorta_plugin_entry ENTRY;
const aorta_plugin_entry ENTRY = {.size = BAD_ENTRY_SIZE,
                                  .abi_major = BAD_MAJOR,
                                  .abi_minor = AORTA_ABI_MINOR,
                                  .descriptor = {ENTRY_TEXT, sizeof kDescriptor - 1},
                                  .create = create};
