/* ext/ack.h: "aorta.ack/1" of the host, for sources: the pipeline's `ack:` choice. */
#ifndef AORTA_EXT_ACK_H
#define AORTA_EXT_ACK_H

#include <aorta/abi.h>

#define AORTA_EXT_ACK "aorta.ack/1"

enum {
    AORTA_LEVEL_NONE = 0,     /* nobody is to be answered: on_ack never comes */
    AORTA_LEVEL_RECEIVED = 1, /* in memory */
    AORTA_LEVEL_DURABLE = 2,  /* in the journal, fdatasynced */
    AORTA_LEVEL_DELIVERED = 3 /* all required sinks have it */
};

typedef struct aorta_ack_policy {
    uint32_t size;
    uint32_t level;
    int64_t timeout_ns; /* an answer later than this is AORTA_ACK_NONE */
    /* AORTA_ACK_…: what the sender is told of invalid data. Known to on_ack already; for sources
     * that tell a fate too. */
    uint32_t on_invalid;
    uint32_t reserved;
} aorta_ack_policy;

typedef struct aorta_ack {
    uint32_t size;
    aorta_ack_policy (*policy)(const aorta_host* host); /* [any] */
} aorta_ack;

#endif
