/* ext/reply.h: "aorta.reply/1" of the host, for sinks whose descriptor says `replies`: the peer's
 * answer goes back to the sender of a source with `ack: { reply: SINK }`. */
#ifndef AORTA_EXT_REPLY_H
#define AORTA_EXT_REPLY_H

#include <aorta/abi.h>

#define AORTA_EXT_REPLY "aorta.reply/1"

/* The longest answer that is taken. */
#define AORTA_REPLY_MAX 1048576u

typedef struct aorta_reply {
    uint32_t size;
    /* 1 when a source answers with what this sink's peers say, else 0. [any, from create on] */
    uint32_t (*is_wanted)(const aorta_host* host);
    /* Gives the answer to a record that `consume` was given, before `complete`; copied, the last
     * one counts. It goes with this completion only: an attempt that is retried takes its answer
     * with it. AORTA_RESOURCE_EXHAUSTED when it is longer than AORTA_REPLY_MAX; then nothing is
     * kept. [any] */
    uint32_t (*set)(const aorta_host* host, aorta_record* record, aorta_str answer);
} aorta_reply;

#endif
