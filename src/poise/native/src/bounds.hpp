// What float32 may get wrong about a distance, and the limits that follow from it.
//
// The claim that every answer rests on: if the exact distance of a row is at most D, then its
// float32 value is at most the scan limit made from D, and its box is at most the box limit away.
// A limit may be too wide, which costs time; if it were too narrow, a neighbour would be missed.
// All constants of the proof are here, each with its derivation, and tests/native/test_bounds.py
// has tables that come close to them. `n` is the number of columns; values and limits are squared
// distances.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace poise {

constexpr double kFloatUnit = 0x1p-24;   // largest relative error of one rounding to float32
constexpr double kDoubleUnit = 0x1p-53;  // and of one rounding to float64

// A value is rounded to float32 once; 1 % more covers the float64 roundings of centring it (1e-16
// each) and those of a distance that kDoubleRoundings leaves out.
constexpr double kValueRounding = 1.01 * kFloatUnit;
// Values under float32's smallest normal number may vanish: sqrt(n) * 2^-126 is far below this.
constexpr double kVanishedValue = 1e-18;
// A float32 operation that underflows rounds up by at most 2^-150 = 7e-46: n times that is below
// this.
constexpr double kVanishedSquare = 1e-36;
// A float64 square that underflows loses at most 2^-1075 = 2.5e-324. This is the smallest normal
// number, 2.2e-308: products with smaller ones are slow.
constexpr double kVanishedExactSquare = 0x1p-1022;
// Norms and shares of columns are float64 sums and ratios: n roundings of 1e-16; the 1 % of
// kValueRounding takes over where n is above 1e4.
constexpr double kNormRounding = 1e-12;
// An exact distance: n + 2 roundings of its square, halved by the root, and four for the root, the
// two sums and the product of true_distance().
constexpr double kDoubleRoundings = 4;
// A float32 sum: n additions, and up to eight for a difference, its square, the cost of a mismatch,
// the scaling up to all columns and the rounded start of products.
constexpr double kFloatRoundings = 8;
// (1 + u)^m is at most 1 + 2 m u as long as m u < 1.
constexpr double kHigherOrders = 2;

// A query with a scaled value this large is answered by a plain scan: below it, 1e24 n, and with it
// every float32 value, stays clear of overflow at 3e38.
constexpr double kFarOutside = 1e12;
// A larger cost of a mismatch is cut to this, for the same reason. A cut value is only ever too
// small, which lets more rows pass.
constexpr double kLargestMismatch = 1e30;

// The smallest float32 that is not below a value, or the one after it.
inline float rounded_up(double value) {
    if (!(value < double(std::numeric_limits<float>::max()))) {
        return std::numeric_limits<float>::infinity();
    }
    // The nearest float32 of what is half a unit in its last place above: at most 2^-24 of the value,
    // or half the smallest number. No branch on which side the nearest is: half of the guesses would
    // be wrong.
    return static_cast<float>(value + (std::abs(value) * 0x1p-24 + 0x1p-150));
}

// A row whose value is above `scan`, or whose box is farther than `box`, has an exact distance
// above the one that the limits were made for. Limits made for no distance let everything pass.
struct Limits {
    float box = std::numeric_limits<float>::infinity();
    float scan = std::numeric_limits<float>::infinity();
};

// The norm of a centred and scaled row, from its square.
inline double norm_of(double squared) { return std::sqrt(squared) * (1 + kNormRounding); }

// What the limits need to know of a table.
struct TableBounds {
    double n_columns;
    double scale;         // a power of two: what the rows were multiplied by
    double largest_norm;  // of a centred and scaled row
    bool uses_products;   // the scan computes |y|^2 - 2 x.y and not (y - x)^2
    bool is_partial;      // values may be missing
};

// And of a query.
struct QueryBounds {
    double squared_norm;  // of the query as float32 has it
    double norm;
    double blur;          // how far rounding the values to float32 may move the distance of any row
    double known_share;   // of the columns

    QueryBounds() = default;
    QueryBounds(const TableBounds& table, double squared, std::int64_t n_known)
        : squared_norm(squared),
          norm(norm_of(squared)),
          blur(kValueRounding * (norm + table.largest_norm) + kVanishedValue),
          known_share(double(n_known) / table.n_columns) {
        // A value is scaled up from one common column to all n, at most; a distance by the root.
        if (table.is_partial) blur *= std::sqrt(table.n_columns);
    }
};

// The largest distance that rows can have in exact arithmetic, scaled, if float64 says `squared`.
inline double true_distance(const TableBounds& table, double squared) {
    const double n = table.n_columns;
    return std::sqrt(squared + (n + 1) * kVanishedExactSquare) *
           (1 + (n + kDoubleRoundings) * kDoubleUnit) * table.scale;
}

// The largest relative error of a float32 sum over the columns.
inline double sum_rounding(const TableBounds& table) {
    return kHigherOrders * (table.n_columns + kFloatRoundings) * kFloatUnit;
}

// The limits for rows whose exact (squared) distance is at most `squared`.
inline Limits limits_of(const TableBounds& table, const QueryBounds& query, double squared) {
    if (!(squared < std::numeric_limits<double>::infinity())) return Limits{};
    const double seen = true_distance(table, squared) + query.blur;
    const double furthest = seen * seen * (1 + sum_rounding(table)) + kVanishedSquare;
    Limits limits;
    // Boxes are not scaled up; a distance is, at least from the columns that the query knows.
    limits.box = rounded_up(furthest * query.known_share * (1 + kNormRounding));
    if (!table.uses_products) {
        limits.scan = rounded_up(furthest);
        return limits;
    }
    // Every sum on the way to a small difference is at most |y|^2 + 2 |x.y|, or (|x| + |y|)^2.
    const double reach = query.norm + table.largest_norm;
    const double cancelled = sum_rounding(table) * reach * reach;
    // The scan leaves out the query's own |x|^2.
    limits.scan = rounded_up(furthest + cancelled - query.squared_norm * (1 - kNormRounding));
    return limits;
}

}  // namespace poise
