// New rows on the segments between old ones: gathered, blended and written in one pass.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "parallel.hpp"

namespace poise {

// out = seed + gap * reach * (partner - seed), row by row: the difference in the values' own
// precision, the rest in float64, cast back; no fused multiply-add (see CMakeLists.txt).
template <class T>
void blend_rows(const T* values, std::int64_t n_columns, std::int64_t n, const std::int64_t* seeds,
                const std::int64_t* partners, const double* gaps, const double* reaches, T* out,
                int n_threads, Watch& watch) {
    constexpr std::int64_t kRows = 1024;
    const std::int64_t n_chunks = (n + kRows - 1) / kRows;
    for_each(n_chunks, n * n_columns < (1 << 16) ? 1 : n_threads, watch, [&] {
        return [&](std::int64_t chunk) {
            const std::int64_t end = n < (chunk + 1) * kRows ? n : (chunk + 1) * kRows;
            for (std::int64_t i = chunk * kRows; i < end; ++i) {
                const T* seed = values + seeds[i] * n_columns;
                const T* partner = values + partners[i] * n_columns;
                T* made = out + i * n_columns;
                const double gap = gaps[i];
                if (reaches == nullptr) {
                    for (std::int64_t j = 0; j < n_columns; ++j) {
                        const T difference = partner[j] - seed[j];
                        made[j] = T(double(seed[j]) + gap * double(difference));
                    }
                } else {
                    for (std::int64_t j = 0; j < n_columns; ++j) {
                        const T difference = T(double(T(partner[j] - seed[j])) * reaches[i]);
                        made[j] = T(double(seed[j]) + gap * double(difference));
                    }
                }
                // A value that the partner does not know (NaN) is the seed's; where a difference
                // overflows, the same point is computed without one.
                const double whole = reaches == nullptr ? gap : gap * reaches[i];
                for (std::int64_t j = 0; j < n_columns; ++j) {
                    if (std::isfinite(made[j])) continue;
                    if (std::isnan(partner[j])) {
                        made[j] = seed[j];
                        continue;
                    }
                    double value = (1 - whole) * double(seed[j]) + whole * double(partner[j]);
                    // Of a point beyond what the type holds, the nearest that it holds.
                    constexpr double largest = double(std::numeric_limits<T>::max());
                    if (std::isfinite(seed[j]) && std::isfinite(partner[j])) {
                        value = std::min(std::max(value, -largest), largest);
                    }
                    made[j] = T(value);
                }
            }
        };
    });
}

}  // namespace poise
