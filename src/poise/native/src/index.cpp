#include "index.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace poise {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kFloatUnit = 0x1p-24;    // largest relative rounding error of float32
constexpr double kDoubleUnit = 0x1p-53;   // and of float64
// Up to this many columns, differences are cheap and rows are so near each other, compared with
// the extent of the table, that products would blur them.
constexpr std::int64_t kFewColumns = 8;
// A query this far outside the (unit-sized) table is answered by a plain scan.
constexpr double kFarOutside = 1e12;
constexpr std::int64_t kWorthThreads = 1 << 15;  // fewer values are done before a thread starts
constexpr std::int64_t kChunk = 512;  // rows or queries that a thread takes at once

// Added in the order of the columns, no fused multiply-add.
double sum_of_squares(const double* a, const double* b, std::int64_t n) {
    double total = 0.0;
    for (std::int64_t j = 0; j < n; ++j) {
        const double difference = a[j] - b[j];
        total += difference * difference;
    }
    return total;
}

// Four at once, so that one sum's additions hide behind another's.
void sums_of_squares(const double* a, const double* const* rows, std::int64_t n, double* out) {
    double total[4] = {0.0, 0.0, 0.0, 0.0};
    for (std::int64_t j = 0; j < n; ++j) {
        for (int i = 0; i < 4; ++i) {
            const double difference = rows[i][j] - a[j];
            total[i] += difference * difference;
        }
    }
    for (int i = 0; i < 4; ++i) out[i] = total[i];
}

float rounded_up(double value) {
    if (!(value < double(std::numeric_limits<float>::max()))) {
        return std::numeric_limits<float>::infinity();
    }
    const float nearest = static_cast<float>(value);
    // One step up is at most this much; nextafter takes longer than the rest of a limit.
    return double(nearest) >= value ? nearest : nearest + (std::abs(nearest) * 0x1p-23f + 1e-45f);
}

int lowest_bit(std::uint64_t mask) {
#if defined(_MSC_VER) && !defined(__clang__)
    int bit = 0;
    while (!((mask >> bit) & 1)) ++bit;
    return bit;
#else
    return __builtin_ctzll(mask);
#endif
}

std::int64_t padded(std::int64_t n) { return (n + kPadding - 1) / kPadding * kPadding; }

// NaN, for which no order holds, goes before all numbers.
float sort_key(float value) {
    return value == value ? value : -std::numeric_limits<float>::infinity();
}

}  // namespace

double Index::exact_distance(const double* a, const double* b) const {
    if (measure_.is_plain()) return sum_of_squares(a, b, n_columns_);
    double total = 0.0;
    std::int64_t n_different = 0, n_common = n_columns_;
    if (!measure_.is_partial) {
        total = sum_of_squares(a, b, n_numbers_);
        for (std::int64_t j = n_numbers_; j < n_columns_; ++j) n_different += a[j] != b[j];
    } else {
        n_common = 0;
        for (std::int64_t j = 0; j < n_columns_; ++j) {
            if (std::isnan(a[j]) || std::isnan(b[j])) continue;
            ++n_common;
            const double difference = a[j] - b[j];
            if (j < n_numbers_) total += difference * difference;
            else n_different += difference != 0.0;
        }
        if (n_common == 0) return std::numeric_limits<double>::quiet_NaN();
    }
    total += double(n_different) * measure_.mismatch;
    return n_common == n_columns_ ? total : total * (double(n_columns_) / double(n_common));
}

float Index::boxes_apart(const float* low_a, const float* high_a, const float* low_b,
                         const float* high_b) const {
    const float numbers = scanner_.box_to_box(low_a, high_a, low_b, high_b, padded_numbers_);
    if (measure_.n_nominal == 0) return numbers;
    const std::int64_t first = padded_numbers_;
    return numbers + nominal_cost() * scanner_.columns_apart(low_a + first, high_a + first,
                                                             low_b + first, high_b + first,
                                                             padded_ - first);
}

float Index::to_box(const float* point, const float* low, const float* high) const {
    if (measure_.n_nominal == 0) return scanner_.point_to_box(point, low, high, padded_numbers_);
    return boxes_apart(point, point, low, high);
}

