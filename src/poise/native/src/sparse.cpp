// Why no neighbour is passed over. Everything is multiplied by `scale_`. For a query x and a row y,
//
//     |x - y|^2  =  |x|^2 + |y|^2 - 2 x.y
//
// and x.y is a sum in float32 of at most m products, where m is the number of entries of x, or of y.
// Each value is rounded once, each product and sum once, and once when |y|^2 / 2 is taken off, so the
// error is at most (m + 4) u (|x|^2 + |y|^2) / 2, where u is 2^-24. kept_share() doubles that for
// higher orders, and has more for the roundings in float64. The part of |y|^2 is taken off |y|^2 in
// `halves_`, and the part of |x|^2 off |x|^2 in limit(). What underflows is less than kVanished.
//
// A candidate is dropped without its exact distance if k others are surely nearer. `lower` is the bound
// of a row less twice both parts of the error: a row whose bound is below it is farther away, by more
// than float64 can get wrong.
#include "sparse.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "best.hpp"
#include "bounds.hpp"

namespace poise {

namespace {

constexpr std::uint32_t kEnd = 0xffffffff;
constexpr float kLowest = std::numeric_limits<float>::lowest();
constexpr float kNever = -std::numeric_limits<float>::infinity();

// Rows and queries with more entries, and queries with a larger scaled value, are compared in full.
constexpr std::int64_t kMostEntries = std::int64_t{1} << 20;
constexpr double kLargest = 0x1p20;
// At most 2^20 products of a value below 2^20 and one that loses 2^-149, and some more.
constexpr double kVanished = 1e-30;
// Half a squared distance below this is finite when it is computed.
constexpr double kFinite = 0x1p1019;

// Measured: a column in which this share of the rows has entries is added faster with zeros.
constexpr std::int64_t kShareOfFull = 6;
// With more neighbours than this share of the rows, all rows are compared in full.
constexpr std::int64_t kShareOfRows = 2;
// With at most this many columns for each entry, those that have entries are marked, and not sorted.
constexpr std::int64_t kColumnsPerEntry = 64;
constexpr std::int64_t kPairsWorthThreads = 1 << 16;

constexpr std::int64_t kBatch = 32;
// Candidates kept beside twice the number of neighbours, before the farthest are dropped.
constexpr std::size_t kSpare = 16;
constexpr std::size_t kAhead = 4;

double kept_share(std::int64_t n_entries) {
    return 1 - kHigherOrders * double(n_entries + 16) * kFloatUnit;
}

float rounded_down(double value) { return -rounded_up(-value); }

// Adds the products with the entries of a list up to the row `end`; returns the next entry.
const SparseIndex::Entry* add_list(const SparseIndex::Entry* entry, std::int64_t begin,
                                   std::int64_t end, float value, float* products) {
    for (; entry->row < end; ++entry) products[entry->row - begin] += value * entry->value;
    return entry;
}

void prefetch([[maybe_unused]] const void* place) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(place);
#endif
}

// Adds the products with four columns that have a value for each row.
constexpr std::size_t kAtOnce = 4;

void add_full(const float* const* columns, const float* values, std::int64_t n, float* products) {
    const float *a = columns[0], *b = columns[1], *c = columns[2], *d = columns[3];
    const float x = values[0], y = values[1], z = values[2], w = values[3];
    for (std::int64_t i = 0; i < n; ++i) {
        products[i] += (x * a[i] + y * b[i]) + (z * c[i] + w * d[i]);
    }
}

}  // namespace

SparseIndex::SparseIndex(const SparseRows& rows, std::int64_t n_columns, Watch& watch)
    : n_rows_(rows.n), n_columns_(n_columns) {
    find_columns(rows);
    find_scale(rows);
    keep_rows(rows, watch);
    list_columns(watch);
}

void SparseIndex::find_columns(const SparseRows& rows) {
    const std::int64_t n_entries = rows.n_entries();
    if (n_columns_ <= kColumnsPerEntry * n_entries) {
        std::vector<char> has_entries(n_columns_);
        for (std::int64_t e = 0; e < n_entries; ++e) has_entries[rows.columns[e]] = 1;
        for (std::int64_t c = 0; c < n_columns_; ++c) {
            if (has_entries[c]) columns_.push_back(c);
        }
    } else {
        columns_.assign(rows.columns, rows.columns + n_entries);
        std::sort(columns_.begin(), columns_.end());
        columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
        columns_.shrink_to_fit();
    }
    const std::int64_t n = std::int64_t(columns_.size());
    if (n > kMost) throw std::invalid_argument("values has entries in more than 2^31 - 2 columns");
    while ((n_columns_ >> bucket_bits_) > 2 * n) ++bucket_bits_;
    buckets_.assign((n_columns_ >> bucket_bits_) + 2, 0);
    for (const std::int64_t column : columns_) ++buckets_[(column >> bucket_bits_) + 1];
    for (std::size_t i = 1; i < buckets_.size(); ++i) buckets_[i] += buckets_[i - 1];
}

