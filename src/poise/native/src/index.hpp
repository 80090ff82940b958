// A set of rows to find neighbours in: a k-d tree whose leaves are scanned in float32, and whose
// every answer is decided in float64.
#pragma once

#include <algorithm>
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

// How far apart two rows are: the squared differences of the first columns, which are numbers, and
// a cost for each of the others, which are nominal, where the categories (numbers too) differ.
// Where values may be missing (NaN), only the columns that both rows know are added, and the sum is
// scaled up to all columns; rows that know no column in common are never neighbours.
struct Measure {
    std::int64_t n_nominal = 0;
    double mismatch = 0.0;
    bool is_partial = false;

    bool is_plain() const { return n_nominal == 0 && !is_partial; }
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
    Index(const double* values, std::int64_t n_rows, std::int64_t n_columns, Measure measure,
          const std::int32_t* codes, const Scanner& scanner, int n_threads, Watch& watch);

    std::int64_t n_rows() const { return n_rows_; }
    std::int64_t n_columns() const { return n_columns_; }
    const Measure& measure() const { return measure_; }
    // A query as the rows are; false when it is too far outside for float32.
    bool scale_query(const double* query, float* scaled) const;
    // The distance of DESIGN.md 2.1, to the last bit; NaN where no column is in common.
    double exact_distance(const double* a, const double* b) const;

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

    std::int64_t place_of(std::int64_t column) const {
        return column < n_numbers_ ? column : padded_numbers_ + column - n_numbers_;
    }
    float to_box(const float* point, const float* low, const float* high) const;
    void scan(ScanArguments& a) const;
    // A cost beyond all numbers may be cut: it is only ever compared with what can still be near.
    float nominal_cost() const {
        return static_cast<float>(std::min(measure_.mismatch * scale_ * scale_, 1e30));
    }
    float boxes_apart(const float* low_a, const float* high_a, const float* low_b,
                      const float* high_b) const;
    void scale_to_unit(const double* values);
    void build(const double* values, int n_threads, Watch& watch);
    void split(std::size_t node, const float* scaled);
    static std::int64_t middle_of(const Node& node);
    std::int64_t home_of(const float* query) const;
    template <class Answer>
    void search(const Queries& queries, Answer& answer, int n_threads, Watch& watch) const;

    std::int64_t n_rows_, n_columns_, n_numbers_;
    Measure measure_;
    // Points and boxes hold the numbers, then the nominal columns, both padded.
    std::int64_t padded_numbers_, padded_;
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
