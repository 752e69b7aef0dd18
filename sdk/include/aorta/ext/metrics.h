/* ext/metrics.h: "aorta.metrics/1" of the host. Counters of one node, shown by /metrics as
 * aorta_node_<name>_total{pipeline,node}. Never an identifier in a name. */
#ifndef AORTA_EXT_METRICS_H
#define AORTA_EXT_METRICS_H

#include <aorta/abi.h>

#define AORTA_EXT_METRICS "aorta.metrics/1"

typedef struct aorta_metrics {
    uint32_t size;
    /* A handle for a counter (snake_case, without prefix and _total). [control, worker] */
    uint32_t (*counter)(const aorta_host* host, aorta_str name);
    void (*add)(const aorta_host* host, uint32_t counter, uint64_t n); /* [any] */
} aorta_metrics;

#endif
