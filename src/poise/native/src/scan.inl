// The scanner for one instruction set; included once by each scan_*.cpp, which names itself.

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
inline std::uint64_t at_most(Vector a, Vector b) {
    std::uint64_t mask = 0;
    for (int i = 0; i < kLanes; ++i) mask |= std::uint64_t(a.at[i] <= b.at[i]) << i;
    return mask;
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

std::uint64_t mask_at_most(const float* values, float limit) {
    const Vector limits = spread(limit);
    std::uint64_t mask = 0;
    for (int lane = 0; lane < kLeaf; lane += kLanes) {
        mask |= at_most(load(values + lane), limits) << lane;
    }
    return mask;
}

float rough_limit(const float* values, int wanted) {
    // The smallest of every 16th value are 16 different rows, so the wanted-th of them will do.
    float least[kLanesApart];
    for (int i = 0; i < kLanesApart; ++i) least[i] = values[i];
    for (int lane = kLanesApart; lane < kLeaf; ++lane) {
        float& other = least[lane % kLanesApart];
        other = values[lane] < other ? values[lane] : other;
    }
    // Ranks without a branch to guess wrong: ties are told apart by position.
    int rank[kLanesApart] = {};
    for (int i = 0; i < kLanesApart; ++i) {
        for (int j = 0; j < kLanesApart; ++j) {
            rank[j] += int(least[i] < least[j]) + (int(least[i] == least[j]) & int(i < j));
        }
    }
    float limit = least[0];
    for (int j = 0; j < kLanesApart; ++j) limit = rank[j] == wanted - 1 ? least[j] : limit;
    return limit;
}

float point_to_box(const float* point, const float* low, const float* high, std::int64_t n) {
    Vector total = spread(0.0f);
    for (std::int64_t j = 0; j < n; j += kLanes) {
        const Vector x = load(point + j);
        const Vector below = subtract(load(low + j), x), above = subtract(x, load(high + j));
        const Vector gap = larger(larger(below, above), spread(0.0f));
        total = multiply_add(gap, gap, total);
    }
    return sum_of(total);
}

float box_to_box(const float* low_a, const float* high_a, const float* low_b, const float* high_b,
                 std::int64_t n) {
    Vector total = spread(0.0f);
    for (std::int64_t j = 0; j < n; j += kLanes) {
        const Vector below = subtract(load(low_a + j), load(high_b + j));
        const Vector above = subtract(load(low_b + j), load(high_a + j));
        const Vector gap = larger(larger(below, above), spread(0.0f));
        total = multiply_add(gap, gap, total);
    }
    return sum_of(total);
}

}  // namespace
}  // namespace poise
