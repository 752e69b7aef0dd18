/* ext/clock.h: "aorta.clock/1" of the host. Virtual in pipeline tests: use it, never the system's.
 */
#ifndef AORTA_EXT_CLOCK_H
#define AORTA_EXT_CLOCK_H

#include <aorta/abi.h>

#define AORTA_EXT_CLOCK "aorta.clock/1"

typedef struct aorta_clock {
    uint32_t size;
    int64_t (*now_ns)(const aorta_host* host);    /* wall clock since 1970 UTC [any] */
    int64_t (*steady_ns)(const aorta_host* host); /* never jumps; for time-outs [any] */
} aorta_clock;

#endif
