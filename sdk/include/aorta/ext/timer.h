/* ext/timer.h: "aorta.timer/1" of the host, for processors. */
#ifndef AORTA_EXT_TIMER_H
#define AORTA_EXT_TIMER_H

#include <aorta/abi.h>

#define AORTA_EXT_TIMER "aorta.timer/1"

typedef struct aorta_timer {
    uint32_t size;
    /* Asks for on_timer at or after steady time `at_ns`, in order with the batches. One alarm an
     * instance: a later call replaces it; INT64_MAX clears it. [worker] */
    void (*set)(const aorta_host* host, int64_t at_ns);
} aorta_timer;

#endif
