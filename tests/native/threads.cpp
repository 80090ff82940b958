// Uses the kernel as Python threads do once the GIL is released: several callers search one shared index at once, each
// with threads of its own, while others build, blend and are stopped. sanitize.sh compiles it with the thread
// sanitizer, which reports every race; the program itself fails where an answer differs from that of one thread.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "blend.hpp"
#include "index.hpp"

namespace {

constexpr std::int64_t kNeighbours = 5;
constexpr int kCallers = 3, kThreads = 3;

struct Table {
    std::int64_t n_rows, n_columns;
    poise::Measure measure;
    std::vector<double> values, known;  // known: the same without missing values, to be blended

    Table(std::int64_t rows, std::int64_t columns, std::int64_t n_nominal, bool is_partial)
        : n_rows(rows), n_columns(columns), measure{columns, n_nominal, 1.0, is_partial},
          values(rows * columns), known(rows * columns) {
        std::mt19937_64 random(7);
        std::normal_distribution<double> normal;
        for (std::int64_t i = 0; i < rows * columns; ++i) {
            const bool is_nominal = i % columns >= columns - n_nominal;
            known[i] = is_nominal ? double(random() % 4) : normal(random);
            values[i] = is_partial && random() % 16 == 0 ? std::nan("") : known[i];
        }
    }
};

struct Answers {
    std::vector<std::int64_t> rows, counts;
    std::vector<double> distances, blended;

    bool operator==(const Answers& other) const {
        return rows == other.rows && counts == other.counts && distances == other.distances &&
               blended == other.blended;
    }
};

poise::Watch undisturbed() {
    return poise::Watch([] { return false; });
}

// What one Python thread does: everything in it is its own but the table and the index.
Answers ask(const Table& table, const poise::Index& index, int n_threads) {
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
    const poise::Queries queries{table.values.data(), n, self.data()};
    index.nearest(queries, {a.rows.data(), a.distances.data(), kNeighbours}, n_threads, watch);
    for (std::int64_t i = 0; i < n; ++i) {
        partners[i] = a.rows[i * kNeighbours];
        radii[i] = a.distances[(i + 1) * kNeighbours - 1];
    }
    index.count_within(queries, {radii.data(), a.counts.data(), kNeighbours}, n_threads, watch);
    poise::blend_rows<double>(table.known.data(), table.n_columns, n, self.data(), partners.data(),
                              gaps.data(), nullptr, a.blended.data(), n_threads, watch);
    return a;
}

// Searches until a signal stops it; true if it was stopped.
bool is_stopped(const Table& table, const poise::Index& index) {
    std::vector<std::int64_t> rows(table.n_rows * kNeighbours);
    std::vector<double> distances(rows.size());
    poise::Watch watch([] { return true; });
    try {
        for (int i = 0; i < 1000; ++i) {
            index.nearest({table.values.data(), table.n_rows, nullptr},
                          {rows.data(), distances.data(), kNeighbours}, kThreads, watch);
        }
    } catch (const poise::Interrupted&) {
        return true;
    }
    return false;
}

bool try_table(const char* name, const Table& table) {
    const auto make_index = [&](int n_threads) {
        poise::Watch watch = undisturbed();
        return poise::Index(table.values.data(), table.n_rows, table.measure,
                            poise::baseline_scanner(), n_threads, watch);
    };
    const Answers expected = ask(table, make_index(1), 1);
    const poise::Index shared = make_index(kThreads);
    std::vector<std::function<bool()>> tasks(
        kCallers, [&] { return ask(table, shared, kThreads) == expected; });
    tasks.push_back([&] { return ask(table, make_index(kThreads), 1) == expected; });
    tasks.push_back([&] { return is_stopped(table, shared); });

    std::vector<char> is_right(tasks.size(), 0);
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        callers.emplace_back([&, i] { is_right[i] = tasks[i](); });
    }
    for (auto& caller : callers) caller.join();
    const auto n_wrong = std::count(is_right.begin(), is_right.end(), 0);
    std::printf("%s: %d callers at once, %d wrong\n", name, int(tasks.size()), int(n_wrong));
    return n_wrong == 0;
}

}  // namespace

// As many rows and columns as it takes for every step to be shared among threads.
int main() {
    const bool numbers_pass = try_table("numbers", Table(33000, 3, 0, false));
    const bool mixtures_pass = try_table("categories and missing values", Table(8200, 4, 2, true));
    return numbers_pass && mixtures_pass ? 0 : 1;
}
