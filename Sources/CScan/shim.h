// Bit masks over 64 bytes of CSV, and counts over many: the few places where the compiler has to be
// handed vector instructions. SSE2 and NEON belong to the base of x86-64 and AArch64, so nothing is
// detected at run time; elsewhere plain C does the same.
//
// Bit i of a mask stands for byte i. Every function reads exactly the bytes it is given.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

typedef struct {
    uint64_t quotes;
    uint64_t delimiters;
    uint64_t lineFeeds;
    uint64_t carriageReturns;
    uint64_t unusual;  // NUL, and every byte of 0x80 and above
} cscan_masks;

#if defined(__SSE2__)

static inline uint64_t cscan_join(__m128i a, __m128i b, __m128i c, __m128i d) {
    return (uint64_t)(uint32_t)_mm_movemask_epi8(a) |
           (uint64_t)(uint32_t)_mm_movemask_epi8(b) << 16 |
           (uint64_t)(uint32_t)_mm_movemask_epi8(c) << 32 |
           (uint64_t)(uint32_t)_mm_movemask_epi8(d) << 48;
}

static inline cscan_masks cscan_64(const uint8_t *_Nonnull bytes, uint8_t delimiter) {
    const __m128i a = _mm_loadu_si128((const __m128i *)bytes);
    const __m128i b = _mm_loadu_si128((const __m128i *)(bytes + 16));
    const __m128i c = _mm_loadu_si128((const __m128i *)(bytes + 32));
    const __m128i d = _mm_loadu_si128((const __m128i *)(bytes + 48));
#define CSCAN_EQUAL(byte)                                                       \
    cscan_join(_mm_cmpeq_epi8(a, _mm_set1_epi8((char)(byte))),                  \
               _mm_cmpeq_epi8(b, _mm_set1_epi8((char)(byte))),                  \
               _mm_cmpeq_epi8(c, _mm_set1_epi8((char)(byte))),                  \
               _mm_cmpeq_epi8(d, _mm_set1_epi8((char)(byte))))
    const __m128i one = _mm_set1_epi8(1);  // as signed bytes, NUL and 0x80... are less than one
    const cscan_masks masks = {
        CSCAN_EQUAL('"'), CSCAN_EQUAL(delimiter), CSCAN_EQUAL('\n'), CSCAN_EQUAL('\r'),
        cscan_join(_mm_cmplt_epi8(a, one), _mm_cmplt_epi8(b, one), _mm_cmplt_epi8(c, one),
                   _mm_cmplt_epi8(d, one))};
#undef CSCAN_EQUAL
    return masks;
}

#elif defined(__ARM_NEON)

static inline uint64_t cscan_join(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) {
    const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t ab = vpaddq_u8(vandq_u8(a, bits), vandq_u8(b, bits));
    const uint8x16_t cd = vpaddq_u8(vandq_u8(c, bits), vandq_u8(d, bits));
    uint8x16_t all = vpaddq_u8(ab, cd);
    all = vpaddq_u8(all, all);
    return vgetq_lane_u64(vreinterpretq_u64_u8(all), 0);
}

static inline cscan_masks cscan_64(const uint8_t *_Nonnull bytes, uint8_t delimiter) {
    const uint8x16_t a = vld1q_u8(bytes), b = vld1q_u8(bytes + 16);
    const uint8x16_t c = vld1q_u8(bytes + 32), d = vld1q_u8(bytes + 48);
#define CSCAN_EQUAL(byte)                                                       \
    cscan_join(vceqq_u8(a, vdupq_n_u8(byte)), vceqq_u8(b, vdupq_n_u8(byte)),    \
               vceqq_u8(c, vdupq_n_u8(byte)), vceqq_u8(d, vdupq_n_u8(byte)))
#define CSCAN_UNUSUAL(x) vcltq_s8(vreinterpretq_s8_u8(x), vdupq_n_s8(1))
    const cscan_masks masks = {
        CSCAN_EQUAL('"'), CSCAN_EQUAL(delimiter), CSCAN_EQUAL('\n'), CSCAN_EQUAL('\r'),
        cscan_join(CSCAN_UNUSUAL(a), CSCAN_UNUSUAL(b), CSCAN_UNUSUAL(c), CSCAN_UNUSUAL(d))};
#undef CSCAN_UNUSUAL
#undef CSCAN_EQUAL
    return masks;
}

