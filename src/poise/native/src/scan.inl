// The scanner for one instruction set; included once by each scan_*.cpp, which names itself.

#include <limits>

#include "scan.hpp"

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

namespace poise {
namespace {

#if defined(__AVX512F__)
using Vector = __m512;
constexpr int kLanes = 16;
inline Vector load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, Vector v) { _mm512_storeu_ps(p, v); }
inline Vector spread(float x) { return _mm512_set1_ps(x); }
inline Vector subtract(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
inline Vector larger(Vector a, Vector b) { return _mm512_max_ps(a, b); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
inline std::uint64_t at_most(Vector a, Vector b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ);
}
inline Vector smaller(Vector a, Vector b) { return _mm512_min_ps(a, b); }
inline Vector count_less(Vector count, Vector a, Vector b) {
    return _mm512_mask_add_ps(count, _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), count, spread(1.0f));
}
inline Vector if_less(Vector a, Vector b, Vector then, Vector otherwise) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), otherwise, then);
}
// A missing value (NaN) adds nothing.
inline Vector add_square_if_known(Vector sum, Vector a) {
    return _mm512_mask3_fmadd_ps(a, a, sum, _mm512_cmp_ps_mask(a, a, _CMP_ORD_Q));
}
using Codes = __m512i;
inline Codes load_codes(const Code* p) { return _mm512_loadu_si512(p); }
inline void store_codes(Code* p, Codes c) { _mm512_storeu_si512(p, c); }
inline Codes spread_code(Code x) { return _mm512_set1_epi8(char(x)); }
template <bool kPartial>
inline Codes count_unlike(Codes count, Codes row, Codes query) {
    __mmask64 unlike = _mm512_cmpneq_epi8_mask(row, query);
    if (kPartial) unlike = _mm512_mask_cmpneq_epi8_mask(unlike, row, spread_code(kMissing));
    return _mm512_mask_sub_epi8(count, unlike, count, spread_code(255));
}
inline std::uint64_t at_most_codes(Codes count, Code most) {
    return _mm512_cmple_epu8_mask(count, spread_code(most));
}
int count_unlike_codes(const Code* a, const Code* b, std::int64_t n) {
    int total = 0;
    const Codes missing = spread_code(kMissing);
    for (std::int64_t i = 0; i < n; i += kCodesAtOnce) {
        const Codes x = load_codes(a + i), y = load_codes(b + i);
        const __mmask64 first = _mm512_cmpneq_epi8_mask(x, missing);
        const __mmask64 known = _mm512_mask_cmpneq_epi8_mask(first, y, missing);
        total += int(_mm_popcnt_u64(_mm512_mask_cmpneq_epi8_mask(known, x, y)));
    }
    return total;
}
#elif defined(__AVX2__)
using Vector = __m256;
constexpr int kLanes = 8;
inline Vector load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, Vector v) { _mm256_storeu_ps(p, v); }
inline Vector spread(float x) { return _mm256_set1_ps(x); }
inline Vector subtract(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
inline Vector larger(Vector a, Vector b) { return _mm256_max_ps(a, b); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
inline std::uint64_t at_most(Vector a, Vector b) {
    return static_cast<std::uint64_t>(
        static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LE_OQ))));
}
inline Vector smaller(Vector a, Vector b) { return _mm256_min_ps(a, b); }
inline Vector count_less(Vector count, Vector a, Vector b) {
    return _mm256_add_ps(count, _mm256_and_ps(_mm256_cmp_ps(a, b, _CMP_LT_OQ), spread(1.0f)));
}
inline Vector if_less(Vector a, Vector b, Vector then, Vector otherwise) {
    return _mm256_blendv_ps(otherwise, then, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
inline Vector add_square_if_known(Vector sum, Vector a) {
    const Vector known = _mm256_and_ps(a, _mm256_cmp_ps(a, a, _CMP_ORD_Q));
    return _mm256_fmadd_ps(known, known, sum);
}
#else
// Four lanes in plain loops: compilers turn them into SSE2 or NEON.
constexpr int kLanes = 4;
struct Vector { float at[kLanes]; };
template <class F> inline Vector each(F f) {
    Vector v;
    for (int i = 0; i < kLanes; ++i) v.at[i] = f(i);
    return v;
}
inline Vector load(const float* p) { return each([=](int i) { return p[i]; }); }
inline void store(float* p, Vector v) { for (int i = 0; i < kLanes; ++i) p[i] = v.at[i]; }
inline Vector spread(float x) { return each([=](int) { return x; }); }
inline Vector subtract(Vector a, Vector b) { return each([&](int i) { return a.at[i] - b.at[i]; }); }
inline Vector larger(Vector a, Vector b) {
    return each([&](int i) { return a.at[i] > b.at[i] ? a.at[i] : b.at[i]; });
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
    return each([&](int i) { return a.at[i] * b.at[i] + c.at[i]; });
}
inline Vector smaller(Vector a, Vector b) {
    return each([&](int i) { return a.at[i] < b.at[i] ? a.at[i] : b.at[i]; });
}
inline Vector count_less(Vector count, Vector a, Vector b) {
    return each([&](int i) { return count.at[i] + (a.at[i] < b.at[i] ? 1.0f : 0.0f); });
}
inline Vector if_less(Vector a, Vector b, Vector then, Vector otherwise) {
    return each([&](int i) { return a.at[i] < b.at[i] ? then.at[i] : otherwise.at[i]; });
}
inline std::uint64_t at_most(Vector a, Vector b) {
    std::uint64_t mask = 0;
    for (int i = 0; i < kLanes; ++i) mask |= std::uint64_t(a.at[i] <= b.at[i]) << i;
    return mask;
}
inline Vector add_square_if_known(Vector sum, Vector a) {
    return each([&](int i) { return sum.at[i] + (a.at[i] == a.at[i] ? a.at[i] * a.at[i] : 0.0f); });
}
#endif

#if !defined(__AVX512BW__)
// Plain loops over the bytes of a leaf, which compilers turn into SSE2, AVX2 or NEON.
struct Codes { Code at[kLeaf]; };
inline Codes load_codes(const Code* p) {
    Codes c;
    for (int i = 0; i < kLeaf; ++i) c.at[i] = p[i];
    return c;
}
inline void store_codes(Code* p, const Codes& c) { for (int i = 0; i < kLeaf; ++i) p[i] = c.at[i]; }
inline Codes spread_code(Code x) {
    Codes c;
    for (int i = 0; i < kLeaf; ++i) c.at[i] = x;
    return c;
}
template <bool kPartial>
inline Codes count_unlike(Codes count, const Codes& row, const Codes& query) {
    for (int i = 0; i < kLeaf; ++i) {
        const bool is_known = !kPartial || row.at[i] != kMissing;
        count.at[i] = Code(count.at[i] + Code(row.at[i] != query.at[i] && is_known));
    }
    return count;
}
inline std::uint64_t at_most_codes(const Codes& count, Code most) {
    std::uint64_t mask = 0;
    for (int i = 0; i < kLeaf; ++i) mask |= std::uint64_t(count.at[i] <= most) << i;
    return mask;
}
int count_unlike_codes(const Code* a, const Code* b, std::int64_t n) {
    int total = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        total += a[i] != b[i] && a[i] != kMissing && b[i] != kMissing;
    }
    return total;
}
#endif

inline float largest_of(Vector v) {
    float lanes[kLanes];
    store(lanes, v);
    for (int half = kLanes / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; ++i) {
            lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
        }
    }
    return lanes[0];
}

