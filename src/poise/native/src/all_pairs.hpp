// The nearest rows of all rows of a tree that keeps no leaves apart: each pair of leaves is
// compared once, for the queries of both.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "answers.hpp"
#include "group.hpp"
#include "parallel.hpp"
#include "tree.hpp"

namespace poise {

// Whether the queries are the rows of a tree, each without itself.
inline bool are_own_rows(const Tree& tree, const Queries& queries) {
    if (queries.rows.n != tree.n_rows() || queries.excluded == nullptr) return false;
    const std::int64_t n_columns = tree.measure().n_columns;
    for (std::int64_t at = 0; at < queries.rows.n; ++at) {
        const std::int64_t row = tree.row_at(at);
        if (queries.excluded[row] != row ||
            std::memcmp(tree.values_at(at), queries.rows[row],
                        std::size_t(n_columns) * sizeof(double)) != 0) {
            return false;
        }
    }
    return true;
}

// The rows of each leaf as a group of queries, and what was found for them. Results do not depend
// on the order in which pairs of leaves are compared.
class AllPairs {
public:
    AllPairs(const Tree& tree, const Queries& queries, const Nearest& prototype, Watch& watch)
        : tree_(tree), watch_(watch) {
        std::vector<float> scaled(tree.measure().n_columns);
        for (std::int64_t node = 0; node < tree.n_nodes(); ++node) {
            const Node& leaf = tree.node(node);
            if (!leaf.is_leaf()) continue;
            watch.look();
            sides_.push_back(std::make_unique<Side>(tree, prototype));
            Side& side = *sides_.back();
            side.group.clear(node);
            for (std::int64_t at = leaf.begin; at < leaf.end; ++at) {
                const std::int64_t row = tree.row_at(at);
                const double* values = queries.rows[row];
                tree.scale_query(values, scaled.data());
                side.group.add(row, values, scaled.data());
                side.answer.open(side.group.n - 1, side.group);
            }
            side.group.forget_boxes();
        }
    }

    // In each round no two threads have a side in common: sides are dealt into blocks, which meet
    // as in a tournament.
    void run(int n_threads) {
        const std::int64_t n = std::int64_t(sides_.size());
        const std::int64_t n_blocks = n_threads > 1 ? 2 * std::int64_t(n_threads) : 1;
        const auto begin = [&](std::int64_t block) { return n * block / n_blocks; };
        const auto end = [&](std::int64_t block) { return n * (block + 1) / n_blocks; };
        each(n_blocks, n_threads, [&](std::int64_t block, Buffer& buffer) {
            for (std::int64_t a = begin(block); a < end(block); ++a) compare(a, a, buffer);
            for (std::int64_t a = begin(block); a < end(block); ++a) {
                for (std::int64_t b = a + 1; b < end(block); ++b) compare(a, b, buffer);
            }
        });
        for (std::int64_t round = 0; round + 1 < n_blocks; ++round) {
            each(n_blocks / 2, n_threads, [&](std::int64_t table, Buffer& buffer) {
                // The last block keeps its place; the others move on by one each round.
                const std::int64_t n_moving = n_blocks - 1;
                const std::int64_t one = table == 0 ? n_moving : (round + table) % n_moving;
                const std::int64_t two = (round + n_moving - table) % n_moving;
                for (std::int64_t a = begin(one); a < end(one); ++a) {
                    for (std::int64_t b = begin(two); b < end(two); ++b) compare(a, b, buffer);
                }
            });
        }
        for (const auto& side : sides_) {
            for (std::int64_t q = 0; q < side->group.n; ++q) {
                side->answer.close(q, side->group);
            }
        }
    }

    Work work() const {
        Work total;
        for (const auto& side : sides_) total.add(side->group.work);
        return total.with_rows(tree_.measure().n_columns);
    }

private:
    struct Side {
        Group group;
        Nearest answer;
        Side(const Tree& tree, const Nearest& prototype) : group(tree), answer(prototype) {}
    };

    struct Buffer {
        float products[kLeaf][kLeaf], turned[kLeaf][kLeaf], values[kLeaf];
    };

    template <class Task>
    void each(std::int64_t n, int n_threads, Task task) {
        for_each(n, n_threads, watch_, [&] {
            return [&, buffer = std::make_unique<Buffer>()](std::int64_t i) { task(i, *buffer); };
        });
    }

    void compare(std::int64_t a, std::int64_t b, Buffer& buffer) {
        watch_.look();
        Side &one = *sides_[a], &two = *sides_[b];
        tree_.products_of_all(one.group, tree_.node(two.group.home), buffer.products);
        offer(one, two, buffer.products, buffer.values);
        one.group.work.n_bytes += kLeaf * tree_.measure().n_columns * std::int64_t(sizeof(float));
        if (a == b) return;
        for (int i = 0; i < kLeaf; ++i) {
            for (int j = 0; j < kLeaf; ++j) buffer.turned[j][i] = buffer.products[i][j];
        }
        offer(two, one, buffer.turned, buffer.values);
    }

    // Offers the rows of one leaf to the queries of the other.
    void offer(Side& queries, const Side& rows, const float (*products)[kLeaf], float* values) {
        const Node& leaf = tree_.node(rows.group.home);
        Group& group = queries.group;
        group.work.n_scans += group.n;
        for (std::int64_t q = 0; q < group.n; ++q) {
            const std::uint64_t mask =
                leaf.lanes() & tree_.started(leaf, products[q], group.limits[q].scan, values);
            if (mask) queries.answer.offer(q, group, leaf, mask, values);
        }
    }

    const Tree& tree_;
    Watch& watch_;
    std::vector<std::unique_ptr<Side>> sides_;
};

}  // namespace poise
