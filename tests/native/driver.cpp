// Uses the kernel as Python threads do once the GIL is released: several callers search one shared index at once, each
// with threads of its own, while others build, blend and are stopped. Prints a checksum of the answers, which is the
// same for every compiler and with or without threads, and fails where a caller's answer differs from that of one
// thread. sanitize.sh compiles it with the thread sanitizer, which reports every race, and without threads; wasm.sh
// compiles it to WebAssembly.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#include "blend.hpp"
#include "index.hpp"
#include "sparse.hpp"

namespace {

constexpr std::int64_t kNeighbours = 5;
constexpr std::int64_t kSparseQueries = 200;
constexpr int kThreads = 3;

struct Table {
    std::int64_t n_rows, n_columns;
    poise::Measure measure;
    std::vector<double> values, known;  // known: the same without missing values, to be blended
    std::vector<std::int64_t> starts, columns;  // and half of those, as sparse rows
    std::vector<double> entries;

    // The generator's numbers are those of the standard, which its distributions are not.
    Table(std::int64_t rows, std::int64_t columns, std::int64_t n_nominal, bool is_partial)
        : n_rows(rows), n_columns(columns), measure{columns, n_nominal, 1.0, is_partial},
          values(rows * columns), known(rows * columns) {
        std::mt19937_64 random(7);
        for (std::int64_t i = 0; i < rows * columns; ++i) {
            const bool is_nominal = i % columns >= columns - n_nominal;
            known[i] = is_nominal ? double(random() % 4) : std::ldexp(double(random() >> 11), -53);
            values[i] = is_partial && random() % 16 == 0 ? std::nan("") : known[i];
            if (i % columns == 0) starts.push_back(std::int64_t(entries.size()));
            if (random() % 2 == 0) continue;
            this->columns.push_back(i % columns);
            entries.push_back(known[i]);
        }
        starts.push_back(std::int64_t(entries.size()));
    }

    poise::Rows rows() const { return {values.data(), n_columns, n_rows}; }

    poise::SparseRows sparse(std::int64_t n) const {
        return {starts.data(), columns.data(), entries.data(), n};
    }
};

// The indexes of a table.
struct Indexes {
    poise::Index dense;
    poise::SparseIndex sparse;
};

constexpr std::int64_t kAll = std::int64_t{1} << 40;  // leaves

struct Answers {
    std::vector<std::int64_t> rows, counts, sparse_rows;
    std::vector<double> distances, blended, sparse_distances;

