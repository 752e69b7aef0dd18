/* ext/attempts.h: "aorta.attempts/1" of the host, for sinks that decide by themselves how often a
 * record is tried. */
#ifndef AORTA_EXT_ATTEMPTS_H
#define AORTA_EXT_ATTEMPTS_H

#include <aorta/abi.h>

#define AORTA_EXT_ATTEMPTS "aorta.attempts/1"

typedef struct aorta_attempts {
    uint32_t size;
    /* Says that the present attempt to deliver the record, which `consume` was given and which is
     * about to be completed, counts. Returns how many have counted so far, this one included: one
     * number for the record, together with the attempts that the host counts by its own policy.
     * With an outbox in front of the sink they go on where they were after a restart, but for the
     * last one if the process was killed. Saying it twice of an attempt changes nothing. 0 when
     * the record is not in the sink's hands. [any] */
    uint32_t (*count)(const aorta_host* host, const aorta_record* record);
} aorta_attempts;

#endif
