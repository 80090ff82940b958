// Sorts the queries of a call into groups by home leaf, and shares the groups among threads.
#include "index.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "all_pairs.hpp"
#include "answers.hpp"
#include "group.hpp"
#include "search.hpp"

namespace poise {

namespace {

// The homes of fewer queries, and the answers to fewer values, are found before a thread starts.
constexpr std::int64_t kQueriesWorthThreads = 1 << 15;
constexpr std::int64_t kValuesWorthThreads = 1 << 13;
constexpr std::int64_t kChunk = 512;  // queries that a thread takes at once
constexpr std::int64_t kAllLeaves = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t kNoHome = -1;  // of queries that float32 cannot hold

// What one thread owns: a group, the answer to it, and a way through the tree.
template <class Answer>
class Worker {
public:
    Worker(const Tree& tree, const Answer& prototype, Watch& watch)
        : tree_(tree), watch_(watch), answer_(prototype), group_(tree), search_(tree, watch),
          scaled_(tree.measure().n_columns) {}

    Work run(const Queries& queries, const std::int64_t* numbers, std::int64_t n,
             std::int32_t home, std::int64_t most_leaves) {
        group_.work = Work{};
        if (home == kNoHome) {
            run_by_scan(queries, numbers, n);
            Work work;
            work.n_distances = n * tree_.n_rows();
            return work.with_rows(tree_.measure().n_columns);
        }
        group_.clear(home);
        const double* values[kLeaf];
        for (std::int64_t q = 0; q < n; ++q) values[q] = queries.rows.fetched(numbers[q]);
        for (std::int64_t q = 0; q < n; ++q) {
            tree_.scale_query(values[q], scaled_.data());
            group_.add(numbers[q], values[q], scaled_.data());
            answer_.open(q, group_);
        }
        search_.run(group_, answer_, most_leaves);
        for (std::int64_t q = 0; q < n; ++q) answer_.close(q, group_);
        group_.work.n_bytes +=
            group_.work.n_boxes * 2 * tree_.layout().padded * std::int64_t(sizeof(float));
        return group_.work.with_rows(tree_.measure().n_columns);
    }

private:
    void run_by_scan(const Queries& queries, const std::int64_t* numbers, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) {
            watch_.look();
            answer_.answer_by_scan(numbers[i], queries.rows[numbers[i]]);
        }
    }

