// New sparse rows on the segments between old ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "blend.hpp"
#include "parallel.hpp"

namespace poise {

// Row i has the entries starts[i] to starts[i + 1] - 1, by ascending column.
template <class T>
struct SparseEntries {
    const std::int64_t *starts, *columns;
    const T* values;
};

// Room for n new rows: for n + 1 starts, and for as many entries as seeds and partners have.
template <class T>
struct SparseOut {
    std::int64_t *starts, *columns;
    T* values;
};

// Blends the values of two rows in the columns of either; a column where the new value is zero, as
// it is where both have none, gets no entry. Arguments are those of blend_rows().
template <class T>
void blend_sparse_rows(const SparseEntries<T>& rows, std::int64_t n, const std::int64_t* seeds,
                       const std::int64_t* partners, const double* gaps, const double* reaches,
                       const SparseOut<T>& out, Watch& watch) {
    std::vector<std::int64_t> columns;
    std::vector<T> pair, partner, made;  // pair: the values of the seed, then those of the partner
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        watch.look();
        std::int64_t a = rows.starts[seeds[i]], b = rows.starts[partners[i]];
        const std::int64_t end_a = rows.starts[seeds[i] + 1], end_b = rows.starts[partners[i] + 1];
        const std::int64_t most = end_a - a + end_b - b;
        columns.resize(most), pair.resize(2 * most), partner.resize(most), made.resize(most);
        std::int64_t width = 0;
        const T zero = 0;
        for (; a < end_a && b < end_b; ++width) {  // no branch depends on the columns
            const std::int64_t of_a = rows.columns[a], of_b = rows.columns[b];
            columns[width] = std::min(of_a, of_b);
            pair[width] = *(of_a <= of_b ? rows.values + a : &zero);
            partner[width] = *(of_b <= of_a ? rows.values + b : &zero);
            a += of_a <= of_b;
            b += of_b <= of_a;
        }
        for (; a < end_a; ++a, ++width) {
            columns[width] = rows.columns[a], pair[width] = rows.values[a], partner[width] = zero;
        }
        for (; b < end_b; ++b, ++width) {
            columns[width] = rows.columns[b], pair[width] = zero, partner[width] = rows.values[b];
        }
        std::copy_n(partner.begin(), width, pair.begin() + width);
        const std::int64_t first = 0, second = 1;
        blend_rows<T>(pair.data(), width, 1, &first, &second, gaps + i,
                      reaches == nullptr ? nullptr : reaches + i, made.data(), 1, watch);
        out.starts[i] = at;
        for (std::int64_t j = 0; j < width; ++j) {
            if (made[j] == T(0) || (pair[j] == T(0) && partner[j] == T(0))) continue;
            out.columns[at] = columns[j];
            out.values[at++] = made[j];
        }
    }
    out.starts[n] = at;
}

}  // namespace poise
