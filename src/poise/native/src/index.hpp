// A set of rows to find neighbours in: a k-d tree whose leaves are scanned in float32, and whose
// every answer is decided in float64.
#pragma once

#include <cstdint>
#include <vector>

#include "parallel.hpp"
#include "scan.hpp"

namespace poise {

struct Node {
    std::int64_t begin, end;   // positions in tree order
    std::int32_t left, right;  // children; -1 in a leaf
    std::int64_t first_row;    // smallest row number below
    std::int32_t low_code, high_code;
};

// Queries of one call: rows of float64, row by row.
struct Queries {
    const double* values;
    std::int64_t n;
    const std::int64_t* excluded;  // row of the index that is not a neighbour of it; -1 for none
};

class Index {
public:
    // `codes` (classes of the rows) may be null; they are needed for nearest_foe alone.
    Index(const double* values, std::int64_t n_rows, std::int64_t n_columns,
          const std::int32_t* codes, const Scanner& scanner, int n_threads, Watch& watch);

    std::int64_t n_rows() const { return n_rows_; }
    std::int64_t n_columns() const { return n_columns_; }
    const std::vector<double>& centre() const { return centre_; }
    double scale() const { return scale_; }

    // The k nearest rows of each query by (distance, row number); k is at most the rows there are.
    void nearest(const Queries& queries, std::int64_t k, std::int64_t* rows, double* distances,
                 int n_threads, Watch& watch) const;

    // The nearest row of another class than the query's; row -1 and infinity where there is none.
    void nearest_foe(const Queries& queries, const std::int32_t* codes, std::int64_t* rows,
                     double* distances, int n_threads, Watch& watch) const;

    // How many rows are strictly nearer than each query's radius (squared), counted up to `stop`.
    void count_within(const Queries& queries, const double* radii, std::int64_t stop,
                      std::int64_t* counts, int n_threads, Watch& watch) const;

private:
    friend struct Group;
    template <class Answer> friend class Search;

    void scale_to_unit(const double* values);
    void build(const double* values, int n_threads, Watch& watch);
    void split(std::size_t node, const float* scaled);
    static std::int64_t middle_of(const Node& node);
    std::int64_t home_of(const float* query) const;
    template <class Answer>
    void search(const Queries& queries, Answer& answer, int n_threads, Watch& watch) const;

    std::int64_t n_rows_, n_columns_, padded_;
    const Scanner& scanner_;
    bool uses_products_;
    std::vector<double> centre_;
    double scale_ = 1.0;        // a power of two: rows fit into a box of about unit size
    double largest_norm_ = 0.0; // of a centred and scaled row
    std::vector<Node> nodes_;
    std::vector<float> low_, high_;     // boxes, padded_ columns a node
    std::vector<std::int32_t> split_column_;
    std::vector<float> split_value_;
    std::vector<std::int64_t> row_at_;  // tree order to row
    std::vector<std::int32_t> code_at_; // classes in tree order
    std::vector<double> exact_;         // the rows as given, in tree order
    std::vector<float> leaves_, norms_; // scaled rows column by column in each leaf; squared norms
};

}  // namespace poise
