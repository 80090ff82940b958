// Exact nearest neighbours among sparse rows: an inverted index in float32 finds rows to compare,
// and their exact distances decide. README.md says how; sparse.cpp why no neighbour is passed over.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "parallel.hpp"
#include "queries.hpp"

namespace poise {

// The caller's rows: row i has the entries starts[i] to starts[i + 1] - 1. The columns of a row
// ascend, and all values are finite.
struct SparseRows {
    const std::int64_t* starts;
    const std::int64_t* columns;
    const double* values;
    std::int64_t n;

    std::int64_t n_entries() const { return starts[n]; }
};

class SparseIndex {
public:
    struct Entry {
        std::int32_t row;
        float value;
    };

    // Row numbers and twice the number of a column are stored in 32 bits.
    static constexpr std::int64_t kMost = 0x7ffffffe;

    // Copies the rows, at least one; at most kMost rows, and as many columns that have entries.
    SparseIndex(const SparseRows& rows, std::int64_t n_columns, Watch& watch);

    std::int64_t n_columns() const { return n_columns_; }

    // The k nearest rows of each query by (distance, row number), without the row that is excluded;
    // row -1 at an infinite distance where fewer are found.
    void nearest(const SparseRows& queries, const std::int64_t* excluded, NearestOut out,
                 int n_threads, Watch& watch) const;

private:
    friend class SparseSearch;

    // Rows that are searched together: their products stay in the first cache, and most of their
    // entries in the second.
    static constexpr std::int64_t kTile = 8192;

    void find_columns(const SparseRows& rows);
    void find_scale(const SparseRows& rows);
    void keep_rows(const SparseRows& rows, Watch& watch);
    void list_columns(Watch& watch);

    // The key of a column. Those with entries have odd keys, two apart; any other column has the
    // even key between those of its neighbours, which is never equal to one of the index.
    std::uint32_t key_of(std::int64_t column) const;

    std::int64_t n_rows_, n_columns_, most_entries_ = 0;
    double scale_ = 1.0;  // a power of two that brings the largest value to about 1

    // The columns that have entries; where those that share their first bits begin.
    std::vector<std::int64_t> columns_;
    std::vector<std::int32_t> buckets_;
    int bucket_bits_ = 0;

    // The rows as they were given, with keys for columns. Each ends in a key above all others.
    std::vector<std::int64_t> starts_;
    std::vector<std::uint32_t> keys_;
    std::vector<double> values_;

    // Scaled values in float32. Each column has a list of entries by row, which begins at its place
    // and ends in kNoRow; but a column in which many rows have entries is full: it has a value for
    // every row, and the place -1 for the first full column, -2 for the next.
    static constexpr std::int32_t kNoRow = 0x7fffffff;
    std::vector<std::int64_t> places_;
    std::vector<Entry> lists_;
    std::int64_t n_full_ = 0;
    std::vector<float> filled_;  // tile after tile, and in each column after column

    // Where the values of a full column are for the tile that begins at a row.
    std::int64_t filled_at(std::int64_t full, std::int64_t begin) const {
        return begin * n_full_ + full * std::min(kTile, n_rows_ - begin);
    }

    std::vector<float> halves_;  // half the squared norm of each row, rounded down
};

}  // namespace poise