    bool operator==(const Answers& other) const {
        return rows == other.rows && counts == other.counts && distances == other.distances &&
               blended == other.blended && sparse_rows == other.sparse_rows &&
               sparse_distances == other.sparse_distances;
    }
};

// FNV-1a, over the bytes of each answer.
std::uint64_t checksum_of(const Answers& answers) {
    std::uint64_t sum = 14695981039346656037u;
    const auto add = [&](const auto& values) {
        const auto* begin = reinterpret_cast<const unsigned char*>(values.data());
        const auto* end = reinterpret_cast<const unsigned char*>(values.data() + values.size());
        for (; begin != end; ++begin) sum = (sum ^ *begin) * 1099511628211u;
    };
    add(answers.rows), add(answers.counts), add(answers.distances), add(answers.blended);
    add(answers.sparse_rows), add(answers.sparse_distances);
    return sum;
}

poise::Watch undisturbed() {
    return poise::Watch([] { return false; });
}

// What one Python thread does: everything in it is its own but the table and the index.
Answers ask(const Table& table, const Indexes& indexes, int n_threads) {
    const std::int64_t n = table.n_rows;
    std::vector<std::int64_t> self(n), partners(n);
    std::iota(self.begin(), self.end(), std::int64_t{0});
    std::vector<double> radii(n), gaps(n, 0.25);
    Answers a;
    a.rows.resize(n * kNeighbours);
    a.distances.resize(n * kNeighbours);
    a.counts.resize(n);
    a.blended.resize(n * table.n_columns);
    poise::Watch watch = undisturbed();
    const poise::Queries queries{table.rows(), self.data()};
    const poise::NearestOut found{a.rows.data(), a.distances.data(), kNeighbours, nullptr};
    indexes.dense.nearest(queries, found, kAll, n_threads, watch);
    for (std::int64_t i = 0; i < n; ++i) {
        partners[i] = a.rows[i * kNeighbours];
        radii[i] = a.distances[(i + 1) * kNeighbours - 1];
    }
    indexes.dense.count_within(queries, {radii.data(), a.counts.data(), kNeighbours}, n_threads,
                               watch);
    poise::blend_rows<double>(table.known.data(), table.n_columns, n, self.data(), partners.data(),
                              gaps.data(), nullptr, a.blended.data(), n_threads, watch);
    a.sparse_rows.resize(kSparseQueries * kNeighbours);
    a.sparse_distances.resize(kSparseQueries * kNeighbours);
    indexes.sparse.nearest(table.sparse(kSparseQueries), self.data(),
                           {a.sparse_rows.data(), a.sparse_distances.data(), kNeighbours, nullptr},
                           n_threads, watch);
    return a;
}

Indexes indexes_of(const Table& table, int n_threads) {
    poise::Watch watch = undisturbed();
    return {poise::Index(table.rows(), table.measure, poise::baseline_scanner(), n_threads, watch),
            poise::SparseIndex(table.sparse(table.n_rows), table.n_columns, watch)};
}

#if POISE_THREADS
// Searches until a signal stops it; true if it was stopped.
bool is_stopped(const Table& table, const Indexes& indexes) {
    std::vector<std::int64_t> rows(table.n_rows * kNeighbours);
    std::vector<double> distances(rows.size());
    poise::Watch watch([] { return true; });
    try {
        for (int i = 0; i < 1000; ++i) {
            indexes.dense.nearest({table.rows(), nullptr},
                                  {rows.data(), distances.data(), kNeighbours, nullptr}, kAll,
                                  kThreads, watch);
        }
    } catch (const poise::Interrupted&) {
        return true;
    }
    return false;
}

// How many of several callers at once do not get what is expected.
int wrong_callers(const Table& table, const Answers& expected) {
    const Indexes shared = indexes_of(table, kThreads);
    std::vector<std::function<bool()>> tasks(
        kThreads, [&] { return ask(table, shared, kThreads) == expected; });
    tasks.push_back([&] { return ask(table, indexes_of(table, kThreads), 1) == expected; });
    tasks.push_back([&] { return is_stopped(table, shared); });

    std::vector<char> is_right(tasks.size(), 0);
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        callers.emplace_back([&, i] { is_right[i] = tasks[i](); });
    }
    for (auto& caller : callers) caller.join();
    return int(std::count(is_right.begin(), is_right.end(), 0));
}
#else
int wrong_callers(const Table& table, const Answers& expected) {
    return ask(table, indexes_of(table, kThreads), kThreads) == expected ? 0 : 1;
}
#endif

bool is_right(const char* name, const Table& table) {
    const Answers expected = ask(table, indexes_of(table, 1), 1);
    std::printf("%s: checksum %016llx\n", name, (unsigned long long)checksum_of(expected));
    const int n_wrong = wrong_callers(table, expected);
    if (n_wrong > 0) std::fprintf(stderr, "%s: %d callers got other answers\n", name, n_wrong);
    return n_wrong == 0;
}

}  // namespace

// The first table is as large as it takes for every step to be shared among threads.
int main() {
    const bool numbers = is_right("three columns of numbers", Table(33000, 3, 0, false));
    const bool products = is_right("ten columns of numbers", Table(2000, 10, 0, false));
    const bool mixtures = is_right("categories and missing values", Table(8200, 4, 2, true));
    return numbers && products && mixtures ? 0 : 1;
}