void Index::scan(ScanArguments& a) const {
    if (!measure_.is_plain()) return scanner_.mixtures(a);
    uses_products_ ? scanner_.products(a) : scanner_.differences(a);
}

bool Index::scale_query(const double* query, float* scaled) const {
    for (std::int64_t j = 0; j < n_numbers_; ++j) {
        const double x = (query[j] - centre_[j]) * scale_;
        if (std::abs(x) >= kFarOutside) return false;
        scaled[j] = static_cast<float>(x);
    }
    for (std::int64_t j = n_numbers_; j < n_columns_; ++j) scaled[j] = static_cast<float>(query[j]);
    return true;
}

Index::Index(const double* values, std::int64_t n_rows, std::int64_t n_columns,
             Measure measure, const std::int32_t* codes, const Scanner& scanner, int n_threads,
             Watch& watch)
    : n_rows_(n_rows),
      n_columns_(n_columns),
      n_numbers_(n_columns - measure.n_nominal),
      measure_(measure),
      padded_numbers_(padded(n_numbers_)),
      padded_(padded_numbers_ + padded(measure.n_nominal)),
      scanner_(scanner),
      uses_products_(n_columns > kFewColumns && measure.is_plain()),
      centre_(n_numbers_) {
    scale_to_unit(values);
    build(values, n_threads, watch);
    if (codes != nullptr) {
        code_at_.resize(n_rows_);
        for (std::int64_t i = 0; i < n_rows_; ++i) code_at_[i] = codes[row_at_[i]];
    }
    for (std::int64_t i = std::int64_t(nodes_.size()) - 1; i >= 0; --i) {
        Node& node = nodes_[i];
        if (node.left < 0) {
            node.first_row = *std::min_element(&row_at_[node.begin], &row_at_[node.begin] + (node.end - node.begin));
            if (codes != nullptr) {
                const auto ends = std::minmax_element(code_at_.begin() + node.begin,
                                                      code_at_.begin() + node.end);
                node.low_code = *ends.first;
                node.high_code = *ends.second;
            }
        } else {
            const Node &left = nodes_[node.left], &right = nodes_[node.right];
            node.first_row = std::min(left.first_row, right.first_row);
            node.low_code = std::min(left.low_code, right.low_code);
            node.high_code = std::max(left.high_code, right.high_code);
        }
    }
}

void Index::scale_to_unit(const double* values) {
    std::vector<double> low(n_numbers_, kInfinity), high(n_numbers_, -kInfinity);
    for (std::int64_t i = 0; i < n_rows_; ++i) {
        const double* row = values + i * n_columns_;
        for (std::int64_t j = 0; j < n_numbers_; ++j) {  // of NaN, std::min returns the first
            low[j] = std::min(low[j], row[j]);
            high[j] = std::max(high[j], row[j]);
        }
    }
    double extent = 0.0;
    for (std::int64_t j = 0; j < n_numbers_; ++j) {
        if (low[j] > high[j]) continue;  // no value is known
        centre_[j] = low[j] / 2 + high[j] / 2;
        extent = std::max(extent, high[j] / 2 - low[j] / 2);
    }
    int exponent = 0;
    if (extent > 0.0) std::frexp(extent, &exponent);
    // The scale itself must be a normal number.
    scale_ = std::ldexp(1.0, std::clamp(-exponent, -1022, 1022));
}

