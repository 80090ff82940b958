// Why no neighbour is passed over. Everything is multiplied by `scale_`. For a query x and a row y,
//
//     |x - y|^2  =  |x|^2 + |y|^2 - 2 x.y
//
// and x.y is a sum in float32 of at most m products, where m is the number of entries of x, or of y.
// Each value is rounded once, each product and sum once, and once when |y|^2 / 2 is taken off, so the
// error is at most (m + 4) u (|x|^2 + |y|^2) / 2, where u is 2^-24. kept_share() doubles that for
// higher orders, and has more for the roundings in float64. The part of |y|^2 is taken off |y|^2 in
// `halves_`, and the part of |x|^2 off |x|^2 in limit(). What underflows is less than kVanished.
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

// Measured: a column in which this share of the rows has entries is added faster with zeros.
constexpr std::int64_t kShareOfFull = 6;
// With more neighbours than this share of the rows, all rows are compared in full.
constexpr std::int64_t kShareOfRows = 8;
constexpr std::int64_t kPairsWorthThreads = 1 << 16;

double kept_share(std::int64_t n_entries) {
    return 1 - kHigherOrders * double(n_entries + 16) * kFloatUnit;
}

float rounded_down(double value) { return -rounded_up(-value); }

// Sorts whole numbers below `end`, eleven bits at a time.
void sort_numbers(std::vector<std::int64_t>& numbers, std::int64_t end) {
    constexpr int kBits = 11;
    constexpr std::int64_t kDigits = std::int64_t{1} << kBits;
    std::vector<std::int64_t> sorted(numbers.size());
    for (int shift = 0; shift < 63 && (end - 1) >> shift > 0; shift += kBits) {
        std::int64_t next[kDigits + 1] = {};
        for (const std::int64_t x : numbers) ++next[((x >> shift) & (kDigits - 1)) + 1];
        for (std::int64_t i = 1; i < kDigits; ++i) next[i] += next[i - 1];
        for (const std::int64_t x : numbers) sorted[next[(x >> shift) & (kDigits - 1)]++] = x;
        numbers.swap(sorted);
    }
}

// The products with a list of entries. Arguments are copies, which no write can change.
void add_list(const SparseIndex::Entry* list, std::int64_t n, float value, float* products) {
    for (std::int64_t i = 0; i < n; ++i) products[list[i].row] += value * list[i].value;
}

// The products with columns that have a value for each row, so many at once.
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
    keep_rows(rows, watch);
    find_scale();
    list_columns(watch);
    bound_rows(watch);
}

void SparseIndex::find_columns(const SparseRows& rows) {
    columns_.assign(rows.columns, rows.columns + rows.n_entries());
    sort_numbers(columns_, n_columns_);
    columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
    columns_.shrink_to_fit();
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

void SparseIndex::keep_rows(const SparseRows& rows, Watch& watch) {
    starts_.resize(n_rows_ + 1);
    keys_.resize(rows.n_entries() + n_rows_);
    values_.resize(keys_.size());
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < n_rows_; ++i) {
        watch.look();
        starts_[i] = at;
        for (std::int64_t e = rows.starts[i]; e < rows.starts[i + 1]; ++e, ++at) {
            keys_[at] = key_of(rows.columns[e]);
            values_[at] = rows.values[e];
        }
        most_entries_ = std::max(most_entries_, at - starts_[i]);
        keys_[at] = kEnd;
        values_[at++] = 0.0;
    }
    starts_[n_rows_] = at;
}

void SparseIndex::find_scale() {
    double largest = 0.0;
    for (const double value : values_) largest = std::max(largest, std::abs(value));
    int exponent = 0;
    if (largest > 0.0) std::frexp(largest, &exponent);
    // The scale itself must be a normal number.
    scale_ = std::ldexp(1.0, std::clamp(-exponent, -1022, 1022));
}

