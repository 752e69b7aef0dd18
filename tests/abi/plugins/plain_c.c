/* A whole plugin in C11, without the C++ SDK: turns lower-case ASCII into upper case. It is the
 * proof that abi.h is enough, and an example for bindings of other languages. */
#include <aorta/abi.h>

#include <stdlib.h>
#include <string.h>

#define DESCRIPTOR                                                                              \
    "{\"id\":\"plain_c\",\"kind\":\"processor\",\"version\":\"0.1.0\","                         \
    "\"summary\":\"Upper case, in plain C\",\"status\":\"preview\",\"inputs\":[\"*\"],"         \
    "\"outputs\":[{\"name\":\"out\",\"content_type\":\"same\"}],\"concurrency\":\"stateless\"," \
    "\"may_block\":false,\"handles_phi\":true,\"network\":false,"                               \
    "\"reasons\":[{\"id\":\"plain_c.empty\",\"summary\":\"the record has no payload\"}],"       \
    "\"options\":[]}"
#define DESCRIPTOR_SIZE (sizeof DESCRIPTOR - 1)

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
    {AORTA_ABI_MAJOR, AORTA_ABI_MINOR, DESCRIPTOR_SIZE, sizeof(aorta_plugin_entry)},
    DESCRIPTOR};

struct plain_c {
    aorta_instance abi;
    const aorta_host* host;
};

static aorta_str text(const char* chars) {
    return (aorta_str){chars, strlen(chars)};
}

static void process_one(const struct plain_c* self, const aorta_batch* batch, uint32_t index) {
    aorta_record* record = batch->records[index];
    if (record->length == 0) {
        batch->out->drop(batch->out, index, text("plain_c.empty"), text(""));
        return;
    }
    aorta_buffer* buffer = self->host->buffer_new(self->host, record->length);
    for (uint64_t i = 0; i < record->length; ++i) {
        const uint8_t byte = record->data[i];
        buffer->data[i] = byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
    }
    buffer->length = record->length;
    self->host->set_payload(self->host, record, buffer, 0);
    batch->verdicts[index] = AORTA_PASS;
}

static void process(aorta_instance* instance, const aorta_batch* batch) {
    for (uint32_t i = 0; i < batch->count; ++i) {
        process_one(instance->self, batch, i);
    }
}

static uint32_t start(aorta_instance* instance, const aorta_diagnostics* errors) {
    (void)instance;
    (void)errors;
    return AORTA_OK;
}

static void stop(aorta_instance* instance, const aorta_out* out) {
    (void)instance;
    (void)out;
}

static void destroy(aorta_instance* instance) {
    free(instance->self);
}

static aorta_instance* create(const aorta_host* host,
                              const aorta_value* options,
                              const aorta_diagnostics* errors) {
    (void)options;
    struct plain_c* made = calloc(1, sizeof *made);
    if (made == NULL) {
        errors->error(errors, NULL, text("out of memory"));
        return NULL;
    }
    made->abi.size = sizeof made->abi;
    made->abi.self = made;
    made->abi.start = start;
    made->abi.stop = stop;
    made->abi.destroy = destroy;
    made->abi.process = process;
    made->host = host;
    return &made->abi;
}

extern __attribute__((visibility("default"))) const aorta_plugin_entry aorta_plugin;
const aorta_plugin_entry aorta_plugin = {.size = sizeof(aorta_plugin_entry),
                                         .abi_major = AORTA_ABI_MAJOR,
                                         .abi_minor = AORTA_ABI_MINOR,
                                         .descriptor = {note.json, DESCRIPTOR_SIZE},
                                         .check = NULL,
                                         .create = create};