void Index::build(const double* values, int n_threads, Watch& watch) {
    std::vector<float> scaled(n_rows_ * n_columns_);
    std::vector<double> squared(n_rows_);
    const std::int64_t n_chunks = (n_rows_ + kChunk - 1) / kChunk;
    if (n_rows_ * n_columns_ < kWorthThreads) n_threads = 1;
    const auto each_row = [&](auto work) {
        for_each(n_chunks, n_threads, watch, [&] {
            return [&](std::int64_t chunk) {
                const std::int64_t end = std::min(n_rows_, (chunk + 1) * kChunk);
                for (std::int64_t i = chunk * kChunk; i < end; ++i) work(i);
            };
        });
    };
    each_row([&](std::int64_t i) {
        const double* row = values + i * n_columns_;
        scale_query(row, &scaled[i * n_columns_]);
        double norm = 0.0;
        for (std::int64_t j = 0; j < n_numbers_; ++j) {
            const double x = (row[j] - centre_[j]) * scale_;
            if (x == x) norm += x * x;
        }
        squared[i] = norm;
    });
    largest_norm_ = std::sqrt(*std::max_element(squared.begin(), squared.end())) * (1 + 1e-12);

    row_at_.resize(n_rows_);
    std::iota(row_at_.begin(), row_at_.end(), std::int64_t{0});
    nodes_.push_back({0, n_rows_, -1, -1, 0, 0, 0});
    // Level by level: the nodes of a level are apart, so threads can share them.
    for (std::size_t begin = 0; begin < nodes_.size();) {
        const std::size_t end = nodes_.size();
        low_.resize(end * padded_, 0.0f);
        high_.resize(end * padded_, 0.0f);
        split_column_.resize(end, -1);
        split_value_.resize(end, 0.0f);
        for_each(std::int64_t(end - begin), n_threads, watch, [&] {
            return [&](std::int64_t i) { split(begin + i, scaled.data()); };
        });
        for (std::size_t node = begin; node < end; ++node) {
            const Node self = nodes_[node];
            if (self.end - self.begin <= kLeaf) continue;
            nodes_[node].left = std::int32_t(nodes_.size());
            nodes_[node].right = std::int32_t(nodes_.size()) + 1;
            const std::int64_t middle = middle_of(self);
            nodes_.push_back({self.begin, middle, -1, -1, 0, 0, 0});
            nodes_.push_back({middle, self.end, -1, -1, 0, 0, 0});
        }
        begin = end;
    }

    exact_.resize(n_rows_ * n_columns_);
    const std::int64_t n_leaves = (n_rows_ + kLeaf - 1) / kLeaf;
    leaves_.assign(n_leaves * kLeaf * n_columns_, 0.0f);
    norms_.assign(n_leaves * kLeaf, 0.0f);
    each_row([&](std::int64_t i) {
        const std::int64_t row = row_at_[i];
        std::copy_n(values + row * n_columns_, n_columns_, exact_.begin() + i * n_columns_);
        float* leaf = &leaves_[i / kLeaf * kLeaf * n_columns_] + i % kLeaf;
        for (std::int64_t j = 0; j < n_columns_; ++j) {
            leaf[j * kLeaf] = scaled[row * n_columns_ + j];
        }
        norms_[i] = static_cast<float>(squared[row]);
    });
}

// Leaves are full but for the last: the left side gets a whole number of them.
std::int64_t Index::middle_of(const Node& node) {
    const std::int64_t n_leaves = (node.end - node.begin + kLeaf - 1) / kLeaf;
    return node.begin + n_leaves / 2 * kLeaf;
}

// Finds the box of a node and parts its rows along the widest side.
void Index::split(std::size_t node, const float* scaled) {
    const Node& self = nodes_[node];
    constexpr float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> low(n_columns_, infinity), high(n_columns_, -infinity);
    std::vector<char> has_gaps(n_columns_, 0);
    for (std::int64_t i = self.begin; i < self.end; ++i) {
        const float* row = scaled + row_at_[i] * n_columns_;
        for (std::int64_t j = 0; j < n_columns_; ++j) {  // of NaN, std::min returns the first
            low[j] = std::min(low[j], row[j]);
            high[j] = std::max(high[j], row[j]);
        }
        if (!measure_.is_partial) continue;
        for (std::int64_t j = 0; j < n_columns_; ++j) has_gaps[j] |= std::isnan(row[j]);
    }
    for (std::int64_t j = 0; j < n_columns_; ++j) {
        const std::int64_t place = node * padded_ + place_of(j);
        low_[place] = has_gaps[j] ? -infinity : low[j];  // what is missing can be anything
        high_[place] = has_gaps[j] ? infinity : high[j];
    }
    if (self.end - self.begin <= kLeaf) return;
    // Halves that share no category are as far apart as halves of a number's range this wide.
    const float nominal_width = 2.0f * std::sqrt(nominal_cost());
    const auto width = [&](std::int64_t j) {
        return j < n_numbers_ ? high[j] - low[j] : (high[j] > low[j] ? nominal_width : 0.0f);
    };
    std::int64_t widest = 0;
    for (std::int64_t j = 1; j < n_columns_; ++j) {
        if (width(j) > width(widest)) widest = j;
    }
    const auto rows = row_at_.begin();
    if (!(width(widest) > 0.0f)) {
        std::sort(rows + self.begin, rows + self.end);  // all the same: rows stay in their order
        return;
    }
    struct Keyed {
        float key;
        std::int64_t row;
        bool operator<(const Keyed& other) const {
            return key < other.key || (key == other.key && row < other.row);
        }
    };
    std::vector<Keyed> keyed(self.end - self.begin);
    for (std::size_t i = 0; i < keyed.size(); ++i) {
        const std::int64_t row = rows[self.begin + std::int64_t(i)];
        keyed[i] = {sort_key(scaled[row * n_columns_ + widest]), row};
    }
    const std::int64_t middle = middle_of(self) - self.begin;
    std::nth_element(keyed.begin(), keyed.begin() + middle, keyed.end());
    for (std::size_t i = 0; i < keyed.size(); ++i) rows[self.begin + std::int64_t(i)] = keyed[i].row;
    split_column_[node] = std::int32_t(widest);
    split_value_[node] = keyed[middle].key;
}

