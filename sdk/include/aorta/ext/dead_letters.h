/* ext/dead_letters.h: "aorta.dead_letters/1" of the host, for the dead_letter sink. */
#ifndef AORTA_EXT_DEAD_LETTERS_H
#define AORTA_EXT_DEAD_LETTERS_H

#include <aorta/abi.h>

#define AORTA_EXT_DEAD_LETTERS "aorta.dead_letters/1"

typedef struct aorta_dead_letters {
    uint32_t size;
    /* Hands a record that `consume` was given to the pipeline's dead letters. The host completes it
     * after the commit, with the fate dead-lettered. [worker] */
    void (*store)(const aorta_host* host, aorta_record* record);
} aorta_dead_letters;

#endif
