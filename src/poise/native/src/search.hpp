// The walk of a group of queries through the tree, nearest boxes first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "answers.hpp"
#include "group.hpp"
#include "parallel.hpp"
#include "tree.hpp"

namespace poise {

// What a search asks of an Answer, which says what is looked for. An Answer holds the state of the
// queries of one group, by their place q in it, and writes into the caller's arrays, by the number
// of the query in the call. A member that is missing or takes something else does not compile;
// members are not virtual, since the walk calls them for every node and leaf.
template <class Answer>
struct AnswerProtocol {
    template <class Expected, class Member>
    static constexpr bool is_a(Member) { return std::is_same_v<Member, Expected>; }

    static_assert(is_a<void (Answer::*)(std::int64_t, Group&)>(&Answer::open),
                  "open(q, group): query q has entered the group");
    static_assert(is_a<bool (Answer::*)(std::int64_t, const Group&, const Node&) const>(
                      &Answer::skips),
                  "skips(q, group, node): nothing below the node can matter to query q");
    static_assert(is_a<void (Answer::*)(std::int64_t, Group&, const Node&, std::uint64_t,
                                        const float*)>(&Answer::offer),
                  "offer(q, group, leaf, mask, values): the rows of a leaf, one bit each, whose "
                  "float32 values are within the limit of query q; sets a lower limit if it can");
    static_assert(is_a<void (Answer::*)(std::int64_t, Group&)>(&Answer::close),
                  "close(q, group): the search of query q is over; writes its answer");
    static_assert(is_a<void (Answer::*)(std::int64_t, const double*)>(&Answer::answer_by_scan),
                  "answer_by_scan(number, values): writes the answer after a look at all rows, for "
                  "a query that float32 cannot hold");
    static_assert(std::is_copy_constructible_v<Answer>, "every thread works on a copy");
};

template <class Answer>
class Search : AnswerProtocol<Answer> {
public:
    Search(const Tree& tree, Watch& watch) : tree_(tree), watch_(watch) {}

    // Looks at `most_leaves` leaves at most, the home leaf first.
    void run(Group& group, Answer& answer, std::int64_t most_leaves) {
        answer_ = &answer;
        const std::uint64_t all = group.n == kLeaf ? ~0ull : (1ull << group.n) - 1;
        visit_leaf(group, group.home, all, true);
        std::int64_t n_left = most_leaves - 1;
        stack_.clear();
        stack_.push_back({0, 0.0f, all});
        while (!stack_.empty() && n_left > 0) {
            const Waiting top = stack_.back();
            stack_.pop_back();
            const Node& node = tree_.node(top.node);
            const std::uint64_t wanted = who_wants(group, top);
            if (!wanted) continue;
            if (node.is_leaf()) {
                if (top.node == group.home) continue;
                visit_leaf(group, top.node, wanted, false);
                --n_left;
                continue;
            }
            group.work.n_boxes += 2;
            const float left = distance_to(group, node.left);
            const float right = distance_to(group, node.right);
            const bool left_first = left <= right;
            stack_.push_back(
                {left_first ? node.right : node.left, left_first ? right : left, wanted});
            stack_.push_back(
                {left_first ? node.left : node.right, left_first ? left : right, wanted});
        }
    }

private:
    static constexpr std::int64_t kFewQueries = 8;

    struct Waiting {
        std::int64_t node;
        float distance;         // from the box of the group
        std::uint64_t queries;  // that may want it: one bit each
    };

    float distance_to(const Group& group, std::int64_t node) const {
        return tree_.box_to_box(group.box(), tree_.box(node));
    }

    // The queries to which something below a node can matter; without categories, all of a group if
    // one is.
    std::uint64_t who_wants(const Group& group, const Waiting& waiting) const {
        const Node& node = tree_.node(waiting.node);
        const bool is_nominal = tree_.measure().n_nominal > 0;
        std::uint64_t wanted = 0;
        for (std::uint64_t rest = waiting.queries; rest; rest &= rest - 1) {
            const int q = lowest_bit(rest);
            if (group.is_done[q] || !(waiting.distance <= group.limits[q].box) ||
                answer_->skips(q, group, node)) {
                continue;
            }
            if (!is_nominal) return waiting.queries;
            if (tree_.unlike(group.codes(q), waiting.node) <= group.most_unlike[q]) {
                wanted |= 1ull << q;
            }
        }
        return wanted;
    }

    void visit_leaf(Group& group, std::int64_t number, std::uint64_t queries, bool is_home) {
        watch_.look();
        const Node& leaf = tree_.node(number);
        const Box box = tree_.box(number);
        // A look at all queries at once costs about as much as one look for each of a few.
        const bool at_once = !is_home && tree_.measure().n_nominal == 0 && group.n >= kFewQueries;
        if (at_once) queries &= group.near(box);
        std::int64_t chosen[kLeaf], n_chosen = 0;
        for (std::uint64_t rest = queries; rest; rest &= rest - 1) {
            const int q = lowest_bit(rest);
            if (group.is_done[q] || answer_->skips(q, group, leaf)) continue;
            if (is_home || at_once ||
                tree_.point_to_box(group.point(q), box) <= group.limits[q].box) {
                chosen[n_chosen++] = q;
            }
        }
        group.work.n_scans += n_chosen;
        for (std::int64_t first = 0; first < n_chosen; first += kQueriesAtOnce) {
            scan(group, number, chosen + first,
                 int(std::min<std::int64_t>(kQueriesAtOnce, n_chosen - first)));
        }
    }

    void scan(Group& group, std::int64_t node, const std::int64_t* chosen, int n_chosen) {
        const Node& leaf = tree_.node(node);
        if (tree_.measure().is_plain()) {
            ScanArguments a;
            a.n_queries = n_chosen;
            for (int i = 0; i < n_chosen; ++i) {
                a.queries[i] = group.to_scan(chosen[i]);
                a.limits[i] = group.limits[chosen[i]].scan;
            }
            tree_.scan(leaf, a);
            group.work.n_bytes += kLeaf * tree_.measure().n_columns * std::int64_t(sizeof(float));
            offer(group, leaf, chosen, a);
        } else {
            const bool is_nominal = tree_.measure().n_nominal > 0;
            MixedArguments a;
            a.n_queries = n_chosen;
            for (int i = 0; i < n_chosen; ++i) {
                const std::int64_t q = chosen[i];
                a.queries[i] = group.point(q);
                a.query_codes[i] = group.codes(q);
                a.query_shares[i] = group.share[q];
                a.limits[i] = group.limits[q].scan;
                a.most_unlike[i] = group.most_unlike[q];
                a.n_unlike[i] = is_nominal ? tree_.unlike(group.codes(q), node) : 0;
            }
            tree_.scan_mixture(node, a);
            group.work.n_bytes += a.n_bytes;
            offer(group, leaf, chosen, a);
        }
    }

    template <class Arguments>
    void offer(Group& group, const Node& leaf, const std::int64_t* chosen, const Arguments& a) {
        for (int i = 0; i < a.n_queries; ++i) {
            const std::uint64_t mask = a.masks[i] & leaf.lanes();
            if (mask) answer_->offer(chosen[i], group, leaf, mask, a.values[i]);
        }
    }

    const Tree& tree_;
    Answer* answer_ = nullptr;
    Watch& watch_;
    std::vector<Waiting> stack_;
};

}  // namespace poise
