/* ext/gauges.h: "aorta.gauges/1" of the host. Values of one node that go up and down, shown by
 * /metrics as aorta_node_<name>{pipeline,node}. Never an identifier in a name. */
#ifndef AORTA_EXT_GAUGES_H
#define AORTA_EXT_GAUGES_H

#include <aorta/abi.h>

#define AORTA_EXT_GAUGES "aorta.gauges/1"

typedef struct aorta_gauges {
    uint32_t size;
    /* Shows `value` under this name (snake_case, its unit last) from now on. Not for hot paths.
     * [any] */
    void (*set)(const aorta_host* host, aorta_str name, double value);
} aorta_gauges;

#endif
