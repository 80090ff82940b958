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
inline Vector divide(Vector a, Vector b) { return _mm512_div_ps(a, b); }
// A missing value (NaN) adds nothing.
inline Vector add_square_if_known(Vector sum, Vector a) {
    return _mm512_mask3_fmadd_ps(a, a, sum, _mm512_cmp_ps_mask(a, a, _CMP_ORD_Q));
}
inline Vector add_if_known(Vector count, Vector a, Vector b) {
    return _mm512_mask_add_ps(count, _mm512_cmp_ps_mask(a, b, _CMP_ORD_Q), count, spread(1.0f));
}
inline Vector add_if_different(Vector sum, Vector a, Vector b, Vector what) {
    return _mm512_mask_add_ps(sum, _mm512_cmp_ps_mask(a, b, _CMP_NEQ_OQ), sum, what);
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
inline Vector divide(Vector a, Vector b) { return _mm256_div_ps(a, b); }
inline Vector add_square_if_known(Vector sum, Vector a) {
    const Vector known = _mm256_and_ps(a, _mm256_cmp_ps(a, a, _CMP_ORD_Q));
    return _mm256_fmadd_ps(known, known, sum);
}
inline Vector add_if_known(Vector count, Vector a, Vector b) {
    return _mm256_add_ps(count, _mm256_and_ps(_mm256_cmp_ps(a, b, _CMP_ORD_Q), spread(1.0f)));
}
inline Vector add_if_different(Vector sum, Vector a, Vector b, Vector what) {
    return _mm256_add_ps(sum, _mm256_and_ps(_mm256_cmp_ps(a, b, _CMP_NEQ_OQ), what));
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
inline std::uint64_t at_most(Vector a, Vector b) {
    std::uint64_t mask = 0;
    for (int i = 0; i < kLanes; ++i) mask |= std::uint64_t(a.at[i] <= b.at[i]) << i;
    return mask;
}
inline Vector divide(Vector a, Vector b) { return each([&](int i) { return a.at[i] / b.at[i]; }); }
inline Vector add_square_if_known(Vector sum, Vector a) {
    return each([&](int i) { return sum.at[i] + (a.at[i] == a.at[i] ? a.at[i] * a.at[i] : 0.0f); });
}
inline Vector add_if_known(Vector count, Vector a, Vector b) {
    return each([&](int i) {
        return count.at[i] + (a.at[i] == a.at[i] && b.at[i] == b.at[i] ? 1.0f : 0.0f);
    });
}
inline Vector add_if_different(Vector sum, Vector a, Vector b, Vector what) {
    return each([&](int i) {
        return sum.at[i] + (a.at[i] < b.at[i] || a.at[i] > b.at[i] ? what.at[i] : 0.0f);
    });
}
#endif

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

// Half as many vectors at once, since each query also counts the columns that are known.
constexpr int kMixedVectors = kVectors / 2;
constexpr int kMixedStep = kMixedVectors * kLanes;

template <int N, bool kPartial>
void scan_mixture_queries(ScanArguments& a) {
    const Vector mismatch = spread(a.mismatch), all = spread(float(a.n_columns));
    for (int q = 0; q < N; ++q) a.masks[q] = 0;
    for (int lane = 0; lane < kLeaf; lane += kMixedStep) {
        Vector sum[N][kMixedVectors], known[N][kMixedVectors];
        for (int q = 0; q < N; ++q) {
            for (int v = 0; v < kMixedVectors; ++v) sum[q][v] = known[q][v] = spread(0.0f);
        }
        const float* column = a.leaf + lane;
        for (std::int64_t j = 0; j < a.n_numbers; ++j, column += kLeaf) {
            for (int q = 0; q < N; ++q) {
                const Vector query = spread(a.queries[q][j]);
                for (int v = 0; v < kMixedVectors; ++v) {
                    const Vector difference = subtract(load(column + v * kLanes), query);
                    sum[q][v] = kPartial ? add_square_if_known(sum[q][v], difference)
                                         : multiply_add(difference, difference, sum[q][v]);
                    if (kPartial) known[q][v] = add_if_known(known[q][v], difference, query);
                }
            }
        }
        for (std::int64_t j = 0; j < a.n_columns - a.n_numbers; ++j, column += kLeaf) {
            for (int q = 0; q < N; ++q) {
                const Vector query = spread(a.queries[q][a.nominal_at + j]);
                for (int v = 0; v < kMixedVectors; ++v) {
                    const Vector row = load(column + v * kLanes);
                    sum[q][v] = add_if_different(sum[q][v], row, query, mismatch);
                    if (kPartial) known[q][v] = add_if_known(known[q][v], row, query);
                }
            }
        }
        for (int q = 0; q < N; ++q) {
            const Vector limit = spread(a.limits[q]);
            for (int v = 0; v < kMixedVectors; ++v) {
                // With no column in common this is NaN, which is not below any limit.
                if (kPartial) {
                    const Vector up = divide(all, known[q][v]);
                    sum[q][v] = multiply_add(sum[q][v], up, spread(0.0f));
                }
                const std::uint64_t mask = at_most(sum[q][v], limit);
                const int first = lane + v * kLanes;
                a.masks[q] |= mask << first;
                if (mask) store(a.values[q] + first, sum[q][v]);
            }
        }
    }
}

template <bool kPartial>
void scan_mixtures_of(ScanArguments& a) {
    switch (a.n_queries) {
        case 4: return scan_mixture_queries<4, kPartial>(a);
        case 3: return scan_mixture_queries<3, kPartial>(a);
        case 2: return scan_mixture_queries<2, kPartial>(a);
        default: return scan_mixture_queries<1, kPartial>(a);
    }
}

void scan_mixtures(ScanArguments& a) {
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
    float values_of_least[kLanesApart], smaller_ones[kLanesApart];
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
    for (int p = 0; p < kParts; ++p) store(smaller_ones + p * kLanes, counts[p]);
    float limit = -std::numeric_limits<float>::infinity();
    for (int j = 0; j < kLanesApart; ++j) {
        const float value = smaller_ones[j] < float(wanted) ? values_of_least[j] : limit;
        limit = value > limit ? value : limit;
    }
    return limit;
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