std::uint32_t SparseIndex::key_of(std::int64_t column) const {
    const std::int64_t bucket = column >> bucket_bits_;
    const auto end = columns_.begin() + buckets_[bucket + 1];
    const auto place = std::lower_bound(columns_.begin() + buckets_[bucket], end, column);
    return 2 * std::uint32_t(place - columns_.begin()) + (place != end && *place == column);
}

void SparseIndex::find_scale(const SparseRows& rows) {
    double largest = 0.0;
    for (std::int64_t e = 0; e < rows.n_entries(); ++e) {
        largest = std::max(largest, std::abs(rows.values[e]));
    }
    int exponent = 0;
    if (largest > 0.0) std::frexp(largest, &exponent);
    // The scale itself must be a normal number.
    scale_ = std::ldexp(1.0, std::clamp(-exponent, -1022, 1022));
}

void SparseIndex::keep_rows(const SparseRows& rows, Watch& watch) {
    starts_.resize(n_rows_ + 1);
    keys_.resize(rows.n_entries() + n_rows_);
    values_.resize(keys_.size());
    halves_.resize(n_rows_);
    places_.resize(columns_.size());
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < n_rows_; ++i) {
        watch.look();
        starts_[i] = at;
        double squares = 0.0;
        for (std::int64_t e = rows.starts[i]; e < rows.starts[i + 1]; ++e, ++at) {
            keys_[at] = key_of(rows.columns[e]);
            values_[at] = rows.values[e];
            const double value = rows.values[e] * scale_;
            squares += value * value;
            ++places_[keys_[at] / 2];
        }
        most_entries_ = std::max(most_entries_, at - starts_[i]);
        keys_[at] = kEnd;
        values_[at++] = 0.0;
        halves_[i] = rounded_down(squares / 2 * kept_share(at - starts_[i]));
    }
    starts_[n_rows_] = at;
}

void SparseIndex::list_columns(Watch& watch) {
    std::int64_t n_listed = 0;
    for (std::int64_t& place : places_) {
        const std::int64_t n_entries = place;
        place = n_entries > n_rows_ / kShareOfFull ? -++n_full_ : n_listed;
        if (place >= 0) n_listed += n_entries + 1;
    }
    lists_.assign(n_listed, {kNoRow, 0.0f});
    filled_.assign(n_rows_ * n_full_, 0.0f);
    std::vector<std::int64_t> next = places_;
    for (std::int64_t i = 0; i < n_rows_; ++i) {
        watch.look();
        const std::int64_t begin = i / kTile * kTile;
        for (std::int64_t at = starts_[i]; keys_[at] != kEnd; ++at) {
            std::int64_t& place = next[keys_[at] / 2];
            const float value = float(values_[at] * scale_);
            if (place >= 0) lists_[place++] = {std::int32_t(i), value};
            else filled_[filled_at(-1 - place, begin) + i - begin] = value;
        }
    }
}

// The search of one thread, for a batch of queries at a time: all that it writes to is its own.
class SparseSearch {
public:
    SparseSearch(const SparseIndex& index, const SparseRows& queries, const std::int64_t* excluded,
                 NearestOut out, Watch& watch)
        : index_(index), queries_(queries), excluded_(excluded), out_(out), watch_(watch),
          row_slack_(float(4 * (1 - kept_share(index.most_entries_)))), batch_(kBatch),
          products_(std::min(index.n_rows_, kTile)) {}

    // Tile by tile, so that the rows of one stay in the cache for all queries.
    void run(std::int64_t first, std::int64_t end) {
        for (std::int64_t i = first; i < end; ++i) open(batch_[i - first], i);
        for (std::int64_t begin = 0; begin < index_.n_rows_; begin += kTile) {
            for (std::int64_t i = first; i < end; ++i) {
                watch_.look();
                if (batch_[i - first].is_bounded) scan(batch_[i - first], begin);
            }
        }
        for (std::int64_t i = first; i < end; ++i) close(batch_[i - first], i);
    }

private:
    static constexpr std::int64_t kTile = SparseIndex::kTile;

    struct ListTerm {
        const SparseIndex::Entry* next;
        float value;
    };

