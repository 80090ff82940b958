// A k-d tree over the rows of a table: boxes in float32, and leaves that hold each row twice, in
// float32 to be scanned and in float64 to decide.
#pragma once

#include <cstdint>
#include <vector>

#include "bounds.hpp"
#include "measure.hpp"
#include "parallel.hpp"
#include "rows.hpp"
#include "scaling.hpp"
#include "scan.hpp"

namespace poise {

struct Node {
    std::int64_t begin, end;   // positions of its rows in tree order
    std::int32_t left, right;  // children; -1 in a leaf
    std::int64_t first_row;    // smallest row number below

    bool is_leaf() const { return left < 0; }
    std::int64_t size() const { return end - begin; }
    // Of a leaf, one bit for each row: the last leaf may have lanes without one.
    std::uint64_t lanes() const { return size() == kLeaf ? ~0ull : (1ull << size()) - 1; }
};

// The lowest and highest value of each column, padded; the memory of a tree or a group.
struct Box {
    const float *low, *high;

    Box after(std::int64_t n_columns) const { return {low + n_columns, high + n_columns}; }
};

// Where a column is in boxes and queries: numbers first, then the nominal columns, each part padded
// with zeros to whole vectors.
struct Layout {
    std::int64_t n_numbers, padded_numbers, padded;

    explicit Layout(const Measure& measure)
        : n_numbers(measure.n_numbers()),
          padded_numbers(whole_vectors(n_numbers)),
          padded(padded_numbers + whole_vectors(measure.n_nominal)) {}

    std::int64_t place_of(std::int64_t column) const {
        return column < n_numbers ? column : padded_numbers + column - n_numbers;
    }

private:
    static std::int64_t whole_vectors(std::int64_t n) {
        return (n + kPadding - 1) / kPadding * kPadding;
    }
};

class Tree {
public:
    // Copies the rows; `scanner` must outlive the tree.
    Tree(const Rows& rows, const Measure& measure, const Scanner& scanner, int n_threads,
         Watch& watch);

    std::int64_t n_rows() const { return n_rows_; }
    const Measure& measure() const { return measure_; }
    const Layout& layout() const { return layout_; }
    const Scanner& scanner() const { return scanner_; }
    const TableBounds& bounds() const { return bounds_; }

    std::int64_t n_nodes() const { return std::int64_t(nodes_.size()); }
    const Node& node(std::int64_t i) const { return nodes_[i]; }
    Box box(std::int64_t node) const {
        return {&low_[node * layout_.padded], &high_[node * layout_.padded]};
    }

    // Of the row at a position in tree order: its number, and its values as they were given.
    std::int64_t row_at(std::int64_t position) const { return row_at_[position]; }
    const double* values_at(std::int64_t position) const {
        return &exact_[position * measure_.n_columns];
    }

    // Writes the codes of a row's categories, padded.
    void encode(const double* row, Code* codes) const;
    std::int64_t padded_codes() const { return padded_codes_; }
    // All columns per column that a row knows.
    float share_of(std::int64_t n_known) const;
    // How many mismatches a row can have that a scan with this limit lets pass.
    int most_unlike(float limit, float share) const;
    // In how many of the columns in which all rows of a node have the same category a query has
    // another.
    int unlike(const Code* codes, std::int64_t node) const {
        return scanner_.unlike(codes, &same_[node * padded_codes_], padded_codes_);
    }

    // A query in float32, column by column; false if it is too far outside the table for it.
    bool scale_query(const double* query, float* scaled) const {
        return scaling_.apply(query, scaled);
    }
    // The leaf that a scaled query would be in; returned as a node.
    std::int64_t home_of(const float* scaled) const;

    // Squared distances in float32, of padded points and boxes.
    float box_to_box(const Box& a, const Box& b) const {
        const std::int64_t n = layout_.padded_numbers;
        const float numbers = scanner_.box_to_box(a.low, a.high, b.low, b.high, n);
        if (measure_.n_nominal == 0) return numbers;
        const Box c = a.after(n), d = b.after(n);  // the nominal columns
        return numbers + nominal_cost_ * scanner_.disjoint_columns(c.low, c.high, d.low, d.high,
                                                                   layout_.padded - n);
    }
    float point_to_box(const float* point, const Box& box) const {
        if (measure_.n_nominal > 0) return box_to_box({point, point}, box);
        return scanner_.point_to_box(point, box.low, box.high, layout_.padded_numbers);
    }