void SparseIndex::list_columns(Watch& watch) {
    std::vector<std::int64_t> n_entries(columns_.size());
    for (const std::uint32_t key : keys_) {
        if (key != kEnd) ++n_entries[key / 2];
    }
    std::int64_t n_full = 0;
    full_.assign(columns_.size(), -1);
    list_starts_.assign(columns_.size() + 1, 0);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        const bool is_full = n_entries[c] >= n_rows_ / kShareOfFull;
        if (is_full) full_[c] = n_rows_ * n_full++;
        list_starts_[c + 1] = list_starts_[c] + (is_full ? 0 : n_entries[c]);
    }
    lists_.resize(list_starts_.back());
    filled_.assign(n_rows_ * n_full, 0.0f);
    std::vector<std::int64_t> next(list_starts_.begin(), list_starts_.end() - 1);
    for (std::int64_t i = 0; i < n_rows_; ++i) {
        watch.look();
        for (std::int64_t at = starts_[i]; keys_[at] != kEnd; ++at) {
            const std::int64_t c = keys_[at] / 2;
            const float value = float(values_[at] * scale_);
            if (full_[c] >= 0) filled_[full_[c] + i] = value;
            else lists_[next[c]++] = {std::int32_t(i), value};
        }
    }
}

void SparseIndex::bound_rows(Watch& watch) {
    halves_.resize(n_rows_);
    for (std::int64_t i = 0; i < n_rows_; ++i) {
        watch.look();
        double squares = 0.0;
        for (std::int64_t at = starts_[i]; keys_[at] != kEnd; ++at) {
            const double value = values_[at] * scale_;
            squares += value * value;
        }
        halves_[i] = rounded_down(squares / 2 * kept_share(starts_[i + 1] - starts_[i]));
    }
}

// The search of one thread: all that it writes to is its own.
class SparseSearch {
public:
    SparseSearch(const SparseIndex& index, const SparseRows& queries, const std::int64_t* excluded,
                 NearestOut out)
        : index_(index), queries_(queries), excluded_(excluded), out_(out),
          products_(index.n_rows_) {}

    void operator()(std::int64_t number) {
        const std::int64_t excluded = excluded_ == nullptr ? -1 : excluded_[number];
        best_.reset(out_.k);
        read(number);
        if (is_bounded()) search(excluded);
        else compare_all(excluded);
        std::int64_t* rows = out_.rows + number * out_.k;
        double* distances = out_.distances + number * out_.k;
        std::fill_n(rows, out_.k, std::int64_t{-1});
        std::fill_n(distances, out_.k, std::numeric_limits<double>::infinity());
        best_.write(rows, distances);
    }

private:
    struct Term {
        std::int64_t column;
        float value;
    };

    void read(std::int64_t number) {
        keys_.clear(), values_.clear(), terms_.clear();
        squares_ = largest_ = 0.0;
        for (std::int64_t e = queries_.starts[number]; e < queries_.starts[number + 1]; ++e) {
            const double value = queries_.values[e], scaled = value * index_.scale_;
            const std::uint32_t key = index_.key_of(queries_.columns[e]);
            keys_.push_back(key), values_.push_back(value);
            squares_ += scaled * scaled;
            largest_ = std::max(largest_, std::abs(scaled));
            if (key % 2 == 0) continue;
            terms_.push_back({key / 2, float(std::clamp(scaled, -kLargest, kLargest))});
        }
        keys_.push_back(kEnd), values_.push_back(0.0);
    }

    bool is_bounded() const {
        const std::int64_t most = std::max(index_.most_entries_, std::int64_t(keys_.size()));
        return largest_ < kLargest && most <= kMostEntries &&
               out_.k < index_.n_rows_ / kShareOfRows;
    }

    void compare_all(std::int64_t excluded) {
        for (std::int64_t row = 0; row < index_.n_rows_; ++row) {
            if (row != excluded) best_.add({distance_to(row), row});
        }
    }

    void search(std::int64_t excluded) {
        multiply();
        if (excluded >= 0 && excluded < index_.n_rows_) products_[excluded] = kNever;
        take_promising();
        float least = limit();
        for_each_above(least, [&](std::int64_t row, float) {
            if (best_.add({distance_to(row), row})) least = limit();
        });
    }