    struct FullTerm {
        std::int64_t column;
        float value;
    };

    struct Candidate {
        float bound, lower;  // what its product less half its squared norm is at most, and at least
        std::int32_t row;
    };

    struct Query {
        std::int64_t excluded;
        std::vector<std::uint32_t> keys;
        std::vector<double> values;
        std::vector<ListTerm> lists;
        std::vector<FullTerm> full;
        double squares;      // the squared norm
        float slack;         // what bounds may be too large by, apart from the row's part
        float finite;        // a row with a larger bound is at a finite distance
        bool is_bounded;
        float least;         // rows with a lower bound are not among the k nearest
        std::vector<Candidate> candidates;
        Best best;
    };

    void open(Query& q, std::int64_t number) {
        q.excluded = excluded_ == nullptr ? -1 : excluded_[number];
        q.best.reset(out_.k);
        q.keys.clear(), q.values.clear(), q.lists.clear(), q.full.clear(), q.candidates.clear();
        q.least = kLowest;
        double squares = 0.0, largest = 0.0;
        for (std::int64_t e = queries_.starts[number]; e < queries_.starts[number + 1]; ++e) {
            const double value = queries_.values[e], scaled = value * index_.scale_;
            const std::uint32_t key = index_.key_of(queries_.columns[e]);
            q.keys.push_back(key), q.values.push_back(value);
            squares += scaled * scaled;
            largest = std::max(largest, std::abs(scaled));
            if (key % 2 == 0) continue;
            const float rounded = float(std::clamp(scaled, -kLargest, kLargest));
            const std::int64_t place = index_.places_[key / 2];
            if (place >= 0) q.lists.push_back({&index_.lists_[place], rounded});
            else q.full.push_back({-1 - place, rounded});
        }
        q.keys.push_back(kEnd), q.values.push_back(0.0);
        while (q.full.size() % kAtOnce != 0) q.full.push_back({q.full[0].column, 0.0f});
        const std::int64_t n = std::int64_t(q.keys.size());
        q.squares = squares;
        q.is_bounded = largest < kLargest && std::max(index_.most_entries_, n) <= kMostEntries &&
                       out_.k < index_.n_rows_ / kShareOfRows;
        if (!q.is_bounded) return;
        q.slack = rounded_up(squares * (1 - kept_share(n)) + vanished(q));
        const double finite = squares / 2 - kFinite * index_.scale_ * index_.scale_;
        q.finite = rounded_up(std::max(finite, double(kLowest)));
    }

    void close(Query& q, std::int64_t number) {
        if (q.is_bounded) settle(q);
        else compare_all(q);
        std::int64_t* rows = out_.rows + number * out_.k;
        double* distances = out_.distances + number * out_.k;
        std::fill_n(rows, out_.k, std::int64_t{-1});
        std::fill_n(distances, out_.k, std::numeric_limits<double>::infinity());
        q.best.write(rows, distances);
    }

    void compare_all(Query& q) {
        for (std::int64_t row = 0; row < index_.n_rows_; ++row) {
            watch_.look();
            if (row != q.excluded) q.best.add({distance(q, row), row});
        }
    }

    // Finds candidates among the rows of a tile.
    void scan(Query& q, std::int64_t begin) {
        const std::int64_t end = std::min(begin + kTile, index_.n_rows_);
        multiply(q, begin, end);
        if (begin <= q.excluded && q.excluded < end) products_[q.excluded - begin] = kNever;
        const float *products = products_.data(), *halves = &index_.halves_[begin];
        constexpr std::int64_t kBlock = 32;
        for (std::int64_t block = 0; block < end - begin; block += kBlock) {
            const std::int64_t last = std::min(block + kBlock, end - begin);
            const float least = q.least;
            int any = 0;
            for (std::int64_t i = block; i < last; ++i) any |= products[i] - halves[i] >= least;
            if (any == 0) continue;
            for (std::int64_t i = block; i < last; ++i) {
                const float bound = products[i] - halves[i];
                if (bound >= q.least) add(q, bound, begin + i);
            }
        }
    }

    // The products of a query with the rows of a tile.
    void multiply(Query& q, std::int64_t begin, std::int64_t end) {
        float* products = products_.data();
        std::fill_n(products, end - begin, 0.0f);
        for (std::size_t i = 0; i < q.full.size(); i += kAtOnce) {
            const float* columns[kAtOnce];
            float values[kAtOnce];
            for (std::size_t j = 0; j < kAtOnce; ++j) {
                columns[j] = &index_.filled_[index_.filled_at(q.full[i + j].column, begin)];
                values[j] = q.full[i + j].value;
            }
            add_full(columns, values, end - begin, products);
        }
        for (std::size_t i = 0; i < q.lists.size(); ++i) {
            // Lists are all over the memory: the next but three is fetched meanwhile.
            if (i + kAhead < q.lists.size()) prefetch(q.lists[i + kAhead].next);
            ListTerm& term = q.lists[i];
            term.next = add_list(term.next, begin, end, term.value, products);
        }
    }