    // Which of up to kLeaf points, column by column, are within the limit of each from a box of
    // numbers.
    std::uint64_t points_to_box(const float* points, const Box& box, const float* limits) const {
        return scanner_.points_to_box(points, box.low, box.high, layout_.n_numbers, limits);
    }

    // Scans a leaf for the queries, the limits and `n_queries` in `a`; fills in all other fields.
    void scan(const Node& leaf, ScanArguments& a) const {
        a.leaf = &leaves_[leaf.begin * measure_.n_columns];
        a.start = bounds_.uses_products ? &norms_[leaf.begin] : nullptr;
        a.n_columns = measure_.n_columns;
        if (bounds_.uses_products) scanner_.products(a);
        else scanner_.differences(a);
    }
    // The products of the queries of a group with the rows of a leaf, for a table that uses
    // products.
    template <class Group>
    void products_of_all(const Group& group, const Node& leaf, float (*products)[kLeaf]) const {
        const float* queries[kLeaf];
        for (std::int64_t q = 0; q < group.n; ++q) queries[q] = group.to_scan(q);
        scanner_.products_of_all(&leaves_[leaf.begin * measure_.n_columns], measure_.n_columns,
                                 queries, int(group.n), products);
    }
    std::uint64_t started(const Node& leaf, const float* products, float limit,
                          float* values) const {
        return scanner_.started(products, &norms_[leaf.begin], limit, values);
    }
    // The same as scan(), for a table with categories or missing values.
    void scan_mixture(std::int64_t node, MixedArguments& a) const {
        const Node& leaf = nodes_[node];
        a.leaf = leaves_.data() + leaf.begin * layout_.n_numbers;
        a.shares = measure_.is_partial ? &norms_[leaf.begin] : nullptr;
        a.n_numbers = layout_.n_numbers;
        const std::int64_t number = leaf.begin / kLeaf, first = varying_begin_[number];
        a.codes = {varying_.data() + first * kLeaf, varying_columns_.data() + first,
                   varying_begin_[number + 1] - first};
        a.mismatch = nominal_cost_;
        a.is_partial = measure_.is_partial;
        scanner_.mixtures(a);
    }

private:
    struct Ranges {
        std::vector<float> low, high;
    };

    // Where to divide the rows of a node: a column, the first place of the right side, and what is
    // gained by it, as a squared distance.
    struct Cut {
        std::int64_t column, place;
        double gain;
    };
    Cut widest_side(const Node& self, const std::vector<float>& low,
                    const std::vector<float>& high) const;
    Cut best_cut(const Node& self, const float* scaled) const;
    Cut cut_of_number(std::vector<float>& values) const;
    Cut cut_of_categories(std::vector<float>& values) const;
    void build_codes();
    void build_codes_of_leaf(std::int64_t node);
    void build(const Rows& rows, int n_threads, Watch& watch);
    double fill_leaf(std::int64_t leaf, const Rows& rows);
    void grow(const float* scaled, int n_threads, Watch& watch);
    void split(std::int64_t node, const float* scaled);
    Ranges find_box(std::int64_t node, const float* scaled);
    void finish_nodes();

    std::int64_t n_rows_;
    Measure measure_;
    Layout layout_;
    const Scanner& scanner_;
    Scaling scaling_;
    TableBounds bounds_;
    float nominal_cost_;  // of a mismatch, scaled as the rows are
    std::vector<Node> nodes_;
    std::vector<float> low_, high_;  // boxes, layout_.padded columns a node
    std::vector<std::int32_t> split_column_;
    std::vector<float> split_value_;
    std::vector<std::int64_t> split_at_;
    std::vector<std::int64_t> row_at_;
    std::vector<double> exact_;          // the rows as given, in tree order
    // Scaled rows without nominal columns, column by column in each leaf; |row|^2 for
    // products, or, where values may be missing, the shares of the rows.
    std::vector<float> leaves_, norms_;
    std::int64_t padded_codes_;
    // Of each node the codes that all its rows have, kMissing for other columns; of each leaf the
    // codes of its rows in these, see LeafCodes.
    std::vector<Code> same_, varying_;
    std::vector<std::int32_t> varying_columns_;
    std::vector<std::int64_t> varying_begin_;
};

}  // namespace poise