    // The products of the query with all rows.
    void multiply() {
        std::fill(products_.begin(), products_.end(), 0.0f);
        full_.clear();
        for (const Term& term : terms_) {
            if (index_.full_[term.column] >= 0) {
                full_.push_back(term);
                continue;
            }
            const std::int64_t begin = index_.list_starts_[term.column];
            add_list(&index_.lists_[begin], index_.list_starts_[term.column + 1] - begin,
                     term.value, products_.data());
        }
        while (full_.size() % kAtOnce != 0) full_.push_back({full_[0].column, 0.0f});
        for (std::size_t i = 0; i < full_.size(); i += kAtOnce) {
            const float* columns[kAtOnce];
            float values[kAtOnce];
            for (std::size_t j = 0; j < kAtOnce; ++j) {
                columns[j] = &index_.filled_[index_.full_[full_[i + j].column]];
                values[j] = full_[i + j].value;
            }
            add_full(columns, values, index_.n_rows_, products_.data());
        }
    }

    // Compares the k rows with the largest bounds, so that there is a limit for the rest.
    void take_promising() {
        promising_.clear();
        float least = kLowest;
        for_each_above(least, [&](std::int64_t row, float bound) {
            if (std::int64_t(promising_.size()) == out_.k) {
                std::pop_heap(promising_.begin(), promising_.end());
                promising_.pop_back();
            }
            promising_.push_back({-bound, row});
            std::push_heap(promising_.begin(), promising_.end());
            if (std::int64_t(promising_.size()) == out_.k) least = float(-promising_[0].distance);
        });
        for (const Best::Found& found : promising_) {
            best_.add({distance_to(found.row), found.row});
            products_[found.row] = kNever;
        }
    }

    // A row whose bound is below this has a larger distance than the k-th of those found.
    float limit() const {
        if (!best_.is_full()) return kLowest;
        const double n = double(keys_.size() + index_.most_entries_);
        const double computed = best_.worst().distance + n * kVanishedExactSquare;
        const double farthest = computed * (1 + (n + kDoubleRoundings) * 4 * kDoubleUnit) *
                                index_.scale_ * index_.scale_;
        const double own = squares_ * kept_share(std::int64_t(keys_.size()));
        return std::max(kLowest, rounded_down((own - farthest) / 2 - kVanished));
    }

    // Calls take(row, bound) for rows whose bound is at least `least`, which `take` may raise. The
    // bound of a row is its product less half its squared norm: the nearer, the larger.
    template <class Take>
    void for_each_above(float& least, Take take) {
        constexpr std::int64_t kBlock = 64;
        const float *products = products_.data(), *halves = index_.halves_.data();
        for (std::int64_t begin = 0; begin < index_.n_rows_; begin += kBlock) {
            const std::int64_t end = std::min(begin + kBlock, index_.n_rows_);
            const float limit = least;
            int any = 0;
            for (std::int64_t row = begin; row < end; ++row) {
                any |= products[row] - halves[row] >= limit;
            }
            if (any == 0) continue;
            for (std::int64_t row = begin; row < end; ++row) {
                const float bound = products[row] - halves[row];
                if (bound >= least) take(row, bound);
            }
        }
    }

    // The exact distance: float64, added in the order of the columns.
    double distance_to(std::int64_t row) const {
        const std::uint32_t *a = keys_.data(), *b = &index_.keys_[index_.starts_[row]];
        const double *x = values_.data(), *y = &index_.values_[index_.starts_[row]];
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

    // The query, and its terms in columns that have entries.
    std::vector<std::uint32_t> keys_;
    std::vector<double> values_;
    std::vector<Term> terms_, full_;
    double squares_ = 0.0, largest_ = 0.0;

    std::vector<float> products_;  // with each row; kNever for one that needs no look
    std::vector<Best::Found> promising_;
    Best best_;
};

void SparseIndex::nearest(const SparseRows& queries, const std::int64_t* excluded, NearestOut out,
                          int n_threads, Watch& watch) const {
    if (out.k == 0) return;
    if (queries.n * n_rows_ < kPairsWorthThreads) n_threads = 1;
    for_each(queries.n, n_threads, watch,
             [&] { return SparseSearch(*this, queries, excluded, out); });
}

}  // namespace poise
