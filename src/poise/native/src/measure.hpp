// How far apart two rows are, exactly: float64, added in the order of the columns.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace poise {

// The sum is defined to the last bit, so nothing here may be reordered; CMakeLists.txt turns off
// fused multiply-add.
inline double sum_of_squares(const double* a, const double* b, std::int64_t n) {
    double total = 0.0;
    for (std::int64_t j = 0; j < n; ++j) {
        const double difference = a[j] - b[j];
        total += difference * difference;
    }
    return total;
}

// Four rows at once, so that the additions of one sum overlap with those of another.
inline void sums_of_squares(const double* a, const double* const* rows, std::int64_t n,
                            double* out) {
    double total[4] = {0.0, 0.0, 0.0, 0.0};
    for (std::int64_t j = 0; j < n; ++j) {
        for (int i = 0; i < 4; ++i) {
            const double difference = rows[i][j] - a[j];
            total[i] += difference * difference;
        }
    }
    for (int i = 0; i < 4; ++i) out[i] = total[i];
}

// The squared distance: the squared differences of the first columns, which are numbers, and a
// fixed cost for each of the others, which are nominal, if the categories (whole numbers) differ.
// If values may be missing (NaN), only the columns that both rows know are added, and the sum is
// scaled up to all columns; rows that know no column in common are never neighbours.
struct Measure {
    std::int64_t n_columns = 0;
    std::int64_t n_nominal = 0;
    double mismatch = 0.0;
    bool is_partial = false;

    std::int64_t n_numbers() const { return n_columns - n_nominal; }
    bool is_plain() const { return n_nominal == 0 && !is_partial; }

    // NaN for rows that know no column in common.
    double distance(const double* a, const double* b) const {
        if (is_plain()) return sum_of_squares(a, b, n_columns);
        const std::int64_t numbers = n_numbers();
        double total = 0.0;
        std::int64_t n_different = 0, n_common = n_columns;
        if (!is_partial) {
            total = sum_of_squares(a, b, numbers);
            for (std::int64_t j = numbers; j < n_columns; ++j) n_different += a[j] != b[j];
        } else {
            n_common = 0;
            for (std::int64_t j = 0; j < n_columns; ++j) {
                if (std::isnan(a[j]) || std::isnan(b[j])) continue;
                ++n_common;
                const double difference = a[j] - b[j];
                if (j < numbers) total += difference * difference;
                else n_different += difference != 0.0;
            }
            if (n_common == 0) return std::numeric_limits<double>::quiet_NaN();
        }
        total += double(n_different) * mismatch;
        return n_common == n_columns ? total : total * (double(n_columns) / double(n_common));
    }
};

}  // namespace poise
