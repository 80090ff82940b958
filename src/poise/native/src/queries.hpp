// The arrays of one call. All of them are the caller's, who keeps them alive and unchanged until
// the call returns; the structs are copied freely, the memory never, and no pointer is kept.
#pragma once

#include <cstdint>
#include <limits>

#include "rows.hpp"

namespace poise {

struct Queries {
    Rows rows;                     // with the columns of the tree
    const std::int64_t* excluded;  // a row for each that is left out, -1 for none; or null

    std::int64_t excluded_of(std::int64_t number) const {
        return excluded == nullptr ? -1 : excluded[number];
    }
};

// What a search did. All pairs meet in another order with other threads, so that a few more or
// fewer rows get an exact distance; otherwise it is the same for every number of threads.
struct Work {
    std::int64_t n_boxes = 0;      // boxes of nodes that a group looked at
    std::int64_t n_scans = 0;      // leaves that a query looked through
    std::int64_t n_distances = 0;  // exact distances
    std::int64_t n_bytes = 0;      // read of boxes, leaves and rows

    // With the bytes of the rows whose exact distances were computed.
    Work with_rows(std::int64_t n_columns) const {
        Work all = *this;
        all.n_bytes += n_distances * n_columns * std::int64_t(sizeof(double));
        return all;
    }

    void add(const Work& other) {
        n_boxes += other.n_boxes;
        n_scans += other.n_scans;
        n_distances += other.n_distances;
        n_bytes += other.n_bytes;
    }
};

// Where the k nearest rows of each query go: k row numbers and k squared distances a query. Without
// `rows`, one distance a query: that of the k-th, NaN where fewer are found.
struct NearestOut {
    std::int64_t* rows;
    double* distances;
    std::int64_t k;
    const double* radii;  // squared: rows beyond one are left out; or null

    double radius_of(std::int64_t number) const {
        return radii == nullptr ? std::numeric_limits<double>::infinity() : radii[number];
    }
};

// Squared radii, and where the counts go: one of each a query.
struct CountOut {
    const double* radii;
    std::int64_t* counts;
    std::int64_t stop;  // counting ends here
};

}  // namespace poise
