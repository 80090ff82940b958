// What can be looked for: the nearest rows, and the number of rows within a radius. Both decide by
// exact distances; search.hpp says what each member is for.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "best.hpp"
#include "group.hpp"
#include "queries.hpp"
#include "tree.hpp"

namespace poise {

inline int lowest_bit(std::uint64_t mask) {
#if defined(_MSC_VER) && !defined(__clang__)
    int bit = 0;
    while (!((mask >> bit) & 1)) ++bit;
    return bit;
#else
    return __builtin_ctzll(mask);
#endif
}

inline std::int64_t n_bits(std::uint64_t mask) {
    std::int64_t n = 0;
    for (; mask; mask &= mask - 1) ++n;
    return n;
}

// Calls take(lane, distance) for the rows of a leaf whose bits are set, at most four at a time.
template <class Take>
void take_exactly(const Tree& tree, const double* query, const Node& leaf, std::uint64_t mask,
                  Take take) {
    const Measure& measure = tree.measure();
    while (mask) {
        int lanes[4], n = 0;
        while (mask && n < 4) {
            lanes[n++] = lowest_bit(mask);
            mask &= mask - 1;
        }
        const double* rows[4];
        double distances[4];
        for (int i = 0; i < 4; ++i) rows[i] = tree.values_at(leaf.begin + lanes[i < n ? i : 0]);
        if (n == 1 || !measure.is_plain()) {
            for (int i = 0; i < n; ++i) distances[i] = measure.distance(rows[i], query);
        } else {
            sums_of_squares(query, rows, measure.n_columns, distances);
        }
        for (int i = 0; i < n; ++i) take(lanes[i], distances[i]);
    }
}

// The k nearest rows by (distance, row number), among those within a radius.
class Nearest {
public:
    Nearest(const Tree& tree, const Queries& queries, NearestOut out)
        : tree_(tree), queries_(queries), out_(out),
          waits_(tree.measure().is_plain() && tree.measure().n_columns >= kColumnsWorthWaiting),
          waiting_(waits_ ? kLeaf * kWaiting : 0) {}

    void open(std::int64_t q, Group& group) {
        best_[q].reset(out_.k);
        n_waiting_[q] = 0;
        if (out_.radii != nullptr) group.limit(q, out_.radius_of(group.number[q]));
    }

    void close(std::int64_t q, Group& group) {
        take_waiting(q, group);
        write(q, group.number[q]);
    }

    void write(std::int64_t q, std::int64_t number) {
        if (out_.rows == nullptr) {
            constexpr double none = std::numeric_limits<double>::quiet_NaN();
            out_.distances[number] = best_[q].is_full() ? best_[q].worst().distance : none;
            return;
        }
        std::int64_t* rows = out_.rows + number * out_.k;
        double* distances = out_.distances + number * out_.k;
        std::fill_n(rows, out_.k, std::int64_t{-1});
        std::fill_n(distances, out_.k, std::numeric_limits<double>::infinity());
        best_[q].write(rows, distances);
    }

    void answer_by_scan(std::int64_t number, const double* values) {
        best_[0].reset(out_.k);
        for (std::int64_t at = 0; at < tree_.n_rows(); ++at) {
            const std::int64_t row = tree_.row_at(at);
            if (row == queries_.excluded_of(number)) continue;
            const double distance = tree_.measure().distance(tree_.values_at(at), values);
            if (distance <= out_.radius_of(number)) best_[0].add({distance, row});
        }
        write(0, number);
    }

    // Among coincident rows only those with smaller numbers can still enter.
    bool skips(std::int64_t q, const Group&, const Node& node) const {
        return best_[q].is_full() && best_[q].worst().distance == 0.0 &&
               node.first_row > best_[q].worst().row;
    }

    void offer(std::int64_t q, Group& group, const Node& leaf, std::uint64_t mask,
               const float* values) {
        if (!best_[q].is_full()) {
            // A first leaf passes whole: its nearest rows set the limit for the rest of it.
            const std::uint64_t nearest = smallest(mask, values, best_[q].n_free() + 1);
            take(q, group, leaf, nearest);
            mask &= ~nearest & tree_.scanner().at_most(values, group.limits[q].scan);
        } else if (waits_) {
            for (; mask; mask &= mask - 1) {
                const int lane = lowest_bit(mask);
                waiting_[q * kWaiting + n_waiting_[q]++] = {values[lane], leaf.begin + lane};
                if (n_waiting_[q] == kWaiting) take_waiting(q, group);
            }
            return;
        }
        take(q, group, leaf, mask);
    }

private:
    // The lanes with the smallest values, `wanted` of them or a few more.
    std::uint64_t smallest(std::uint64_t mask, const float* values, std::int64_t wanted) const {
        const Scanner& scanner = tree_.scanner();
        if (mask == ~0ull && wanted <= kLanesApart) {
            return scanner.at_most(values, scanner.rough_limit(values, int(wanted)));
        }
        if (wanted <= kLanesApart) {  // of an infinite limit, all are the smallest
            float of_mask[kLeaf];
            std::fill_n(of_mask, kLeaf, std::numeric_limits<float>::infinity());
            for (std::uint64_t rest = mask; rest; rest &= rest - 1) {
                of_mask[lowest_bit(rest)] = values[lowest_bit(rest)];
            }
            return mask & scanner.at_most(of_mask, scanner.rough_limit(of_mask, int(wanted)));
        }
        int lanes[kLeaf];
        std::int64_t n = 0;
        for (std::uint64_t rest = mask; rest; rest &= rest - 1) lanes[n++] = lowest_bit(rest);
        if (n <= wanted) return mask;
        std::nth_element(lanes, lanes + wanted, lanes + n,
                         [&](int a, int b) { return values[a] < values[b]; });
        std::uint64_t chosen = 0;
        for (std::int64_t i = 0; i < wanted; ++i) chosen |= 1ull << lanes[i];
        return chosen;
    }