inline float sum_of(Vector v) {
    float lanes[kLanes];
    store(lanes, v);
    float total = 0.0f;
    for (float lane : lanes) total += lane;
    return total;
}

// Vectors of a leaf that one pass holds in registers, for each of N queries: AVX-512 has 32
// registers, the others 16.
#if defined(__AVX512F__)
constexpr int kVectors = 4;
#else
constexpr int kVectors = 2;
#endif
constexpr int kStep = kVectors * kLanes;

constexpr std::int64_t kColumnsBetweenLooks = 4;  // at whether any row is left

template <int N, bool kProducts>
inline void scan_queries(ScanArguments& a) {
    for (int q = 0; q < N; ++q) a.masks[q] = 0;
    for (int lane = 0; lane < kLeaf; lane += kStep) {
        Vector sum[N][kVectors];
        for (int v = 0; v < kVectors; ++v) {
            const Vector start = kProducts ? load(a.start + lane + v * kLanes) : spread(0.0f);
            for (int q = 0; q < N; ++q) sum[q][v] = start;
        }
        const float* column = a.leaf + lane;
        for (std::int64_t j = 0; j < a.n_columns; ++j, column += kLeaf) {
            Vector row[kVectors];
            for (int v = 0; v < kVectors; ++v) row[v] = load(column + v * kLanes);
            for (int q = 0; q < N; ++q) {
                const Vector query = spread(a.queries[q][j]);
                for (int v = 0; v < kVectors; ++v) {
                    if (kProducts) {
                        sum[q][v] = multiply_add(row[v], query, sum[q][v]);
                    } else {
                        const Vector difference = subtract(row[v], query);
                        sum[q][v] = multiply_add(difference, difference, sum[q][v]);
                    }
                }
            }
        }
        for (int q = 0; q < N; ++q) {
            const Vector limit = spread(a.limits[q]);
            for (int v = 0; v < kVectors; ++v) {
                const std::uint64_t mask = at_most(sum[q][v], limit);
                const int first = lane + v * kLanes;
                a.masks[q] |= mask << first;
                if (mask) store(a.values[q] + first, sum[q][v]);
            }
        }
    }
}

