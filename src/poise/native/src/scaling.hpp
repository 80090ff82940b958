// Moves rows into a box of about unit size, where float32 neither overflows nor wastes its digits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "bounds.hpp"
#include "measure.hpp"
#include "rows.hpp"

namespace poise {

class Scaling {
public:
    Scaling(const Rows& rows, const Measure& measure)
        : n_numbers_(measure.n_numbers()), n_columns_(measure.n_columns), centre_(n_numbers_) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        std::vector<double> low(n_numbers_, infinity), high(n_numbers_, -infinity);
        for (std::int64_t i = 0; i < rows.n; ++i) {
            const double* row = rows[i];
            for (std::int64_t j = 0; j < n_numbers_; ++j) {  // of NaN, std::min returns the first
                low[j] = std::min(low[j], row[j]);
                high[j] = std::max(high[j], row[j]);
            }
        }
        double extent = 0.0;
        for (std::int64_t j = 0; j < n_numbers_; ++j) {
            if (low[j] > high[j]) continue;  // every value is missing
            centre_[j] = low[j] / 2 + high[j] / 2;
            extent = std::max(extent, high[j] / 2 - low[j] / 2);
        }
        int exponent = 0;
        if (extent > 0.0) std::frexp(extent, &exponent);
        // The scale itself must be a normal number.
        scale_ = std::ldexp(1.0, std::clamp(-exponent, -1022, 1022));
    }

    // A power of two, so that multiplying by it rounds nothing.
    double scale() const { return scale_; }

    // Writes a row in float32; false if it is too far outside the table for it. Categories stay.
    bool apply(const double* row, float* scaled) const {
        for (std::int64_t j = 0; j < n_numbers_; ++j) {
            const double x = number(row, j);
            if (std::abs(x) >= kFarOutside) return false;
            scaled[j] = static_cast<float>(x);
        }
        for (std::int64_t j = n_numbers_; j < n_columns_; ++j) {
            scaled[j] = static_cast<float>(row[j]);
        }
        return true;
    }

    // A number of a row of the table, as apply() writes it.
    float scaled(const double* row, std::int64_t j) const {
        return static_cast<float>(number(row, j));
    }

    // Of the numbers of a row that are not missing.
    double squared_norm(const double* row) const {
        double squared = 0.0;
        for (std::int64_t j = 0; j < n_numbers_; ++j) {
            const double x = number(row, j);
            if (x == x) squared += x * x;
        }
        return squared;
    }

private:
    double number(const double* row, std::int64_t j) const {
        return (row[j] - centre_[j]) * scale_;
    }

    std::int64_t n_numbers_, n_columns_;
    std::vector<double> centre_;
    double scale_ = 1.0;
};

}  // namespace poise
