/* abi.h: the only contract between the aorta host and a plugin. C11, no dependencies.
 *
 * Rules that hold everywhere:
 * - Arguments live for the call only, unless a function says that it takes or gives ownership.
 * - A struct that may grow begins with its size in bytes; read no member beyond it.
 * - Strings are UTF-8 with a length; they need not end in NUL.
 * - No exception, longjmp or exit crosses this interface. A plugin never writes to stdout or
 * stderr.
 * - Each function ends with the threads that may call it:
 *     [control]   one thread at a time, never while the same instance is in another call
 *     [worker]    one thread at a time for an instance (the host serialises)
 *     [any]       any thread at any time between start and the return of stop
 * - A plugin exports one data symbol, `aorta_plugin` of type aorta_plugin_entry, and carries the
 * same descriptor in an ELF note (section .note.aorta, name "Aorta", type 1), so that the host can
 * list, check and refuse it without running any of its code.
 */
#ifndef AORTA_ABI_H
#define AORTA_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major number must match; a higher minor number only adds. Major 0 may still change. */
#define AORTA_ABI_MAJOR 0u
#define AORTA_ABI_MINOR 2u

#define AORTA_NOTE_TYPE 1u

/* Payload buffers have this many readable bytes, zeroed, behind their capacity. */
#define AORTA_PADDING 64u

typedef struct aorta_str {
    const char* data;
    uint64_t size;
} aorta_str;

/* The closed set of error codes. */
enum {
    AORTA_OK = 0,
    AORTA_INVALID_CONFIG = 1,
    AORTA_INVALID_DATA = 2,
    AORTA_NOT_FOUND = 3,
    AORTA_DENIED = 4,
    AORTA_UNAVAILABLE = 5,
    AORTA_TIMEOUT = 6,
    AORTA_RESOURCE_EXHAUSTED = 7,
    AORTA_CORRUPT = 8,
    AORTA_CANCELLED = 9,
    AORTA_INTERNAL = 10
};

/* ---- Options -------------------------------------------------------------------------------- */

enum {
    AORTA_NULL = 0,
    AORTA_BOOL = 1,   /* integer is 0 or 1 */
    AORTA_INT = 2,    /* integer; a duration in nanoseconds, a size in bytes */
    AORTA_REAL = 3,   /* real */
    AORTA_STRING = 4, /* text */
    AORTA_LIST = 5,   /* items[0 … count) */
    AORTA_MAP = 6     /* keys[i] names items[i], in file order */
};

/* One value of the options that a node was given, checked against the descriptor's schema, with
 * defaults filled in. Lives as long as the instance. */
typedef struct aorta_value {
    uint32_t size;
    uint32_t type;
    aorta_str text; /* the scalar as written */
    int64_t integer;
    double real;
    const struct aorta_value* const* items;
    const aorta_str* keys;
    uint64_t count;
    aorta_str file; /* where it stands in the pipeline; line 0 when it is a default */
    uint32_t line;
    uint32_t column;
} aorta_value;

/* Collects problems of options. `at` may be null (the node as a whole). */
typedef struct aorta_diagnostics {
    uint32_t size;
    void* data;
    void (*error)(const struct aorta_diagnostics* self, const aorta_value* at, aorta_str message);
    void (*warning)(const struct aorta_diagnostics* self, const aorta_value* at, aorta_str message);
    /* What the host knows of the pipeline (ext/tables.h), null when absent; may itself be null. */
    const void* (*get_extension)(const struct aorta_diagnostics* self, const char* id);
} aorta_diagnostics;

/* ---- Records -------------------------------------------------------------------------------- */

/* A payload under construction, made by the host. Fill data[0 … length), length <= capacity. */
typedef struct aorta_buffer {
    uint8_t* data;
    uint64_t length;
    uint64_t capacity;
} aorta_buffer;

/* A parsed view: a documented POD layout, read without parsing again. Immutable once attached. */
typedef struct aorta_view {
    uint32_t size;
    uint32_t type; /* interned name of the layout, e.g. "hl7v2.index/1" */
    void* data;    /* aligned to 16 */
    uint64_t length;
} aorta_view;

/* One record. The host owns it; a plugin borrows it for the call, or holds it after `absorb`. Read
 * the members; change them only through aorta_host. */
typedef struct aorta_record {
    uint32_t size;
    uint32_t content_type; /* interned */
    const uint8_t* data;   /* payload: `length` bytes, AORTA_PADDING readable bytes behind */
    uint64_t length;
    const aorta_view* view; /* or null */
    uint64_t key;           /* keyed hash of the patient or device id; 0 is none */
    int64_t event_time_ns;  /* since 1970 UTC; 0 is unknown */
    int64_t ingest_time_ns; /* since 1970 UTC */
    uint64_t position;      /* the source's own numbering */
    uint64_t connection;    /* the source's connection that it came by */
    uint64_t id[2];         /* stable across replays */
} aorta_record;

typedef struct aorta_attribute {
    uint32_t name; /* interned */
    uint32_t reserved;
    aorta_str value;
} aorta_attribute;

