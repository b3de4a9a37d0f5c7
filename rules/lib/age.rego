# Ages from RFC 3339 instants, relative to input.now_ns.
package lib.age

# Whole days between an instant and now.
days_since(instant, now_ns) := floor((now_ns - time.parse_rfc3339_ns(instant)) / 86400000000000)
