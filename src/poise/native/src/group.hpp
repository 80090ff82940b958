// Up to 64 queries that share a home leaf, and with it their way through the tree.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "bounds.hpp"
#include "queries.hpp"
#include "tree.hpp"

namespace poise {

struct Group {
    const Tree& tree;
    std::int64_t n = 0;
    Work work;                  // for this group
    std::int64_t home = 0;      // a node
    std::int64_t number[kLeaf]; // of the query in the call
    const double* exact[kLeaf]; // its values: the caller's memory
    QueryBounds bounds[kLeaf];
    Limits limits[kLeaf];
    bool is_done[kLeaf];
    float share[kLeaf];        // all columns per column that the query knows
    int most_unlike[kLeaf];    // mismatches of a row that still matters, at most
    std::vector<float> low, high; // the box of all queries

    explicit Group(const Tree& of)
        : tree(of), low(of.layout().padded), high(of.layout().padded),
          points_(kLeaf * of.layout().padded), multiplied_(kLeaf * of.layout().padded),
          codes_(kLeaf * of.padded_codes()),
          turned_(of.measure().n_nominal == 0 ? kLeaf * of.layout().n_numbers : 0) {}

    Box box() const { return {low.data(), high.data()}; }

    // A query in float32, padded as boxes are.
    const float* point(std::int64_t q) const { return &points_[q * tree.layout().padded]; }
    // The same as the scan takes it: products want it times -2.
    const float* to_scan(std::int64_t q) const {
        return tree.bounds().uses_products ? &multiplied_[q * tree.layout().padded] : point(q);
    }

    // Which queries can be within their limit of a box, in a table without categories.
    std::uint64_t near(const Box& box) const {
        return tree.points_to_box(turned_.data(), box, box_limits_);
    }
    // Its categories.
    const Code* codes(std::int64_t q) const { return codes_.data() + q * tree.padded_codes(); }

    // Keeps what all pairs need: the queries as the scan takes them.
    void forget_boxes() {
        points_ = std::vector<float>();
        turned_ = std::vector<float>();
    }

    void clear(std::int64_t new_home) {
        n = 0;
        home = new_home;
    }

    void add(std::int64_t query, const double* values, const float* scaled) {
        constexpr float infinity = std::numeric_limits<float>::infinity();
        const std::int64_t q = n++;
        number[q] = query;
        exact[q] = values;
        is_done[q] = false;
        limits[q] = Limits{};
        box_limits_[q] = limits[q].box;
        const Layout& layout = tree.layout();
        float *point = &points_[q * layout.padded], *times = &multiplied_[q * layout.padded];
        double squared = 0.0;
        std::int64_t n_known = 0;
        for (std::int64_t j = 0; j < tree.measure().n_columns; ++j) {  // the padding stays zero
            const std::int64_t place = layout.place_of(j);
            const float x = scaled[j];
            const bool is_known = !std::isnan(x);
            point[place] = x;
            times[place] = -2.0f * x;
            if (!turned_.empty()) turned_[j * kLeaf + q] = x;
            if (is_known && j < layout.n_numbers) squared += double(x) * x;
            n_known += is_known;
            // A missing value is at no distance from any box.
            const float least = is_known ? x : -infinity;
            const float most = is_known ? x : infinity;
            low[place] = q == 0 ? least : std::min(low[place], least);
            high[place] = q == 0 ? most : std::max(high[place], most);
        }
        bounds[q] = QueryBounds(tree.bounds(), squared, n_known);
        most_unlike[q] = kAllUnlike;
        if (tree.measure().is_plain()) return;
        tree.encode(values, codes_.data() + q * tree.padded_codes());
        share[q] = tree.share_of(n_known);
    }

    // From here on, only rows at most as far as `distance` (squared and exact) matter to a query.
    void limit(std::int64_t q, double distance) {
        limits[q] = limits_of(tree.bounds(), bounds[q], distance);
        box_limits_[q] = limits[q].box;
        if (tree.measure().n_nominal > 0) {
            most_unlike[q] = tree.most_unlike(limits[q].scan, share[q]);
        }
    }

private:
    std::vector<float> points_, multiplied_;
    std::vector<Code> codes_;
    std::vector<float> turned_;  // the numbers of all queries, column by column
    float box_limits_[kLeaf] = {};
};

}  // namespace poise
