/* The layout of abi.h, number by number, for C and C++: a change here is a change of the ABI. */
#ifndef AORTA_TESTS_LAYOUT_H
#define AORTA_TESTS_LAYOUT_H

#include <aorta/abi.h>
#include <aorta/ext/ack.h>
#include <aorta/ext/attempts.h>
#include <aorta/ext/clock.h>
#include <aorta/ext/dead_letters.h>
#include <aorta/ext/gauges.h>
#include <aorta/ext/log.h>
#include <aorta/ext/metrics.h>
#include <aorta/ext/refuse.h>
#include <aorta/ext/reply.h>
#include <aorta/ext/timer.h>

#ifdef __cplusplus
#define LAYOUT_ASSERT static_assert
#else
#define LAYOUT_ASSERT _Static_assert
#endif

#define AT(type, member, offset) \
    LAYOUT_ASSERT(offsetof(type, member) == (offset), #type "." #member)
#define SIZE(type, size) LAYOUT_ASSERT(sizeof(type) == (size), "sizeof " #type)

LAYOUT_ASSERT(AORTA_INTERNAL == 10, "error codes");
LAYOUT_ASSERT(AORTA_MAP == 6, "value types");
LAYOUT_ASSERT(AORTA_ABSORB == 6, "verdicts");
LAYOUT_ASSERT(AORTA_FATE_FAILED == 3, "fates");
LAYOUT_ASSERT(AORTA_ACK_NONE == 3, "acknowledgements");

/* clang-format off */
SIZE(aorta_str, 16);
AT(aorta_str, data, 0);
AT(aorta_str, size, 8);

SIZE(aorta_value, 88);
AT(aorta_value, size, 0);
AT(aorta_value, type, 4);
AT(aorta_value, text, 8);
AT(aorta_value, integer, 24);
AT(aorta_value, real, 32);
AT(aorta_value, items, 40);
AT(aorta_value, keys, 48);
AT(aorta_value, count, 56);
AT(aorta_value, file, 64);
AT(aorta_value, line, 80);
AT(aorta_value, column, 84);

SIZE(aorta_diagnostics, 40);
AT(aorta_diagnostics, size, 0);
AT(aorta_diagnostics, data, 8);
AT(aorta_diagnostics, error, 16);
AT(aorta_diagnostics, warning, 24);
AT(aorta_diagnostics, get_extension, 32);

SIZE(aorta_buffer, 24);
AT(aorta_buffer, data, 0);
AT(aorta_buffer, length, 8);
AT(aorta_buffer, capacity, 16);

SIZE(aorta_view, 24);
AT(aorta_view, size, 0);
AT(aorta_view, type, 4);
AT(aorta_view, data, 8);
AT(aorta_view, length, 16);

SIZE(aorta_record, 88);
AT(aorta_record, size, 0);
AT(aorta_record, content_type, 4);
AT(aorta_record, data, 8);
AT(aorta_record, length, 16);
AT(aorta_record, view, 24);
AT(aorta_record, key, 32);
AT(aorta_record, event_time_ns, 40);
AT(aorta_record, ingest_time_ns, 48);
AT(aorta_record, position, 56);
AT(aorta_record, connection, 64);
AT(aorta_record, id, 72);

SIZE(aorta_attribute, 24);
AT(aorta_attribute, name, 0);
AT(aorta_attribute, reserved, 4);
AT(aorta_attribute, value, 8);

SIZE(aorta_draft, 64);
AT(aorta_draft, size, 0);
AT(aorta_draft, content_type, 4);
AT(aorta_draft, payload, 8);
AT(aorta_draft, event_time_ns, 16);
AT(aorta_draft, attributes, 24);
AT(aorta_draft, attribute_count, 32);
AT(aorta_draft, position, 40);
AT(aorta_draft, connection, 48);
AT(aorta_draft, cookie, 56);

SIZE(aorta_out, 80);
AT(aorta_out, size, 0);
AT(aorta_out, data, 8);
AT(aorta_out, pass, 16);
AT(aorta_out, drop, 24);
AT(aorta_out, reject, 32);
AT(aorta_out, fail, 40);
AT(aorta_out, absorb, 48);
AT(aorta_out, emit, 56);
AT(aorta_out, emit_held, 64);
AT(aorta_out, resolve, 72);

SIZE(aorta_batch, 32);
AT(aorta_batch, size, 0);
AT(aorta_batch, count, 4);
AT(aorta_batch, records, 8);
AT(aorta_batch, verdicts, 16);
AT(aorta_batch, out, 24);

SIZE(aorta_outcome, 64);
AT(aorta_outcome, size, 0);
AT(aorta_outcome, kind, 4);
AT(aorta_outcome, code, 8);
AT(aorta_outcome, reserved, 12);
AT(aorta_outcome, reason, 16);
AT(aorta_outcome, where, 32);
AT(aorta_outcome, reply, 48);

SIZE(aorta_host, 144);
AT(aorta_host, size, 0);
AT(aorta_host, abi_major, 4);
AT(aorta_host, abi_minor, 8);
AT(aorta_host, reserved, 12);
AT(aorta_host, data, 16);
AT(aorta_host, get_extension, 24);
AT(aorta_host, intern, 32);
AT(aorta_host, buffer_new, 40);
AT(aorta_host, buffer_free, 48);
AT(aorta_host, set_payload, 56);
AT(aorta_host, new_view, 64);
AT(aorta_host, set_content_type, 72);
AT(aorta_host, set_key, 80);
AT(aorta_host, set_event_time, 88);
AT(aorta_host, set_attribute, 96);
AT(aorta_host, attribute, 104);
AT(aorta_host, try_buffer, 112);
AT(aorta_host, push, 120);
AT(aorta_host, finished, 128);
AT(aorta_host, complete, 136);

SIZE(aorta_instance, 96);
AT(aorta_instance, size, 0);
AT(aorta_instance, reserved, 4);
AT(aorta_instance, self, 8);
AT(aorta_instance, start, 16);
AT(aorta_instance, stop, 24);
AT(aorta_instance, destroy, 32);
AT(aorta_instance, get_extension, 40);
AT(aorta_instance, process, 48);
AT(aorta_instance, on_timer, 56);
AT(aorta_instance, on_credit, 64);
AT(aorta_instance, on_ack, 72);
AT(aorta_instance, on_settled, 80);
AT(aorta_instance, consume, 88);

SIZE(aorta_plugin_entry, 48);
AT(aorta_plugin_entry, size, 0);
AT(aorta_plugin_entry, abi_major, 4);
AT(aorta_plugin_entry, abi_minor, 8);
AT(aorta_plugin_entry, reserved, 12);
AT(aorta_plugin_entry, descriptor, 16);
AT(aorta_plugin_entry, check, 32);
AT(aorta_plugin_entry, create, 40);

SIZE(aorta_note, 16);
AT(aorta_note, abi_major, 0);
AT(aorta_note, abi_minor, 4);
AT(aorta_note, descriptor_size, 8);
AT(aorta_note, entry_size, 12);

SIZE(aorta_ack_policy, 24);
AT(aorta_ack_policy, size, 0);
AT(aorta_ack_policy, level, 4);
AT(aorta_ack_policy, timeout_ns, 8);
AT(aorta_ack_policy, on_invalid, 16);

SIZE(aorta_ack, 16);
AT(aorta_ack, size, 0);
AT(aorta_ack, policy, 8);

SIZE(aorta_clock, 24);
AT(aorta_clock, size, 0);
AT(aorta_clock, now_ns, 8);
AT(aorta_clock, steady_ns, 16);

SIZE(aorta_dead_letters, 16);
AT(aorta_dead_letters, size, 0);
AT(aorta_dead_letters, store, 8);

SIZE(aorta_log_field, 40);
AT(aorta_log_field, name, 0);
AT(aorta_log_field, text, 16);
AT(aorta_log_field, integer, 32);

SIZE(aorta_log, 16);
AT(aorta_log, size, 0);
AT(aorta_log, write, 8);

SIZE(aorta_metrics, 24);
AT(aorta_metrics, size, 0);
AT(aorta_metrics, counter, 8);
AT(aorta_metrics, add, 16);
SIZE(aorta_gauges, 16);
AT(aorta_gauges, size, 0);
AT(aorta_gauges, set, 8);

SIZE(aorta_attempts, 16);
AT(aorta_attempts, size, 0);
AT(aorta_attempts, count, 8);

SIZE(aorta_reply, 24);
AT(aorta_reply, size, 0);
AT(aorta_reply, is_wanted, 8);
AT(aorta_reply, set, 16);

SIZE(aorta_timer, 16);
AT(aorta_timer, size, 0);
AT(aorta_timer, set, 8);

/* clang-format on */
#endif
