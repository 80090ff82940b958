/* Compares the category codes of all pairs of rows: a reference for searches in mixed tables.

   Codes are bytes, in blocks of 64 rows, column after column: 64 codes of the first column, 64 of the second,
   and so on. Four rows are compared with a block at a time. Columns in which two rows differ are counted in a
   byte per pair, so there are at most 255 columns. For each row the four least counts of other rows are kept.

   The processor decides between AVX-512BW, AVX2 and plain loops when this file is compiled; BYTE_LOOP_AVX2 and
   BYTE_LOOP_PLAIN choose a simpler one, to test it. */

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LANES 64
#define QUERIES 4
#define KEPT 4

#if defined(__AVX512BW__) && !defined(BYTE_LOOP_AVX2) && !defined(BYTE_LOOP_PLAIN)
#define PATH "AVX-512BW"
#include <immintrin.h>

/* Counts differing columns of four rows and a block. */
static void count(const uint8_t *block, const uint8_t *wide, int n_columns, uint8_t *counts) {
    const __m512i one = _mm512_set1_epi8(1);
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
    for (int column = 0; column < n_columns; ++column, block += LANES, wide += QUERIES * LANES) {
        const __m512i codes = _mm512_loadu_si512(block);
        a = _mm512_mask_add_epi8(a, _mm512_cmpneq_epi8_mask(codes, _mm512_loadu_si512(wide)), a, one);
        b = _mm512_mask_add_epi8(b, _mm512_cmpneq_epi8_mask(codes, _mm512_loadu_si512(wide + 64)), b, one);
        c = _mm512_mask_add_epi8(c, _mm512_cmpneq_epi8_mask(codes, _mm512_loadu_si512(wide + 128)), c, one);
        d = _mm512_mask_add_epi8(d, _mm512_cmpneq_epi8_mask(codes, _mm512_loadu_si512(wide + 192)), d, one);
    }
    _mm512_storeu_si512(counts, a);
    _mm512_storeu_si512(counts + 64, b);
    _mm512_storeu_si512(counts + 128, c);
    _mm512_storeu_si512(counts + 192, d);
}

/* Returns which of 64 counts are below a limit, as bits. */
static uint64_t below(const uint8_t *counts, uint8_t limit) {
    return _mm512_cmplt_epu8_mask(_mm512_loadu_si512(counts), _mm512_set1_epi8((char)limit));
}

#elif defined(__AVX2__) && !defined(BYTE_LOOP_PLAIN)
#define PATH "AVX2"
#include <immintrin.h>

#define LOAD(address) _mm256_loadu_si256((const __m256i *)(address))

static void count(const uint8_t *block, const uint8_t *wide, int n_columns, uint8_t *counts) {
    __m256i equal[2 * QUERIES];
    for (int i = 0; i < 2 * QUERIES; ++i) equal[i] = _mm256_setzero_si256();
    for (int column = 0; column < n_columns; ++column, block += LANES, wide += QUERIES * LANES) {
        const __m256i low = LOAD(block), high = LOAD(block + 32);
#pragma GCC unroll 4
        for (int query = 0; query < QUERIES; ++query) {
            const __m256i code = LOAD(wide + LANES * query);
            /* Equal codes give -1. */
            equal[2 * query] = _mm256_sub_epi8(equal[2 * query], _mm256_cmpeq_epi8(low, code));
            equal[2 * query + 1] = _mm256_sub_epi8(equal[2 * query + 1], _mm256_cmpeq_epi8(high, code));
        }
    }
    const __m256i all = _mm256_set1_epi8((char)n_columns);
    for (int i = 0; i < 2 * QUERIES; ++i)
        _mm256_storeu_si256((__m256i *)(counts + 32 * i), _mm256_sub_epi8(all, equal[i]));
}

static uint32_t not_below(__m256i counts, __m256i limit) {
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(counts, limit), counts));
}

static uint64_t below(const uint8_t *counts, uint8_t limit) {
    const __m256i wide = _mm256_set1_epi8((char)limit);
    return ~((uint64_t)not_below(LOAD(counts), wide) | (uint64_t)not_below(LOAD(counts + 32), wide) << 32);
}