/* A record that a plugin makes. */
typedef struct aorta_draft {
    uint32_t size;
    uint32_t content_type; /* interned; 0: as the parent */
    aorta_buffer* payload; /* ownership passes to the host; null: share the parent's payload */
    int64_t event_time_ns; /* 0: as the parent */
    const aorta_attribute* attributes; /* added to the parent's */
    uint64_t attribute_count;
    /* Sources only: */
    uint64_t position;
    uint64_t connection; /* records of one connection keep their order */
    uint64_t cookie;     /* comes back in on_ack and on_settled */
} aorta_draft;

/* What a processor says of a record. It must say exactly one of them for each record of a batch. */
enum {
    AORTA_NO_VERDICT = 0,
    AORTA_PASS = 1, /* goes on, by port 0 unless out->pass named another */
    AORTA_EMITTED =
        2,            /* consumed: its fate is that of the records emitted from it (one at least) */
    AORTA_DROP = 3,   /* filtered, with a reason */
    AORTA_REJECT = 4, /* the data is wrong */
    AORTA_FAIL = 5,   /* the work could not be done */
    AORTA_ABSORB = 6  /* held by the plugin until out->resolve */
};

/* The calls of a batch. Valid during process or on_timer only. [worker] */
typedef struct aorta_out {
    uint32_t size;
    void* data;
    /* Each sets verdicts[index]. `reason` is an id that the descriptor declares, `where` a path
     * such as "PID-3" or "byte 17": never a value of the message. Both are copied. */
    void (*pass)(const struct aorta_out* self, uint32_t index, uint32_t port);
    void (*drop)(const struct aorta_out* self, uint32_t index, aorta_str reason, aorta_str where);
    void (*reject)(const struct aorta_out* self, uint32_t index, aorta_str reason, aorta_str where);
    void (*fail)(const struct aorta_out* self,
                 uint32_t index,
                 uint32_t code,
                 aorta_str reason,
                 aorta_str where);
    /* Gives the record to the plugin, which must resolve it (or hand it back when stopped). */
    aorta_record* (*absorb)(const struct aorta_out* self, uint32_t index);
    /* Sends a new record, child of batch record `index`, by a port. Does not set a verdict. */
    void (*emit)(const struct aorta_out* self,
                 uint32_t index,
                 uint32_t port,
                 const aorta_draft* draft);
    /* Sends a new record, child of records that the plugin holds. */
    void (*emit_held)(const struct aorta_out* self,
                      aorta_record* const* parents,
                      uint32_t count,
                      uint32_t port,
                      const aorta_draft* draft);
    /* Gives a held record back with a verdict: PASS (port), EMITTED, DROP, REJECT, FAIL (code). */
    void (*resolve)(const struct aorta_out* self,
                    aorta_record* held,
                    uint32_t verdict,
                    uint32_t port_or_code,
                    aorta_str reason,
                    aorta_str where);
} aorta_out;

typedef struct aorta_batch {
    uint32_t size;
    uint32_t count;
    aorta_record* const* records;
    uint8_t*
        verdicts; /* `count` bytes, AORTA_NO_VERDICT at entry; processors write AORTA_PASS here */
    const aorta_out* out; /* null for sinks */
} aorta_batch;

/* What became of a source record. */
enum {
    AORTA_FATE_FILTERED = 0,
    AORTA_FATE_DELIVERED = 1,
    AORTA_FATE_DEAD_LETTERED = 2,
    AORTA_FATE_FAILED = 3
};

/* What to tell the sender of a source record. */
enum {
    AORTA_ACK_ACCEPT = 0, /* the promised level is reached: AA, 2xx, PUBACK */
    AORTA_ACK_ERROR = 1,  /* AE: the sender keeps it */
    AORTA_ACK_REFUSE = 2, /* AR: sending it again will not help */
    AORTA_ACK_NONE = 3    /* no answer in time: close the connection */
};

typedef struct aorta_outcome {
    uint32_t size;
    uint32_t kind; /* AORTA_FATE_… in on_settled, AORTA_ACK_… in on_ack */
    uint32_t code; /* error code, AORTA_OK if none */
    uint32_t reserved;
    aorta_str reason; /* declared id, may be empty */
    aorta_str where;  /* path or offset, may be empty */
    /* Since 0.2, in on_ack with `ack: { reply: SINK }` only: what that sink's peer answered, to be
     * told to the sender instead of an answer of the source's own. Empty when there is none, or
     * when `kind` was decided elsewhere (another sink failed, the data was invalid, time ran out).
     */
    aorta_str reply;
} aorta_outcome;

/* ---- Host ----------------------------------------------------------------------------------- */

