/* ext/log.h: "aorta.log/1" of the host. Events are names in snake_case with fields; never patient
 * data. */
#ifndef AORTA_EXT_LOG_H
#define AORTA_EXT_LOG_H

#include <aorta/abi.h>

#define AORTA_EXT_LOG "aorta.log/1"

enum {
    AORTA_LOG_DEBUG = 0,
    AORTA_LOG_INFO = 1, /* lifecycle */
    AORTA_LOG_WARN = 2, /* recovered, worth knowing */
    AORTA_LOG_ERROR = 3 /* data lost or someone must act */
};

typedef struct aorta_log_field {
    aorta_str name;
    aorta_str text;  /* used when data is not null */
    int64_t integer; /* else this */
} aorta_log_field;

typedef struct aorta_log {
    uint32_t size;
    /* Never blocks; repeated events are rate-limited and counted. [any] */
    void (*write)(const aorta_host* host,
                  uint32_t level,
                  aorta_str event,
                  const aorta_log_field* fields,
                  uint32_t count);
} aorta_log;

#endif