// The leaf that a query would be in; returned as a node.
std::int64_t Index::home_of(const float* query) const {
    std::int64_t node = 0;
    while (nodes_[node].left >= 0) {
        const std::int32_t column = split_column_[node];
        const bool is_left = column >= 0 && sort_key(query[column]) < split_value_[node];
        node = is_left ? nodes_[node].left : nodes_[node].right;
    }
    return node;
}

// What float32 can tell of a query's distances. A row whose value is above `scan` (or whose box is
// farther than `box`) has an exact distance above the one that the limits were made for.
struct Limits {
    float box = std::numeric_limits<float>::infinity();
    float scan = std::numeric_limits<float>::infinity();
};

// Up to kLeaf queries that share a home leaf, and with it their way through the tree.
struct Group {
    const Index& index;
    std::int64_t n = 0;
    std::int64_t home = 0;
    std::int64_t number[kLeaf];       // of the query in the call
    const double* exact[kLeaf];
    double squared[kLeaf];            // norm of the query as float32 has it
    double norm[kLeaf];
    double blur[kLeaf];               // how far float32 may move the distance to any row
    double known_share[kLeaf];        // of the columns
    Limits limits[kLeaf];
    bool is_done[kLeaf];
    std::vector<float> points, multiplied; // padded, and times -2 for products
    std::vector<float> low, high;

    explicit Group(const Index& of)
        : index(of), points(kLeaf * of.padded_), multiplied(kLeaf * of.padded_), low(of.padded_),
          high(of.padded_) {}

    const float* point(std::int64_t q) const { return &points[q * index.padded_]; }

    void add(std::int64_t query, const double* values, const float* scaled) {
        const std::int64_t q = n++;
        number[q] = query;
        exact[q] = values;
        is_done[q] = false;
        limits[q] = Limits{};
        float *point = &points[q * index.padded_], *times = &multiplied[q * index.padded_];
        double squared = 0.0;
        std::int64_t n_known = 0;
        for (std::int64_t j = 0; j < index.n_columns_; ++j) {  // the padding stays zero
            const std::int64_t place = index.place_of(j);
            const float x = scaled[j];
            const bool is_known = !std::isnan(x);
            point[place] = x;
            times[place] = -2.0f * x;
            if (is_known && j < index.n_numbers_) squared += double(x) * x;
            n_known += is_known;
            // A missing value is apart from none.
            const float least = is_known ? x : -std::numeric_limits<float>::infinity();
            const float most = is_known ? x : std::numeric_limits<float>::infinity();
            low[place] = q == 0 ? least : std::min(low[place], least);
            high[place] = q == 0 ? most : std::max(high[place], most);
        }
        this->squared[q] = squared;
        norm[q] = std::sqrt(squared) * (1 + 1e-12);
        // Each row is rounded once to float32; values too small for it vanish.
        blur[q] = 1.01 * kFloatUnit * (norm[q] + index.largest_norm_) + 1e-18;
        // Scaled up from one common column to all, at most.
        if (index.measure_.is_partial) blur[q] *= std::sqrt(double(index.n_columns_));
        known_share[q] = double(n_known) / double(index.n_columns_);
    }