#else

static inline cscan_masks cscan_64(const uint8_t *_Nonnull bytes, uint8_t delimiter) {
    cscan_masks masks = {0, 0, 0, 0, 0};
    for (int i = 0; i < 64; i++) {
        const uint64_t bit = (uint64_t)1 << i;
        if (bytes[i] == '"') masks.quotes |= bit;
        if (bytes[i] == delimiter) masks.delimiters |= bit;
        if (bytes[i] == '\n') masks.lineFeeds |= bit;
        if (bytes[i] == '\r') masks.carriageReturns |= bit;
        if ((int8_t)bytes[i] < 1) masks.unusual |= bit;
    }
    return masks;
}

#endif

typedef struct {
    size_t quotes;
    size_t lineFeeds;
} cscan_counts;

// Counts quotation marks and line feeds. Vectorised by the compiler: the inner loop sums bytes,
// at most 255 at a time so that no sum overflows its byte.
static inline cscan_counts cscan_count(const uint8_t *_Nonnull bytes, size_t count) {
    cscan_counts counts = {0, 0};
    size_t at = 0;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), lineFeed = _mm_set1_epi8('\n');
    const __m128i zero = _mm_setzero_si128();
    while (count - at >= 16) {
        size_t blocks = (count - at) / 16;
        if (blocks > 255) blocks = 255;
        __m128i quotes = zero, lineFeeds = zero;
        for (size_t i = 0; i < blocks; i++, at += 16) {
            const __m128i x = _mm_loadu_si128((const __m128i *)(bytes + at));
            quotes = _mm_sub_epi8(quotes, _mm_cmpeq_epi8(x, quote));
            lineFeeds = _mm_sub_epi8(lineFeeds, _mm_cmpeq_epi8(x, lineFeed));
        }
        const __m128i q = _mm_sad_epu8(quotes, zero), l = _mm_sad_epu8(lineFeeds, zero);
        counts.quotes += (size_t)_mm_cvtsi128_si64(q) +
                         (size_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(q, q));
        counts.lineFeeds += (size_t)_mm_cvtsi128_si64(l) +
                            (size_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(l, l));
    }
#endif
    for (; at < count; at++) {
        counts.quotes += bytes[at] == '"';
        counts.lineFeeds += bytes[at] == '\n';
    }
    return counts;
}

static inline uint64_t cscan_load64(const uint8_t *_Nonnull bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t cscan_load32(const uint8_t *_Nonnull bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

// Both halves of the 128-bit product, folded.
static inline uint64_t cscan_fold(uint64_t a, uint64_t b) {
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

// A hash of a key without secret, the same in every process and version: its top 12 bits are the
// key's slice, so that keys in the order of their hash are in the order of their slices. Whoever
// chooses keys can choose them with equal hashes.
static inline uint64_t cscan_open_hash(const uint8_t *_Nullable bytes, size_t count) {
    // Fractional digits of pi.
    const uint64_t first = 0x243F6A8885A308D3u, second = 0x13198A2E03707344u;
    uint64_t hash = 0;
    // In bounds: 16 bytes are loaded only where at least 16 are left, the last ones overlapping.
    if (count >= 16) {
        size_t at = 0;
        for (; at + 16 < count; at += 16)
            hash = cscan_fold(cscan_load64(bytes + at) ^ first, cscan_load64(bytes + at + 8) ^ hash);
        hash = cscan_fold(cscan_load64(bytes + count - 16) ^ first,
                          cscan_load64(bytes + count - 8) ^ hash);
    } else if (count >= 8) {
        hash = cscan_fold(cscan_load64(bytes) ^ first, cscan_load64(bytes + count - 8) ^ hash);
    } else if (count >= 4) {
        hash = cscan_fold(cscan_load32(bytes) ^ first, cscan_load32(bytes + count - 4) ^ hash);
    } else if (count > 0) {
        const uint64_t word = (uint64_t)bytes[0] | (uint64_t)bytes[count / 2] << 8 |
                              (uint64_t)bytes[count - 1] << 16;
        hash = cscan_fold(word ^ first, hash);
    }
    return cscan_fold(hash ^ second, (uint64_t)count ^ first);
}
