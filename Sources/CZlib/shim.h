// zlib, <https://zlib.net/manual.html>, with a function where it has a macro.
#include <zlib.h>

/// deflateInit2 for a raw stream (RFC 1951), as a zip file holds it: no header, no checksum.
static inline int sluice_deflate_raw_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
}