template <bool kProducts>
void scan(ScanArguments& a) {
    switch (a.n_queries) {
        case 4: return scan_queries<4, kProducts>(a);
        case 3: return scan_queries<3, kProducts>(a);
        case 2: return scan_queries<2, kProducts>(a);
        default: return scan_queries<1, kProducts>(a);
    }
}

// Columns of a leaf, and of as many queries, that stay in the nearest cache with their products.
constexpr std::int64_t kColumnsAtOnce = 32;

template <int N>
inline void products_of(const float* leaf, std::int64_t begin, std::int64_t end,
                        const float* const* queries, float (*products)[kLeaf]) {
    for (int lane = 0; lane < kLeaf; lane += kStep) {
        Vector sum[N][kVectors];
        for (int q = 0; q < N; ++q) {
            for (int v = 0; v < kVectors; ++v) {
                sum[q][v] = begin == 0 ? spread(0.0f) : load(products[q] + lane + v * kLanes);
            }
        }
        const float* column = leaf + begin * kLeaf + lane;
        for (std::int64_t j = begin; j < end; ++j, column += kLeaf) {
            Vector row[kVectors];
            for (int v = 0; v < kVectors; ++v) row[v] = load(column + v * kLanes);
            for (int q = 0; q < N; ++q) {
                const Vector query = spread(queries[q][j]);
                for (int v = 0; v < kVectors; ++v) {
                    sum[q][v] = multiply_add(row[v], query, sum[q][v]);
                }
            }
        }
        for (int q = 0; q < N; ++q) {
            for (int v = 0; v < kVectors; ++v) store(products[q] + lane + v * kLanes, sum[q][v]);
        }
    }
}

void products_of_all(const float* leaf, std::int64_t n_columns, const float* const* queries,
                     int n_queries, float (*products)[kLeaf]) {
    for (std::int64_t begin = 0; begin < n_columns; begin += kColumnsAtOnce) {
        const std::int64_t end =
            begin + kColumnsAtOnce < n_columns ? begin + kColumnsAtOnce : n_columns;
        int q = 0;
        for (; q + 4 <= n_queries; q += 4) {
            products_of<4>(leaf, begin, end, queries + q, products + q);
        }
        for (; q < n_queries; ++q) products_of<1>(leaf, begin, end, queries + q, products + q);
    }
}

std::uint64_t started(const float* products, const float* start, float limit, float* values) {
    const Vector limits = spread(limit), one = spread(1.0f);
    std::uint64_t mask = 0;
    for (int lane = 0; lane < kLeaf; lane += kLanes) {
        const Vector value = multiply_add(load(products + lane), one, load(start + lane));
        store(values + lane, value);
        mask |= at_most(value, limits) << lane;
    }
    return mask;
}

