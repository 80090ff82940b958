// The walk of a group of queries through the tree, nearest boxes first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

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
    static_assert(is_a<void (Answer::*)(std::int64_t, std::int64_t)>(&Answer::close),
                  "close(q, number): the search of query q is over; writes its answer");
    static_assert(is_a<void (Answer::*)(std::int64_t, const double*)>(&Answer::answer_by_scan),
                  "answer_by_scan(number, values): writes the answer after a look at all rows, for "
                  "a query that float32 cannot hold");
    static_assert(std::is_copy_constructible_v<Answer>, "every thread works on a copy");
};

template <class Answer>
class Search : AnswerProtocol<Answer> {
public:
    Search(const Tree& tree, Watch& watch) : tree_(tree), watch_(watch) {}

    // Looks at no more than `most_leaves` leaves, the home leaf first.
    void run(Group& group, Answer& answer, std::int64_t most_leaves) {
        answer_ = &answer;
        visit_leaf(group, group.home, true);
        std::int64_t n_left = most_leaves - 1;
        stack_.clear();
        stack_.push_back({0, 0.0f});
        while (!stack_.empty() && n_left > 0) {
            const Waiting top = stack_.back();
            stack_.pop_back();
            const Node& node = tree_.node(top.node);
            if (!is_wanted(group, node, top.distance)) continue;
            if (node.is_leaf()) {
                if (top.node == group.home) continue;
                visit_leaf(group, top.node, false);
                --n_left;
                continue;
            }
            group.work.n_boxes += 2;
            const float left = distance_to(group, node.left);
            const float right = distance_to(group, node.right);
            const bool left_first = left <= right;
            stack_.push_back({left_first ? node.right : node.left, left_first ? right : left});
            stack_.push_back({left_first ? node.left : node.right, left_first ? left : right});
        }
    }

private:
    struct Waiting {
        std::int64_t node;
        float distance;
    };

    float distance_to(const Group& group, std::int64_t node) const {
        return tree_.box_to_box(group.box(), tree_.box(node));
    }

    bool is_wanted(const Group& group, const Node& node, float distance) const {
        for (std::int64_t q = 0; q < group.n; ++q) {
            if (!group.is_done[q] && distance <= group.limits[q].box &&
                !answer_->skips(q, group, node)) {
                return true;
            }
        }
        return false;
    }

    void visit_leaf(Group& group, std::int64_t number, bool is_home) {
        watch_.look();
        const Node& leaf = tree_.node(number);
        const Box box = tree_.box(number);
        const bool is_nominal = tree_.measure().n_nominal > 0;
        std::int64_t chosen[kLeaf], n_chosen = 0;
        for (std::int64_t q = 0; q < group.n; ++q) {
            if (group.is_done[q] || answer_->skips(q, group, leaf)) continue;
            if (is_nominal) {
                n_unlike_[q] = tree_.unlike(group.codes(q), leaf.begin / kLeaf);
                if (n_unlike_[q] > group.most_unlike[q]) continue;
            }
            if (is_home || tree_.point_to_box(group.point(q), box) <= group.limits[q].box) {
                chosen[n_chosen++] = q;
            }
        }
        group.work.n_scans += n_chosen;
        for (std::int64_t first = 0; first < n_chosen; first += kQueriesAtOnce) {
            scan(group, leaf, chosen + first,
                 int(std::min<std::int64_t>(kQueriesAtOnce, n_chosen - first)));
        }
    }

    void scan(Group& group, const Node& leaf, const std::int64_t* chosen, int n_chosen) {
        if (tree_.measure().is_plain()) {
            ScanArguments a;
            a.n_queries = n_chosen;
            for (int i = 0; i < n_chosen; ++i) {
                a.queries[i] = group.to_scan(chosen[i]);
                a.limits[i] = group.limits[chosen[i]].scan;
            }
            tree_.scan(leaf, a);
            offer(group, leaf, chosen, a);
        } else {
            MixedArguments a;
            a.n_queries = n_chosen;
            for (int i = 0; i < n_chosen; ++i) {
                const std::int64_t q = chosen[i];
                a.queries[i] = group.point(q);
                a.query_codes[i] = group.codes(q);
                a.query_shares[i] = group.share[q];
                a.limits[i] = group.limits[q].scan;
                a.most_unlike[i] = group.most_unlike[q];
                a.n_unlike[i] = tree_.measure().n_nominal > 0 ? n_unlike_[q] : 0;
            }
            tree_.scan_mixture(leaf, a);
            offer(group, leaf, chosen, a);
        }
    }

    template <class Arguments>
    void offer(Group& group, const Node& leaf, const std::int64_t* chosen, const Arguments& a) {
        // The last leaf may have lanes without a row.
        const std::uint64_t real = leaf.size() == kLeaf ? ~0ull : (1ull << leaf.size()) - 1;
        for (int i = 0; i < a.n_queries; ++i) {
            const std::uint64_t mask = a.masks[i] & real;
            if (mask) answer_->offer(chosen[i], group, leaf, mask, a.values[i]);
        }
    }

    const Tree& tree_;
    Answer* answer_ = nullptr;
    Watch& watch_;
    int n_unlike_[kLeaf];  // of each query, in the columns in which all rows of a leaf are the same
    std::vector<Waiting> stack_;
};

}  // namespace poise
