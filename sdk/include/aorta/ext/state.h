/* ext/state.h: "aorta.state/1": what a processor remembers outlives the process.
 *
 * The host takes the state at moments at which nothing is on its way through the processor, and
 * gives it to a new instance after a restart, before the first record. Then every record that came
 * after that moment comes again, in order, with its id and its ingest time: those that had settled
 * to bring the state up to date (what leaves for them is thrown away), the others for good.
 *
 * A record that the processor held (absorbed) when its state was taken is settled when that state
 * is loaded: what it led to has left, and it does not come again. So a loaded state never waits for
 * one, and never emits for it. */
#ifndef AORTA_EXT_STATE_H
#define AORTA_EXT_STATE_H

#include <aorta/abi.h>

#define AORTA_EXT_STATE "aorta.state/1"

/* The largest state of an instance. */
#define AORTA_STATE_MAX 67108864u

typedef struct aorta_state_writer {
    uint32_t size;
    void* data;
    /* Appends bytes; they are copied. [worker, during save] */
    void (*write)(const struct aorta_state_writer* self, aorta_str bytes);
} aorta_state_writer;

/* Of an instance. */
typedef struct aorta_state {
    uint32_t size;
    uint32_t version; /* of the bytes that save writes; rises when they change */
    /* Writes the state; changes nothing. Times must be wall-clock times: the steady clock begins
     * anew. AORTA_OK, or an error code: then nothing is kept of this moment. [worker] */
    uint32_t (*save)(aorta_instance* instance, const aorta_state_writer* writer);
    /* Into a new instance, before its first record. `version`: what wrote the bytes, never a higher
     * one than its own. Bytes that it cannot take are reported to `errors`; then the pipeline stops
     * and the state is kept as it is. [worker] */
    uint32_t (*load)(aorta_instance* instance,
                     uint32_t version,
                     aorta_str bytes,
                     const aorta_diagnostics* errors);
} aorta_state;

/* Of the host, for processors. */
typedef struct aorta_state_host {
    uint32_t size;
    /* 1 when the state is kept, else 0. When it is, leave what is held alone in `stop`: it comes
     * again at the next start. [worker] */
    uint32_t (*is_kept)(const aorta_host* host);
} aorta_state_host;

#endif