// The numbers of a leaf: adds the squared differences of one query to `sum`.
template <bool kPartial>
inline void add_numbers(const MixedArguments& a, int q, int lane, Vector* sum) {
    const float* column = a.leaf + lane;
    for (std::int64_t j = 0; j < a.n_numbers; ++j, column += kLeaf) {
        const Vector query = spread(a.queries[q][j]);
        for (int v = 0; v < kVectors; ++v) {
            const Vector difference = subtract(load(column + v * kLanes), query);
            sum[v] = kPartial ? add_square_if_known(sum[v], difference)
                              : multiply_add(difference, difference, sum[v]);
        }
    }
}

// Turns the mismatches of the rows that are left into values, and keeps those within the limit.
template <bool kPartial>
inline void finish_mixture(MixedArguments& a, int q, const Code* counts, std::uint64_t left) {
    const Vector limit = spread(a.limits[q]), mismatch = spread(a.mismatch);
    const Vector share = spread(a.query_shares[q]);
    a.masks[q] = 0;
    for (int lane = 0; lane < kLeaf; lane += kStep) {
        if (kStep < kLeaf && !(left >> lane & ((1ull << (kStep % kLeaf)) - 1))) continue;
        Vector sum[kVectors];
        for (int v = 0; v < kVectors; ++v) {
            float unlike[kLanes];
            for (int i = 0; i < kLanes; ++i) {
                unlike[i] = float(a.n_unlike[q] + int(counts[lane + v * kLanes + i]));
            }
            sum[v] = multiply_add(load(unlike), mismatch, spread(0.0f));
        }
        add_numbers<kPartial>(a, q, lane, sum);
        for (int v = 0; v < kVectors; ++v) {
            const int first = lane + v * kLanes;
            if (kPartial) {  // a row that knows nothing has NaN here, which is below no limit
                sum[v] = multiply_add(sum[v], larger(load(a.shares + first), share), spread(0.0f));
            }
            a.masks[q] |= at_most(sum[v], limit) << first;
            store(a.values[q] + first, sum[v]);
        }
    }
    a.masks[q] &= left;
}

template <int N, bool kPartial>
void scan_mixture_queries(MixedArguments& a) {
    // Up to this many columns no count of a byte overflows; without the others it is only smaller.
    const std::int64_t n_varying = a.codes.n_varying < 254 ? a.codes.n_varying : 254;
    Codes count[N];
    Code most[N];
    for (int q = 0; q < N; ++q) {
        count[q] = spread_code(0);
        const int rest = a.most_unlike[q] - a.n_unlike[q];
        most[q] = Code(rest < 0 ? 0 : rest > 255 ? 255 : rest);
    }
    std::uint64_t left[N];
    for (int q = 0; q < N; ++q) left[q] = ~0ull;
    std::int64_t i = 0;
    while (i < n_varying) {
        std::int64_t end = i + kColumnsBetweenLooks;
        if (end > n_varying) end = n_varying;
        for (; i < end; ++i) {
            const Codes row = load_codes(a.codes.varying + i * kLeaf);
            for (int q = 0; q < N; ++q) {
                const Code code = a.query_codes[q][a.codes.columns[i]];
                if (kPartial && code == kMissing) continue;
                count[q] = count_unlike<kPartial>(count[q], row, spread_code(code));
            }
        }
        std::uint64_t any = 0;
        for (int q = 0; q < N; ++q) any |= left[q] = at_most_codes(count[q], most[q]);
        if (!any) break;
    }
    a.n_bytes = i * kLeaf;
    for (int q = 0; q < N; ++q) {
        a.masks[q] = 0;
        if (!left[q]) continue;
        a.n_bytes += a.n_numbers * kLeaf * std::int64_t(sizeof(float));
        Code counts[kLeaf];
        store_codes(counts, count[q]);
        finish_mixture<kPartial>(a, q, counts, left[q]);
    }
}

template <bool kPartial>
void scan_mixtures_of(MixedArguments& a) {
    switch (a.n_queries) {
        case 4: return scan_mixture_queries<4, kPartial>(a);
        case 3: return scan_mixture_queries<3, kPartial>(a);
        case 2: return scan_mixture_queries<2, kPartial>(a);
        default: return scan_mixture_queries<1, kPartial>(a);
    }
}