    void add(Query& q, float bound, std::int64_t row) {
        const float lower = bound - (q.slack + index_.halves_[row] * row_slack_);
        // Infinite distances are equal, however far apart the rows are.
        q.candidates.push_back({bound, lower > q.finite ? lower : kNever, std::int32_t(row)});
        const std::size_t k = std::size_t(out_.k);
        if (q.candidates.size() < 2 * k + kSpare) return;
        drop(q);
        // Where many rows are equally near, they would be more and more.
        if (q.candidates.size() >= 2 * k + kSpare / 2) settle(q);
    }

    // Drops the candidates that are not as near as the k nearest.
    void drop(Query& q) {
        auto& found = q.candidates;
        if (std::int64_t(found.size()) < out_.k) return;
        const auto kth = found.begin() + out_.k - 1;
        std::nth_element(found.begin(), kth, found.end(),
                         [](const Candidate& a, const Candidate& b) { return a.lower > b.lower; });
        q.least = std::max(q.least, kth->lower);
        const auto is_far = [&](const Candidate& c) { return c.bound < q.least; };
        found.erase(std::remove_if(kth, found.end(), is_far), found.end());
    }

    // Compares the candidates in full.
    void settle(Query& q) {
        drop(q);
        for (const Candidate& candidate : q.candidates) {
            if (candidate.bound < q.least) continue;
            if (q.best.add({distance(q, candidate.row), candidate.row})) {
                q.least = std::max(q.least, limit(q));
            }
        }
        q.candidates.clear();
        // Among coincident rows, those that come later have larger numbers.
        if (q.best.is_full() && q.best.worst().distance == 0.0) q.least = -kNever;
    }

    // A row whose bound is below this has a larger distance than the k-th of those compared.
    float limit(const Query& q) const {
        const double n = double(q.keys.size() + index_.most_entries_);
        const double farthest = q.best.worst().distance *
                                (1 + (n + kDoubleRoundings) * 4 * kDoubleUnit) * index_.scale_ *
                                index_.scale_;
        const double own = q.squares * kept_share(std::int64_t(q.keys.size()));
        return std::max(kLowest, rounded_down((own - farthest) / 2 - vanished(q)));
    }

    double vanished(const Query& q) const {
        const double n = double(q.keys.size() + index_.most_entries_);
        return kVanished + n * kVanishedExactSquare * index_.scale_ * index_.scale_;
    }

    // The exact distance: float64, added in the order of the columns.
    double distance(const Query& q, std::int64_t row) const {
        const std::uint32_t *a = q.keys.data(), *b = &index_.keys_[index_.starts_[row]];
        const double *x = q.values.data(), *y = &index_.values_[index_.starts_[row]];
        double total = 0.0;
        while (*a != kEnd || *b != kEnd) {
            const bool has_a = *a <= *b, has_b = *b <= *a;
            const double difference = *x * has_a - *y * has_b;  // no branch: values are finite
            total += difference * difference;
            a += has_a, x += has_a;
            b += has_b, y += has_b;
        }
        return total;
    }

    const SparseIndex& index_;
    const SparseRows queries_;
    const std::int64_t* excluded_;
    NearestOut out_;
    Watch& watch_;
    float row_slack_;
    std::vector<Query> batch_;
    std::vector<float> products_;  // of a query with the rows of a tile; kNever for the excluded row
};

void SparseIndex::nearest(const SparseRows& queries, const std::int64_t* excluded, NearestOut out,
                          int n_threads, Watch& watch) const {
    if (out.k == 0) return;
    if (queries.n * n_rows_ < kPairsWorthThreads) n_threads = 1;
    const std::int64_t share = queries.n / (4 * std::max(1, n_threads));
    const std::int64_t batch = std::clamp(share, std::int64_t{1}, kBatch);
    for_each((queries.n + batch - 1) / batch, n_threads, watch, [&] {
        return [&, search = SparseSearch(*this, queries, excluded, out, watch)](
                   std::int64_t item) mutable {
            search.run(item * batch, std::min((item + 1) * batch, queries.n));
        };
    });
}

}  // namespace poise