    void take(std::int64_t q, Group& group, const Node& leaf, std::uint64_t mask) {
        bool has_changed = false;
        const std::int64_t n = n_bits(mask);
        group.work.n_distances += n;
        if (best_[q].is_empty() && n <= Best::kRanked) {
            Best::Found some[Best::kRanked];
            int n_wanted = 0;
            take_exactly(tree_, group.exact[q], leaf, mask, [&](int lane, double distance) {
                some[n_wanted] = {distance, tree_.row_at(leaf.begin + lane)};
                n_wanted += is_wanted(group.number[q], some[n_wanted]);
            });
            has_changed = best_[q].add_first(some, n_wanted);
        } else {
            take_exactly(tree_, group.exact[q], leaf, mask, [&](int lane, double distance) {
                has_changed |= add(q, group.number[q], leaf.begin + lane, distance);
            });
        }
        if (has_changed) group.limit(q, best_[q].worst().distance);
    }

    // Looks at the rows that wait, those with the smallest values first, as far as they are still
    // within the limit.
    void take_waiting(std::int64_t q, Group& group) {
        Waiting* waiting = waiting_.data() + q * kWaiting;
        const int n = n_waiting_[q];
        n_waiting_[q] = 0;
        std::sort(waiting, waiting + n);
        for (int first = 0; first < n && waiting[first].value <= group.limits[q].scan; first += 4) {
            const int n_now = std::min(n - first, 4);
            const double* rows[4];
            for (int i = 0; i < 4; ++i) {
                rows[i] = tree_.values_at(waiting[first + std::min(i, n_now - 1)].place);
            }
            double distances[4];
            sums_of_squares(group.exact[q], rows, tree_.measure().n_columns, distances);
            group.work.n_distances += n_now;
            bool has_changed = false;
            for (int i = 0; i < n_now; ++i) {
                has_changed |= add(q, group.number[q], waiting[first + i].place, distances[i]);
            }
            if (has_changed) group.limit(q, best_[q].worst().distance);
        }
    }

    // True if the worst of k has changed.
    bool add(std::int64_t q, std::int64_t number, std::int64_t place, double distance) {
        const Best::Found found{distance, tree_.row_at(place)};
        return is_wanted(number, found) && best_[q].add(found);
    }

    bool is_wanted(std::int64_t number, const Best::Found& found) const {
        return (found.row != queries_.excluded_of(number)) &
               (found.distance <= out_.radius_of(number));  // NaN is not
    }

    // With many columns, rows wait until there are some: one sum after the other takes four times
    // as long, and the first ones lower the limit for the rest.
    static constexpr std::int64_t kColumnsWorthWaiting = 64;
    static constexpr int kWaiting = 16;
    struct Waiting {
        float value;
        std::int64_t place;
        bool operator<(const Waiting& other) const { return value < other.value; }
    };

    const Tree& tree_;
    Queries queries_;
    NearestOut out_;
    Best best_[kLeaf];
    bool waits_;
    int n_waiting_[kLeaf] = {};
    std::vector<Waiting> waiting_;
};

// How many rows are strictly nearer than a radius, counted up to `stop`.
class Within {
public:
    Within(const Tree& tree, const Queries& queries, CountOut out)
        : tree_(tree), queries_(queries), out_(out) {}

    void open(std::int64_t q, Group& group) {
        const double radius = out_.radii[group.number[q]];
        count_[q] = 0;
        group.limit(q, radius);
        group.is_done[q] = out_.stop <= 0 || radius <= 0.0;
    }

    void close(std::int64_t q, Group& group) { out_.counts[group.number[q]] = count_[q]; }

    void answer_by_scan(std::int64_t number, const double* values) {
        std::int64_t found = 0;
        for (std::int64_t at = 0; at < tree_.n_rows() && found < out_.stop; ++at) {
            if (tree_.row_at(at) == queries_.excluded_of(number)) continue;
            found += tree_.measure().distance(tree_.values_at(at), values) < out_.radii[number];
        }
        out_.counts[number] = found;
    }

    bool skips(std::int64_t, const Group&, const Node&) const { return false; }

    void offer(std::int64_t q, Group& group, const Node& leaf, std::uint64_t mask, const float*) {
        const std::int64_t number = group.number[q], excluded = queries_.excluded_of(number);
        const double radius = out_.radii[number];
        group.work.n_distances += n_bits(mask);
        take_exactly(tree_, group.exact[q], leaf, mask, [&](int lane, double distance) {
            const bool is_excluded = tree_.row_at(leaf.begin + lane) == excluded;
            if (!is_excluded && distance < radius && count_[q] < out_.stop) ++count_[q];
        });
        group.is_done[q] = count_[q] >= out_.stop;
    }

private:
    const Tree& tree_;
    Queries queries_;
    CountOut out_;
    std::int64_t count_[kLeaf];
};

}  // namespace poise