    // Sets the limits for rows at most as far as `distance` (squared, as exact_distance gives it).
    void limit(std::int64_t q, double distance) {
        if (!(distance < kInfinity)) {
            limits[q] = Limits{};
            return;
        }
        const double n_columns = double(index.n_columns_);
        // What rounding, and vanishing below the smallest number, may have taken from a distance.
        const double true_distance = std::sqrt(distance + (n_columns + 1) * 1e-322) *
                                     (1 + (n_columns + 4) * kDoubleUnit) * index.scale_;
        const double seen = true_distance + blur[q];
        const double furthest = seen * seen * (1 + 2 * (n_columns + 8) * kFloatUnit) + 1e-36;
        // Boxes are not scaled up; a distance is, at least from the columns that the query knows.
        limits[q].box = rounded_up(furthest * known_share[q] * (1 + 1e-12));
        if (index.uses_products_) {
            const double reach = norm[q] + index.largest_norm_;
            const double cancelled = 2 * (n_columns + 8) * kFloatUnit * reach * reach;
            // The scan leaves out the query's own |x|^2.
            limits[q].scan = rounded_up(furthest + cancelled - this->squared[q] * (1 - 1e-12));
        } else {
            limits[q].scan = rounded_up(furthest);
        }
    }
};

// Walks the tree for one group. Answer says what is looked for:
//   skips(q, node)      nothing below can matter to query q
//   offer(group, q, ...) rows of a leaf that passed the limits of q
template <class Answer>
class Search {
public:
    Search(const Index& index, Watch& watch) : index_(index), watch_(watch) {}