#else
#define PATH "plain loops"

static void count(const uint8_t *block, const uint8_t *wide, int n_columns, uint8_t *counts) {
    memset(counts, 0, QUERIES * LANES);
    for (int column = 0; column < n_columns; ++column, block += LANES, wide += QUERIES * LANES)
        for (int query = 0; query < QUERIES; ++query)
            for (int lane = 0; lane < LANES; ++lane)
                counts[LANES * query + lane] += block[lane] != wide[LANES * query + lane];
}

static uint64_t below(const uint8_t *counts, uint8_t limit) {
    uint64_t found = 0;
    for (int lane = 0; lane < LANES; ++lane) found |= (uint64_t)(counts[lane] < limit) << lane;
    return found;
}
#endif

struct part {
    const uint8_t *codes;
    int64_t n_rows, first, last;
    int n_columns, has_failed;
    uint8_t *least;
};

/* Puts a count into a list of four that is in order. */
static void keep(uint8_t *least, uint8_t value) {
    int place = KEPT - 1;
    for (; place > 0 && least[place - 1] > value; --place) least[place] = least[place - 1];
    least[place] = value;
}

static void *search(void *given) {
    struct part *part = given;
    const int64_t n_blocks = (part->n_rows + LANES - 1) / LANES, size = (int64_t)part->n_columns * LANES;
    uint8_t *wide = malloc((size_t)size * QUERIES), counts[QUERIES * LANES];
    if (wide == NULL) {
        part->has_failed = 1;
        return NULL;
    }
    for (int64_t row = part->first; row < part->last; row += QUERIES) {
        const int n_queries = part->last - row < QUERIES ? (int)(part->last - row) : QUERIES;
        for (int query = 0; query < QUERIES; ++query) {
            const int64_t own = row + (query < n_queries ? query : 0);
            const uint8_t *code = part->codes + own / LANES * size + own % LANES;
            for (int column = 0; column < part->n_columns; ++column)
                memset(wide + LANES * (QUERIES * column + query), code[LANES * column], LANES);
        }
        for (int64_t block = 0; block < n_blocks; ++block) {
            count(part->codes + block * size, wide, part->n_columns, counts);
            const int64_t n_left = part->n_rows - block * LANES;
            const uint64_t rows = n_left < LANES ? (1ull << n_left) - 1 : ~0ull;
            for (int query = 0; query < n_queries; ++query) {
                uint8_t *least = part->least + KEPT * (row + query);
                uint64_t found = below(counts + LANES * query, least[KEPT - 1]) & rows;
                if ((row + query) / LANES == block) found &= ~(1ull << (row + query) % LANES);
                for (; found; found &= found - 1) {
                    const uint8_t value = counts[LANES * query + __builtin_ctzll(found)];
                    if (value < least[KEPT - 1]) keep(least, value);
                }
            }
        }
    }
    free(wide);
    return NULL;
}

const char *byte_loop_path(void) { return PATH; }

/* Writes the four least counts of each row, in order, into `least`; 255 where there are fewer other rows. */
int byte_loop(const uint8_t *codes, int64_t n_rows, int n_columns, int n_threads, uint8_t *least) {
    pthread_t *threads = malloc(sizeof(pthread_t) * (size_t)n_threads);
    struct part *parts = malloc(sizeof(struct part) * (size_t)n_threads);
    int n_started = 0, has_failed = threads == NULL || parts == NULL;
    memset(least, 255, (size_t)n_rows * KEPT);
    for (int i = 0; i < n_threads && !has_failed; ++i) {
        parts[i] = (struct part){codes, n_rows, n_rows * i / n_threads, n_rows * (i + 1) / n_threads,
                                 n_columns, 0, least};
        has_failed = pthread_create(&threads[i], NULL, search, &parts[i]);
        n_started += !has_failed;
    }
    for (int i = 0; i < n_started; ++i) {
        pthread_join(threads[i], NULL);
        has_failed |= parts[i].has_failed;
    }
    free(threads);
    free(parts);
    return has_failed;
}