    const Tree& tree_;
    Watch& watch_;
    Answer answer_;
    Group group_;
    Search<Answer> search_;
    std::vector<float> scaled_;
};

std::vector<std::int32_t> homes_of(const Tree& tree, const Queries& queries, int n_threads,
                                   Watch& watch) {
    std::vector<std::int32_t> home(queries.rows.n);
    const std::int64_t n_columns = tree.measure().n_columns;
    const std::int64_t n_chunks = (queries.rows.n + kChunk - 1) / kChunk;
    for_each(n_chunks, queries.rows.n < kQueriesWorthThreads ? 1 : n_threads, watch, [&] {
        return [&, scaled = std::vector<float>(n_columns)](std::int64_t chunk) mutable {
            const std::int64_t end = std::min(queries.rows.n, (chunk + 1) * kChunk);
            for (std::int64_t i = chunk * kChunk; i < end; ++i) {
                const bool is_near = tree.scale_query(queries.rows[i], scaled.data());
                home[i] = is_near ? std::int32_t(tree.home_of(scaled.data())) : kNoHome;
            }
        };
    });
    return home;
}

// Numbers of the queries, those of one home together: a counting sort, those without a home first.
std::vector<std::int64_t> sorted_by_home(const std::vector<std::int32_t>& home,
                                         std::int64_t n_nodes) {
    std::vector<std::int64_t> next(n_nodes + 2, 0);
    for (const std::int32_t h : home) ++next[h + 2];
    for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
    std::vector<std::int64_t> sorted(home.size());
    for (std::size_t i = 0; i < home.size(); ++i) sorted[next[home[i] + 1]++] = std::int64_t(i);
    return sorted;
}

// Groups of queries whose search shows whether the tree keeps leaves apart, and the share of leaves
// above which it does not: a pair of leaves costs half as much when it is compared for both.
constexpr std::int64_t kGroupsTried = 2;
constexpr double kMostScans = 0.5;

template <class Answer>
Work search(const Tree& tree, const Queries& queries, const Answer& prototype,
            std::int64_t most_leaves, int n_threads, Watch& watch) {
    const auto home = homes_of(tree, queries, n_threads, watch);
    const auto sorted = sorted_by_home(home, tree.n_nodes());
    std::vector<std::int64_t> begins;  // of groups
    for (std::int64_t i = 0; i < queries.rows.n;) {
        begins.push_back(i);
        std::int64_t end = i + 1;
        while (end < queries.rows.n && end - i < kLeaf && home[sorted[end]] == home[sorted[i]]) ++end;
        i = end;
    }
    begins.push_back(queries.rows.n);

    if (queries.rows.n * tree.measure().n_columns < kValuesWorthThreads) n_threads = 1;
    std::vector<Work> of_groups(begins.size());
    for_each(std::int64_t(begins.size()) - 1, n_threads, watch, [&] {
        return [&, worker = Worker<Answer>(tree, prototype, watch)](std::int64_t g) mutable {
            of_groups[g] = worker.run(queries, sorted.data() + begins[g], begins[g + 1] - begins[g],
                                      home[sorted[begins[g]]], most_leaves);
        };
    });
    Work total;
    for (const Work& work : of_groups) total.add(work);
    return total;
}

}  // namespace

bool Index::are_compared_in_pairs(const Queries& queries, const Nearest& answer, Work& work,
                                  Watch& watch) const {
    const std::int64_t n_leaves = (tree_.n_rows() + kLeaf - 1) / kLeaf;
    if (!tree_.bounds().uses_products || n_leaves < 2 * kGroupsTried) return false;
    if (!are_own_rows(tree_, queries)) return false;
    for (std::int64_t i = 0; i < kGroupsTried; ++i) {
        const std::int64_t begin = (2 * i + 1) * n_leaves / (2 * kGroupsTried) * kLeaf;
        std::vector<std::int64_t> numbers;
        for (std::int64_t at = begin; at < std::min(begin + kLeaf, tree_.n_rows()); ++at) {
            numbers.push_back(tree_.row_at(at));
        }
        Worker<Nearest> worker(tree_, answer, watch);
        std::vector<float> scaled(tree_.measure().n_columns);
        tree_.scale_query(tree_.values_at(begin), scaled.data());
        const std::int32_t home = std::int32_t(tree_.home_of(scaled.data()));
        const std::int64_t n = std::int64_t(numbers.size());
        work.add(worker.run(queries, numbers.data(), n, home, kAllLeaves));
    }
    return double(work.n_scans) > kMostScans * double(kGroupsTried * kLeaf * n_leaves);
}

Work Index::nearest(const Queries& queries, NearestOut out, std::int64_t most_leaves, int n_threads,
                    Watch& watch) const {
    if (out.k <= 0) return {};
    const Nearest answer(tree_, queries, out);
    const bool is_whole = most_leaves >= tree_.n_nodes() && out.radii == nullptr;
    Work work;
    if (is_whole && are_compared_in_pairs(queries, answer, work, watch)) {
        AllPairs pairs(tree_, queries, answer, watch);
        pairs.run(n_threads);
        work.add(pairs.work());
        return work;
    }
    return search(tree_, queries, answer, most_leaves, n_threads, watch);
}

Work Index::count_within(const Queries& queries, CountOut out, int n_threads, Watch& watch) const {
    return search(tree_, queries, Within(tree_, queries, out), kAllLeaves, n_threads, watch);
}

}  // namespace poise