/* What the host offers to one node. Lives as long as the instance. */
typedef struct aorta_host {
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t reserved;
    void* data;
    /* Further abilities by name and revision (ext/…), null when absent. [any] */
    const void* (*get_extension)(const struct aorta_host* self, const char* id);
    /* A number for a content type, attribute or view name; the same for the whole process. [any] */
    uint32_t (*intern)(const struct aorta_host* self, aorta_str name);

    /* A payload buffer; may overdraw the byte budget; null when there is no memory for it. Free it
     * by buffer_free unless given away. [any] */
    aorta_buffer* (*buffer_new)(const struct aorta_host* self, uint64_t capacity);
    void (*buffer_free)(const struct aorta_host* self, aorta_buffer* buffer);

    /* Replaces the payload (takes the buffer) and drops the view. content_type 0 keeps it. [worker]
     */
    void (*set_payload)(const struct aorta_host* self,
                        aorta_record* record,
                        aorta_buffer* buffer,
                        uint32_t content_type);
    /* A zeroed view of `length` bytes for the plugin to fill before the call returns; null when
     * there is no memory for it. [worker] */
    void* (*new_view)(const struct aorta_host* self,
                      aorta_record* record,
                      uint32_t type,
                      uint64_t length);
    void (*set_content_type)(const struct aorta_host* self, aorta_record* record, uint32_t type);
    /* Sets the key to a keyed hash of the identifier; the identifier is not kept. [worker] */
    void (*set_key)(const struct aorta_host* self, aorta_record* record, aorta_str identifier);
    void (*set_event_time)(const struct aorta_host* self, aorta_record* record, int64_t time_ns);
    void (*set_attribute)(const struct aorta_host* self,
                          aorta_record* record,
                          uint32_t name,
                          aorta_str value);
    /* Empty data (null) when absent. Valid until the record gets another attribute. [any] */
    aorta_str (*attribute)(const struct aorta_host* self,
                           const aorta_record* record,
                           uint32_t name);

    /* Sources. A buffer within the byte budget, or null: then on_credit comes later. [any] */
    aorta_buffer* (*try_buffer)(const struct aorta_host* self, uint64_t capacity);
    /* Sends records on, in this order; takes the payloads. Never blocks on the pipeline's sinks.
     * [any, one thread at a time for one connection] */
    void (*push)(const struct aorta_host* self, const aorta_draft* const* drafts, uint32_t count);
    /* The source has nothing more to give. [any] */
    void (*finished)(const struct aorta_host* self);

    /* Sinks. Ends a record that `consume` was given, exactly once: code AORTA_OK when it is as safe
     * as the descriptor's `completion` says, else why not: AORTA_UNAVAILABLE, _TIMEOUT and
     * _RESOURCE_EXHAUSTED are tried again, AORTA_CANCELLED (the sink can take nothing more, ever)
     * stops the pipeline, all else is final for the record, unless `on_error` says otherwise.
     * retry_after_ns: not sooner, 0 is the host's choice. [any] */
    void (*complete)(const struct aorta_host* self,
                     aorta_record* record,
                     uint32_t code,
                     aorta_str reason,
                     aorta_str where,
                     int64_t retry_after_ns);
} aorta_host;

/* ---- Plugin --------------------------------------------------------------------------------- */

/* A live node. Functions that do not apply to the kind are null. */
typedef struct aorta_instance {
    uint32_t size;
    uint32_t reserved;
    void* self;
    /* Starts I/O. Returns AORTA_OK or reports to `errors`. [control] */
    uint32_t (*start)(struct aorta_instance* self, const aorta_diagnostics* errors);
    /* Sources: no push after it returns; acknowledgements may still come. Processors: resolve what
     * is held, by `out`. Sinks: nothing more will be consumed. `out` is null but for processors.
     * [control] */
    void (*stop)(struct aorta_instance* self, const aorta_out* out);
    /* Frees the instance. [control] */
    void (*destroy)(struct aorta_instance* self);
    const void* (*get_extension)(struct aorta_instance* self, const char* id);

    /* Processors. [worker] */
    void (*process)(struct aorta_instance* self, const aorta_batch* batch);
    void (*on_timer)(struct aorta_instance* self, const aorta_out* out, int64_t now_ns);

    /* Sources. None of them may block. [any, before start returns too] */
    void (*on_credit)(struct aorta_instance* self);
    void (*on_ack)(struct aorta_instance* self, uint64_t cookie, const aorta_outcome* outcome);
    void (*on_settled)(struct aorta_instance* self, uint64_t cookie, const aorta_outcome* outcome);

    /* Sinks. Each record must be completed once, now or later, from any thread; the record and its
     * payload live until then. May block only if the descriptor says `may_block`. [worker] */
    void (*consume)(struct aorta_instance* self, const aorta_batch* batch);
} aorta_instance;

/* The exported symbol. */
typedef struct aorta_plugin_entry {
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t reserved;
    aorta_str descriptor; /* JSON, the same as the note's */
    /* Looks at options beyond what the schema can say, without starting anything; may be null.
     * [any] */
    void (*check)(const aorta_value* options, const aorta_diagnostics* diagnostics);
    /* A new instance, or null after reporting an error. [control] */
    aorta_instance* (*create)(const aorta_host* host,
                              const aorta_value* options,
                              const aorta_diagnostics* errors);
} aorta_plugin_entry;

/* The head of the note's description; the JSON descriptor follows at once. */
typedef struct aorta_note {
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t descriptor_size;
    uint32_t entry_size; /* sizeof(aorta_plugin_entry) that the plugin was built with */
} aorta_note;

#ifdef __cplusplus
}
#endif

#endif /* AORTA_ABI_H */
