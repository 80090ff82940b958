// The part that differs by processor: float32 distances from a few queries to one leaf, and boxes.
//
// Everything here is plain pointers, so that no template of the standard library is compiled for
// an instruction set that the machine may not have.
#pragma once

#include <cstdint>

namespace poise {

constexpr int kLeaf = 64;         // rows of a leaf: one bit each in a mask
constexpr int kQueriesAtOnce = 4; // queries that share a pass over a leaf
constexpr int kLanesApart = 16;   // rough_limit takes the smallest of every 16th value
constexpr int kPadding = 16;      // columns of boxes and queries are padded to this many

struct ScanArguments {
    const float* leaf;           // n_columns x kLeaf, column by column
    const float* start;          // kLeaf starting values (squared norms), for products alone
    std::int64_t n_columns;
    std::int64_t n_numbers;      // columns before the nominal ones, for mixtures alone
    std::int64_t nominal_at;     // where a query's nominal columns begin
    float mismatch;              // what two different categories cost, for mixtures alone
    bool is_partial;             // whether values may be missing, for mixtures alone
    const float* queries[kQueriesAtOnce];
    float limits[kQueriesAtOnce];
    int n_queries;
    std::uint64_t masks[kQueriesAtOnce];       // out: rows whose value is at most the limit
    float values[kQueriesAtOnce][kLeaf];       // out: only where the mask is not empty
};

struct Scanner {
    const char* name;
    // sum of (row - query)^2 over the columns
    void (*differences)(ScanArguments&);
    // start + sum of row * query; the query comes multiplied by -2, the start is |row|^2
    void (*products)(ScanArguments&);
    // sum of (row - query)^2 over the numbers and of mismatches over the nominal columns; if values
    // may be missing, over the columns that both know, scaled up to all
    void (*mixtures)(ScanArguments&);
    // which of a leaf's values are at most a limit
    std::uint64_t (*at_most)(const float* values, float limit);
    // a limit that admits at least `wanted` (up to kLanesApart) of a full leaf's values, few more
    float (*rough_limit)(const float* values, int wanted);
    // squared distance from a point, and from a box, to a box; padded columns are zeros
    float (*point_to_box)(const float* point, const float* low, const float* high, std::int64_t n);
    float (*box_to_box)(const float* low_a, const float* high_a, const float* low_b,
                        const float* high_b, std::int64_t n);
    // how many columns of two boxes have no value in common
    float (*disjoint_columns)(const float* low_a, const float* high_a, const float* low_b,
                           const float* high_b, std::int64_t n);
};

const Scanner& baseline_scanner();
#if defined(__x86_64__) || defined(_M_X64)
const Scanner& avx2_scanner();
const Scanner& avx512_scanner();
#endif

}  // namespace poise
