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
    const float* queries[kQueriesAtOnce];
    float limits[kQueriesAtOnce];
    int n_queries;
    std::uint64_t masks[kQueriesAtOnce];       // out: rows whose value is at most the limit
    float values[kQueriesAtOnce][kLeaf];       // out: only where the mask is not empty
};

// Categories are compared as bytes: their number modulo 254, so that equal ones have equal bytes.
using Code = std::uint8_t;
constexpr Code kMissing = 255;   // differs from no category
constexpr int kAllUnlike = 1 << 30;  // a limit on mismatches that all rows keep
constexpr int kCodesAtOnce = 64; // codes of a query or of a leaf are padded to this many

// The codes of the rows of a leaf, in the columns in which they are not all the same.
struct LeafCodes {
    const Code* varying;            // n_varying x kLeaf, column by column
    const std::int32_t* columns;    // which nominal columns these are, the most diverse first
    std::int64_t n_varying;
};

// Rows with numbers, categories and missing values. The values are at most those of the squared
// distances: if values may be missing, a sum is scaled up from the columns that the query or the
// row knows, which are at least those that both know.
struct MixedArguments {
    const float* leaf;           // n_numbers x kLeaf, column by column
    const float* shares;         // kLeaf: all columns per column that the row knows
    std::int64_t n_numbers;
    LeafCodes codes;
    float mismatch;              // what two different categories cost
    bool is_partial;             // whether values may be missing
    const float* queries[kQueriesAtOnce];        // their numbers
    const Code* query_codes[kQueriesAtOnce];     // padded
    float query_shares[kQueriesAtOnce];
    float limits[kQueriesAtOnce];
    int most_unlike[kQueriesAtOnce];             // mismatches that a row within the limit can have
    int n_unlike[kQueriesAtOnce];                // mismatches in the columns that are the same
    int n_queries;
    std::int64_t n_bytes;                        // out: read of the leaf
    std::uint64_t masks[kQueriesAtOnce];         // out, as above
    float values[kQueriesAtOnce][kLeaf];
};

struct Scanner {
    const char* name;
    // sum of (row - query)^2 over the columns
    void (*differences)(ScanArguments&);
    // start + sum of row * query; the query comes multiplied by -2, the start is |row|^2
    void (*products)(ScanArguments&);
    // the sum of row * query for up to kLeaf queries, each row of `products` for one of them;
    // columns are taken in blocks that stay in the nearest cache
    void (*products_of_all)(const float* leaf, std::int64_t n_columns, const float* const* queries,
                            int n_queries, float (*products)[kLeaf]);
    // adds the starting values; which of them are then at most a limit
    std::uint64_t (*started)(const float* products, const float* start, float limit, float* values);
    // sum of (row - query)^2 over the numbers and of mismatches over the nominal columns
    void (*mixtures)(MixedArguments&);
    // how many of n codes (padded) differ, where neither is missing
    int (*unlike)(const Code* a, const Code* b, std::int64_t n);
    // which of a leaf's values are at most a limit
    std::uint64_t (*at_most)(const float* values, float limit);
    // a limit that admits at least `wanted` (up to kLanesApart) of a full leaf's values, few more
    float (*rough_limit)(const float* values, int wanted);
    // squared distance from a point, and from a box, to a box; padded columns are zeros
    float (*point_to_box)(const float* point, const float* low, const float* high, std::int64_t n);
    // the same for kLeaf points at once, which are given column by column: which of them are within
    // the limit of each
    std::uint64_t (*points_to_box)(const float* points, const float* low, const float* high,
                                   std::int64_t n, const float* limits);
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
