// A set of rows to find neighbours in: the whole of the kernel's search, for the binding.
#pragma once

#include <cstdint>

#include "measure.hpp"
#include "parallel.hpp"
#include "queries.hpp"
#include "scan.hpp"
#include "tree.hpp"

namespace poise {

class Index {
public:
    // Copies the rows, at least one.
    Index(const Rows& rows, const Measure& measure, const Scanner& scanner, int n_threads,
          Watch& watch)
        : tree_(rows, measure, scanner, n_threads, watch) {}

    std::int64_t n_rows() const { return tree_.n_rows(); }
    std::int64_t n_columns() const { return tree_.measure().n_columns; }
    bool is_partial() const { return tree_.measure().is_partial; }

    // The k nearest rows of each query by (distance, row number); where fewer are found, row -1 at
    // an infinite distance. After `most_leaves` leaves, the query's own first, the search ends with
    // the nearest rows so far.
    Work nearest(const Queries& queries, NearestOut out, std::int64_t most_leaves, int n_threads,
                 Watch& watch) const;

    // How many rows are strictly nearer than each query's radius.
    Work count_within(const Queries& queries, CountOut out, int n_threads, Watch& watch) const;

private:
    // Tries a few groups of queries, whose work is added.
    bool are_compared_in_pairs(const Queries& queries, const class Nearest& answer, Work& work,
                               Watch& watch) const;

    Tree tree_;
};

}  // namespace poise