void scan_mixtures(MixedArguments& a) {
    a.is_partial ? scan_mixtures_of<true>(a) : scan_mixtures_of<false>(a);
}

std::uint64_t mask_at_most(const float* values, float limit) {
    const Vector limits = spread(limit);
    std::uint64_t mask = 0;
    for (int lane = 0; lane < kLeaf; lane += kLanes) {
        mask |= at_most(load(values + lane), limits) << lane;
    }
    return mask;
}

float rough_limit(const float* values, int wanted) {
    // The smallest of every 16th value are 16 different rows, so the wanted-th of them will do: the
    // largest that fewer than `wanted` are smaller than, counted for all without a branch.
    constexpr int kParts = kLanesApart / kLanes;
    Vector least[kParts], counts[kParts];
    float values_of_least[kLanesApart];
    for (int p = 0; p < kParts; ++p) {
        least[p] = load(values + p * kLanes);
        for (int lane = kLanesApart; lane < kLeaf; lane += kLanesApart) {
            least[p] = smaller(least[p], load(values + lane + p * kLanes));
        }
        store(values_of_least + p * kLanes, least[p]);
        counts[p] = spread(0.0f);
    }
    for (int i = 0; i < kLanesApart; ++i) {
        const Vector other = spread(values_of_least[i]);
        for (int p = 0; p < kParts; ++p) counts[p] = count_less(counts[p], other, least[p]);
    }
    const Vector none = spread(-std::numeric_limits<float>::infinity());
    Vector limit = none;
    for (int p = 0; p < kParts; ++p) {
        limit = larger(if_less(counts[p], spread(float(wanted)), least[p], none), limit);
    }
    return largest_of(limit);
}

float point_to_box(const float* point, const float* low, const float* high, std::int64_t n) {
    Vector total = spread(0.0f);
    for (std::int64_t j = 0; j < n; j += kLanes) {
        const Vector x = load(point + j);
        const Vector below = subtract(load(low + j), x), above = subtract(x, load(high + j));
        const Vector distance = larger(larger(below, above), spread(0.0f));
        total = multiply_add(distance, distance, total);
    }
    return sum_of(total);
}

std::uint64_t points_to_box(const float* points, const float* low, const float* high,
                            std::int64_t n, const float* limits) {
    std::uint64_t within = 0;
    for (int lane = 0; lane < kLeaf; lane += kStep) {
        Vector total[kVectors];
        for (int v = 0; v < kVectors; ++v) total[v] = spread(0.0f);
        const float* column = points + lane;
        for (std::int64_t j = 0; j < n; ++j, column += kLeaf) {
            const Vector least = spread(low[j]), most = spread(high[j]);
            for (int v = 0; v < kVectors; ++v) {
                const Vector x = load(column + v * kLanes);
                const Vector below = subtract(least, x), above = subtract(x, most);
                const Vector distance = larger(larger(below, above), spread(0.0f));
                total[v] = multiply_add(distance, distance, total[v]);
            }
        }
        for (int v = 0; v < kVectors; ++v) {
            const int first = lane + v * kLanes;
            within |= at_most(total[v], load(limits + first)) << first;
        }
    }
    return within;
}

float box_to_box(const float* low_a, const float* high_a, const float* low_b, const float* high_b,
                 std::int64_t n) {
    Vector total = spread(0.0f);
    for (std::int64_t j = 0; j < n; j += kLanes) {
        const Vector below = subtract(load(low_a + j), load(high_b + j));
        const Vector above = subtract(load(low_b + j), load(high_a + j));
        const Vector distance = larger(larger(below, above), spread(0.0f));
        total = multiply_add(distance, distance, total);
    }
    return sum_of(total);
}

float disjoint_columns(const float* low_a, const float* high_a, const float* low_b,
                    const float* high_b, std::int64_t n) {
    Vector total = spread(0.0f);
    for (std::int64_t j = 0; j < n; j += kLanes) {
        const Vector below = subtract(load(low_a + j), load(high_b + j));
        const Vector above = subtract(load(low_b + j), load(high_a + j));
        const Vector distance = larger(larger(below, above), spread(0.0f));
        total = count_less(total, spread(0.0f), distance);
    }
    return sum_of(total);
}

}  // namespace
}  // namespace poise
