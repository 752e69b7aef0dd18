/* ext/refuse.h: "aorta.refuse/1" of the host, for sources that cannot take in all that they are
 * given. */
#ifndef AORTA_EXT_REFUSE_H
#define AORTA_EXT_REFUSE_H

#include <aorta/abi.h>

#define AORTA_EXT_REFUSE "aorta.refuse/1"

typedef struct aorta_refuse {
    uint32_t size;
    /* Counts a record in that no node will see: its fate is failed, with an error code of abi.h,
     * one of the source's reasons, and a place (a path or an offset, never a value). The draft has
     * no payload. It is answered and settled like any other, with its cookie. [any thread, active]
     */
    void (*refuse)(const aorta_host* host,
                   const aorta_draft* draft,
                   uint32_t code,
                   aorta_str reason,
                   aorta_str where);
} aorta_refuse;

#endif
