/* ext/tables.h: "aorta.tables/1", the tables of the pipeline (`tables:`): code sets, facility maps.
 * The host offers it to nodes (aorta_host.get_extension) and to `check`
 * (aorta_diagnostics.get_extension). There a table has its columns but no rows, and find finds
 * nothing; what cannot be read there has no columns either.
 */
#ifndef AORTA_EXT_TABLES_H
#define AORTA_EXT_TABLES_H

#include <aorta/abi.h>

#define AORTA_EXT_TABLES "aorta.tables/1"

/* What the pipeline says of a key that is not in the table. */
enum {
    AORTA_MISSING_REJECT = 0,
    AORTA_MISSING_KEEP = 1,   /* leave the data as it is */
    AORTA_MISSING_EMPTY = 2,  /* all cells are empty */
    AORTA_MISSING_DEFAULT = 3 /* `defaults` stands in */
};

/* One table as one node has it open. Made by the host; lives as long as the host does. Columns and
 * keys do not change when a table is loaded anew. */
typedef struct aorta_table {
    uint32_t size;
    uint32_t column_count; /* 0: the table cannot be read here */
    uint32_t key_count;
    uint32_t on_missing;
    const aorta_str* columns;  /* names */
    const uint32_t* keys;      /* the columns that make up the key, in order */
    const aorta_str* defaults; /* column_count cells, or null */
} aorta_table;

typedef struct aorta_tables {
    uint32_t size;
    void* data;
    /* A table by its name, or null. Each call makes another, for one thread at a time. [control] */
    const aorta_table* (*open)(const struct aorta_tables* self, aorta_str name);
    /* The name of the table number `index`, empty past the last. [any] */
    aorta_str (*name)(const struct aorta_tables* self, uint32_t index);
    /* The row with these keys: column_count cells, valid until the next find with this table; null
     * when there is none, or when `count` is not key_count. [worker] */
    const aorta_str* (*find)(const struct aorta_tables* self,
                             const aorta_table* table,
                             const aorta_str* keys,
                             uint32_t count);
} aorta_tables;

#endif