    void run(Group& group, Answer& answer) {
        answer_ = &answer;
        visit_leaf(group, group.home, true);
        stack_.clear();
        stack_.push_back({0, 0.0f});
        while (!stack_.empty()) {
            const Waiting top = stack_.back();
            stack_.pop_back();
            const Node& node = index_.nodes_[top.node];
            if (!is_wanted(group, node, top.distance)) continue;
            if (node.left < 0) {
                if (top.node != group.home) visit_leaf(group, top.node, false);
                continue;
            }
            const float left = to_box(group, node.left), right = to_box(group, node.right);
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

    float to_box(const Group& group, std::int64_t node) const {
        return index_.boxes_apart(group.low.data(), group.high.data(),
                                  &index_.low_[node * index_.padded_],
                                  &index_.high_[node * index_.padded_]);
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

    void visit_leaf(Group& group, std::int64_t node, bool is_home) {
        watch_.look();
        const float *low = &index_.low_[node * index_.padded_],
                    *high = &index_.high_[node * index_.padded_];
        std::int64_t asking[kLeaf], n_asking = 0;
        for (std::int64_t q = 0; q < group.n; ++q) {
            if (group.is_done[q] || answer_->skips(q, group, index_.nodes_[node])) continue;
            if (is_home || index_.to_box(group.point(q), low, high) <= group.limits[q].box) {
                asking[n_asking++] = q;
            }
        }
        for (std::int64_t first = 0; first < n_asking; first += kQueriesAtOnce) {
            scan(group, index_.nodes_[node], asking + first,
                 int(std::min<std::int64_t>(kQueriesAtOnce, n_asking - first)));
        }
    }

    void scan(Group& group, const Node& node, const std::int64_t* asking, int n_asking) {
        ScanArguments a;
        a.leaf = &index_.leaves_[node.begin * index_.n_columns_];
        a.start = &index_.norms_[node.begin];
        a.n_columns = index_.n_columns_;
        a.n_numbers = index_.n_numbers_;
        a.nominal_at = index_.padded_numbers_;
        a.mismatch = index_.nominal_cost();
        a.is_partial = index_.measure_.is_partial;
        a.n_queries = n_asking;
        for (int i = 0; i < n_asking; ++i) {
            const std::int64_t q = asking[i];
            a.queries[i] = index_.uses_products_ ? &group.multiplied[q * index_.padded_]
                                                 : group.point(q);
            a.limits[i] = group.limits[q].scan;
        }
        index_.scan(a);
        const std::int64_t count = node.end - node.begin;
        const std::uint64_t real = count == kLeaf ? ~0ull : (1ull << count) - 1;
        for (int i = 0; i < n_asking; ++i) {
            if (a.masks[i] & real) {
                answer_->offer(group, asking[i], node, a.masks[i] & real, a.values[i]);
            }
        }
    }

    const Index& index_;
    Answer* answer_ = nullptr;
    Watch& watch_;
    std::vector<Waiting> stack_;
};

namespace {

// The k best of what was offered by (distance, row number): in order where they are few, else a
// heap with the worst on top.
class Best {
public:
    struct Found {
        double distance;
        std::int64_t row;
        bool operator<(const Found& other) const {
            return distance < other.distance || (distance == other.distance && row < other.row);
        }
    };

    void reset(std::int64_t k) {
        is_ordered_ = k <= kFew;
        n_ = 0;
        found_.resize(k);
    }
    std::int64_t missing() const { return std::int64_t(found_.size()) - n_; }
    bool is_full() const { return missing() == 0; }
    const Found& worst() const { return is_ordered_ ? found_.back() : found_.front(); }

    // True when the worst has changed, or become known.
    bool add(Found found) {
        if (is_full() && !(found < worst())) return false;
        is_ordered_ ? insert(found) : push(found);
        return is_full();
    }

    void write(std::int64_t* rows, double* distances) {
        if (!is_ordered_) std::sort_heap(found_.begin(), found_.begin() + n_);
        for (std::int64_t i = 0; i < n_; ++i) {
            rows[i] = found_[i].row;
            distances[i] = found_[i].distance;
        }
    }

private:
    static constexpr std::int64_t kFew = 32;

    void insert(Found found) {
        std::int64_t place = is_full() ? n_ - 1 : n_++;
        for (; place > 0 && found < found_[place - 1]; --place) found_[place] = found_[place - 1];
        found_[place] = found;
    }

    void push(Found found) {
        if (is_full()) std::pop_heap(found_.begin(), found_.end());
        else ++n_;
        found_[n_ - 1] = found;
        std::push_heap(found_.begin(), found_.begin() + n_);
    }

    bool is_ordered_ = true;
    std::int64_t n_ = 0;
    std::vector<Found> found_;
};

// Lanes of a mask, at most four at a time.
template <class Take>
void four_at_a_time(std::uint64_t mask, Take take) {
    while (mask) {
        int lanes[4], n = 0;
        while (mask && n < 4) {
            lanes[n++] = lowest_bit(mask);
            mask &= mask - 1;
        }
        take(lanes, n);
    }
}

}  // namespace

// What all answers need: the index, and exact distances of lanes of a leaf.
struct AnswerBase {
    const Index& index;
    const double* exact_rows;
    const std::int64_t* row_at;
    std::int64_t n_columns;

    // Rows with no column in common are no neighbours; a distance that overflows is one.
    static bool is_neighbor(double distance) { return !std::isnan(distance); }

    template <class Take>
    void exactly(const double* query, const Node& node, std::uint64_t mask, Take take) const {
        four_at_a_time(mask, [&](const int* lanes, int n) {
            const double* rows[4];
            double distances[4];
            for (int i = 0; i < 4; ++i) {
                rows[i] = exact_rows + (node.begin + lanes[i < n ? i : 0]) * n_columns;
            }
            if (n == 1 || !index.measure().is_plain()) {
                for (int i = 0; i < n; ++i) distances[i] = index.exact_distance(rows[i], query);
            } else {
                sums_of_squares(query, rows, n_columns, distances);
            }
            for (int i = 0; i < n; ++i) take(lanes[i], distances[i]);
        });
    }
};

struct Nearest : AnswerBase {
    const Scanner* scanner;
    std::int64_t k;
    const std::int64_t* excluded;
    const std::int32_t* own_codes;  // null: rows of any class
    const std::int32_t* code_at;
    std::int64_t* rows;
    double* distances;
    Best best[kLeaf];

    void open(std::int64_t q, Group&) { best[q].reset(k); }

    void close(std::int64_t q, std::int64_t number) {
        std::fill_n(rows + number * k, k, std::int64_t{-1});
        std::fill_n(distances + number * k, k, kInfinity);
        best[q].write(rows + number * k, distances + number * k);
    }

    void plainly(std::int64_t number, const double* query, std::int64_t n_rows) {
        best[0].reset(k);
        for (std::int64_t at = 0; at < n_rows; ++at) {
            if (excluded != nullptr && row_at[at] == excluded[number]) continue;
            if (own_codes != nullptr && code_at[at] == own_codes[number]) continue;
            const double distance = index.exact_distance(exact_rows + at * n_columns, query);
            if (is_neighbor(distance)) best[0].add({distance, row_at[at]});
        }
        close(0, number);
    }

    bool skips(std::int64_t q, const Group& group, const Node& node) const {
        if (own_codes != nullptr) {
            const std::int32_t own = own_codes[group.number[q]];
            if (node.low_code == own && node.high_code == own) return true;
        }
        // Among coincident rows only those with smaller numbers can still enter.
        return best[q].is_full() && best[q].worst().distance == 0.0 &&
               node.first_row > best[q].worst().row;
    }

    void offer(Group& group, std::int64_t q, const Node& node, std::uint64_t mask,
               const float* values) {
        if (own_codes != nullptr) mask = foes(own_codes[group.number[q]], node, mask);
        if (best[q].missing() > 0) {
            // A first leaf passes whole: its nearest rows set the limit for the rest of it.
            const std::uint64_t nearest = smallest(mask, values, best[q].missing() + 1);
            take(group, q, node, nearest);
            mask &= ~nearest & scanner->at_most(values, group.limits[q].scan);
        }
        take(group, q, node, mask);
    }

private:
    std::uint64_t foes(std::int32_t own, const Node& node, std::uint64_t mask) const {
        std::uint64_t kept = 0;
        for (std::uint64_t rest = mask; rest; rest &= rest - 1) {
            const int lane = lowest_bit(rest);
            if (code_at[node.begin + lane] != own) kept |= 1ull << lane;
        }
        return kept;
    }

    // The lanes with the smallest values, `wanted` of them or a few more.
    std::uint64_t smallest(std::uint64_t mask, const float* values, std::int64_t wanted) const {
        if (mask == ~0ull && wanted <= kLanesApart) {
            return scanner->at_most(values, scanner->rough_limit(values, int(wanted)));
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

    void take(Group& group, std::int64_t q, const Node& node, std::uint64_t mask) {
        const std::int64_t out = excluded == nullptr ? -1 : excluded[group.number[q]];
        bool has_changed = false;
        exactly(group.exact[q], node, mask, [&](int lane, double distance) {
            const std::int64_t row = row_at[node.begin + lane];
            if (row != out && is_neighbor(distance)) has_changed |= best[q].add({distance, row});
        });
        if (has_changed) group.limit(q, best[q].worst().distance);
    }
};

struct Within : AnswerBase {
    const double* radii;
    const std::int64_t* excluded;
    std::int64_t stop;
    std::int64_t* counts;
    std::int64_t count[kLeaf];

    void open(std::int64_t q, Group& group) {
        count[q] = 0;
        group.limit(q, radii[group.number[q]]);
        group.is_done[q] = stop <= 0 || radii[group.number[q]] <= 0.0;
    }

    void close(std::int64_t q, std::int64_t number) { counts[number] = count[q]; }

    void plainly(std::int64_t number, const double* query, std::int64_t n_rows) {
        std::int64_t found = 0;
        for (std::int64_t at = 0; at < n_rows && found < stop; ++at) {
            if (excluded != nullptr && row_at[at] == excluded[number]) continue;
            found += index.exact_distance(exact_rows + at * n_columns, query) < radii[number];
        }
        counts[number] = found;
    }

    bool skips(std::int64_t, const Group&, const Node&) const { return false; }

    void offer(Group& group, std::int64_t q, const Node& node, std::uint64_t mask, const float*) {
        const std::int64_t number = group.number[q];
        exactly(group.exact[q], node, mask, [&](int lane, double distance) {
            const bool is_itself = excluded != nullptr && row_at[node.begin + lane] == excluded[number];
            if (!is_itself && distance < radii[number] && count[q] < stop) ++count[q];
        });
        group.is_done[q] = count[q] >= stop;
    }
};

// What one thread owns: a group, the answer to it, and a way through the tree.
template <class Answer>
class Worker {
public:
    Worker(const Index& index, const Answer& prototype, Watch& watch)
        : index_(index), watch_(watch), answer_(prototype), group_(index), search_(index, watch),
          scaled_(group_.low.size(), 0.0f) {}

    void run(const Queries& queries, const std::int64_t* numbers, std::int64_t n,
             std::int32_t home) {
        group_.n = 0;
        group_.home = home;
        for (std::int64_t i = 0; i < n; ++i) {
            const double* query = queries.values + numbers[i] * index_.n_columns();
            if (home < 0) {
                watch_.look();
                answer_.plainly(numbers[i], query, index_.n_rows());
                continue;
            }
            index_.scale_query(query, scaled_.data());
            group_.add(numbers[i], query, scaled_.data());
            answer_.open(i, group_);
        }
        if (home < 0) return;
        search_.run(group_, answer_);
        for (std::int64_t q = 0; q < n; ++q) answer_.close(q, numbers[q]);
    }

private:
    const Index& index_;
    Watch& watch_;
    Answer answer_;
    Group group_;
    Search<Answer> search_;
    std::vector<float> scaled_;
};

// Sorts the queries into groups by home leaf and walks the tree for each group. Answer also says
//   open(q, number, group)      a query enters the group
//   close(q, number)            its answer is complete
//   plainly(number, query)      the answer by a plain scan of all rows
template <class Answer>
void Index::search(const Queries& queries, Answer& prototype, int n_threads, Watch& watch) const {
    std::vector<std::int32_t> home(queries.n);
    const std::int64_t n_chunks = (queries.n + kChunk - 1) / kChunk;
    for_each(n_chunks, queries.n < kWorthThreads ? 1 : n_threads, watch, [&] {
        return [&, scaled = std::vector<float>(padded_)](std::int64_t chunk) mutable {
            const std::int64_t end = std::min(queries.n, (chunk + 1) * kChunk);
            for (std::int64_t i = chunk * kChunk; i < end; ++i) {
                const bool is_near =
                    scale_query(queries.values + i * n_columns_, scaled.data());
                home[i] = is_near ? std::int32_t(home_of(scaled.data())) : -1;
            }
        };
    });

    // A counting sort by home; those without one come first.
    std::vector<std::int64_t> starts(nodes_.size() + 2, 0);
    for (const std::int32_t h : home) ++starts[h + 2];
    for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    std::vector<std::int64_t> sorted(queries.n), next(starts.begin(), starts.end());
    for (std::int64_t i = 0; i < queries.n; ++i) sorted[next[home[i] + 1]++] = i;

    std::vector<std::int64_t> begins;
    for (std::int64_t i = 0; i < queries.n;) {
        begins.push_back(i);
        std::int64_t end = i + 1;
        while (end < queries.n && end - i < kLeaf && home[sorted[end]] == home[sorted[i]]) ++end;
        i = end;
    }
    begins.push_back(queries.n);

    if (queries.n * n_columns_ < kWorthThreads / 4) n_threads = 1;
    for_each(std::int64_t(begins.size()) - 1, n_threads, watch, [&] {
        return [&, worker = Worker<Answer>(*this, prototype, watch)](std::int64_t g) mutable {
            worker.run(queries, sorted.data() + begins[g], begins[g + 1] - begins[g],
                       home[sorted[begins[g]]]);
        };
    });
}

void Index::nearest(const Queries& queries, std::int64_t k, std::int64_t* rows, double* distances,
                    int n_threads, Watch& watch) const {
    Nearest answer{{*this, exact_.data(), row_at_.data(), n_columns_}, &scanner_, k, queries.excluded, nullptr,
                   nullptr, rows, distances, {}};
    search(queries, answer, n_threads, watch);
}

void Index::nearest_foe(const Queries& queries, const std::int32_t* codes, std::int64_t* rows,
                        double* distances, int n_threads, Watch& watch) const {
    Nearest answer{{*this, exact_.data(), row_at_.data(), n_columns_}, &scanner_, 1, nullptr, codes,
                   code_at_.data(), rows, distances, {}};
    search(queries, answer, n_threads, watch);
}

void Index::count_within(const Queries& queries, const double* radii, std::int64_t stop,
                         std::int64_t* counts, int n_threads, Watch& watch) const {
    Within answer{{*this, exact_.data(), row_at_.data(), n_columns_}, radii, queries.excluded, stop,
                  counts, {}};
    search(queries, answer, n_threads, watch);
}

}  // namespace poise
