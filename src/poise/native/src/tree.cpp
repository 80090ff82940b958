// Builds the k-d tree.
#include "tree.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace poise {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// With so few columns differences are cheap, and rows are so near each other, compared with the
// extent of the table, that the rounding of products would hide who is nearer.
constexpr std::int64_t kFewColumns = 8;
constexpr std::int64_t kWorthThreads = 1 << 15;  // fewer values are done before a thread starts
constexpr std::int64_t kChunk = 512;             // rows that a thread takes at once
constexpr std::int64_t kSampled = 256;           // rows by which a mixture is cut
constexpr std::int64_t kLeastShare = 16;         // of the rows of a node on either side: a 16th
constexpr float kMostMismatches = 4.0f;          // farther apart, numbers keep no more rows apart

// NaN, for which no order holds, goes before all numbers.
float sort_key(float value) { return value == value ? value : -kInfinity; }

float scaled_cost(double mismatch, double scale) {
    return static_cast<float>(std::min(mismatch * scale * scale, kLargestMismatch));
}

// Categories are whole numbers. Two that have one code only let more rows pass.
Code code_of(double category) {
    constexpr double n_codes = double(kMissing) - 1;
    const double size = std::abs(category);
    return std::isfinite(size) ? static_cast<Code>(std::fmod(size, n_codes)) : Code{0};
}

// Leaves are full but for the last: the left side gets a whole number of them.
std::int64_t middle_of(const Node& node) {
    const std::int64_t n_leaves = (node.size() + kLeaf - 1) / kLeaf;
    return node.begin + n_leaves / 2 * kLeaf;
}

}  // namespace

Tree::Tree(const Rows& rows, const Measure& measure, const Scanner& scanner, int n_threads,
           Watch& watch)
    : n_rows_(rows.n),
      measure_(measure),
      layout_(measure),
      scanner_(scanner),
      scaling_(rows, measure),
      bounds_{double(measure.n_columns), scaling_.scale(), 0.0,
              measure.n_columns > kFewColumns && measure.is_plain(), measure.is_partial},
      nominal_cost_(scaled_cost(measure.mismatch, scaling_.scale())),
      padded_codes_((measure.n_nominal + kCodesAtOnce - 1) / kCodesAtOnce * kCodesAtOnce) {
    build(rows, n_threads, watch);
    finish_nodes();
}

void Tree::build(const Rows& rows, int n_threads, Watch& watch) {
    const std::int64_t n_columns = measure_.n_columns;
    if (n_rows_ * n_columns < kWorthThreads) n_threads = 1;
    {
        std::vector<float> scaled(n_rows_ * n_columns);
        for_each((n_rows_ + kChunk - 1) / kChunk, n_threads, watch, [&] {
            return [&](std::int64_t chunk) {
                const std::int64_t end = std::min(n_rows_, (chunk + 1) * kChunk);
                for (std::int64_t i = chunk * kChunk; i < end; ++i) {
                    scaling_.apply(rows[i], &scaled[i * n_columns]);
                }
            };
        });
        grow(scaled.data(), n_threads, watch);
    }  // leaves are scaled once more, so that these values are not in memory beside them

    const std::int64_t n_leaves = (n_rows_ + kLeaf - 1) / kLeaf;
    exact_.resize(n_rows_ * n_columns);
    leaves_.assign(n_leaves * kLeaf * layout_.n_numbers, 0.0f);
    if (bounds_.uses_products || measure_.is_partial) norms_.assign(n_leaves * kLeaf, 0.0f);
    std::vector<double> largest(n_leaves);
    for_each(n_leaves, n_threads, watch, [&] {
        return [&](std::int64_t leaf) { largest[leaf] = fill_leaf(leaf, rows); };
    });
    bounds_.largest_norm = norm_of(*std::max_element(largest.begin(), largest.end()));
    if (measure_.n_nominal > 0) build_codes();
    else varying_begin_.assign(n_leaves + 1, 0);
}

// Copies the rows of a leaf, and returns the largest of their squared norms.
double Tree::fill_leaf(std::int64_t leaf, const Rows& rows) {
    const std::int64_t n_columns = measure_.n_columns, n_numbers = layout_.n_numbers;
    const std::int64_t begin = leaf * kLeaf, n = std::min(n_rows_ - begin, std::int64_t{kLeaf});
    const double* exact[kLeaf];
    for (std::int64_t i = 0; i < n; ++i) exact[i] = rows.fetched(row_at_[begin + i]);
    double largest = 0.0;
    for (std::int64_t i = 0; i < n; ++i) {
        std::copy_n(exact[i], n_columns, &exact_[(begin + i) * n_columns]);
        float* scaled = leaves_.data() + begin * n_numbers + i;
        for (std::int64_t j = 0; j < n_numbers; ++j) {
            scaled[j * kLeaf] = scaling_.scaled(exact[i], j);
        }
        const double squared = scaling_.squared_norm(exact[i]);
        largest = std::max(largest, squared);
        if (measure_.is_partial) {
            const auto is_known = [](double x) { return !std::isnan(x); };
            norms_[begin + i] = share_of(std::count_if(exact[i], exact[i] + n_columns, is_known));
        } else if (bounds_.uses_products) {
            norms_[begin + i] = static_cast<float>(squared);
        }
    }
    return largest;
}

void Tree::encode(const double* row, Code* codes) const {
    std::fill_n(codes, padded_codes_, kMissing);
    for (std::int64_t j = 0; j < measure_.n_nominal; ++j) {
        const double category = row[layout_.n_numbers + j];
        if (!std::isnan(category)) codes[j] = code_of(category);
    }
}

float Tree::share_of(std::int64_t n_known) const {
    return static_cast<float>(double(measure_.n_columns) / double(n_known));
}

int Tree::most_unlike(float limit, float share) const {
    // A little more than what the limit lets pass, for the roundings of the cost and the share.
    const double most = double(limit) / (double(nominal_cost_) * double(share)) * (1 + 1e-5);
    return most < kAllUnlike ? int(most) : kAllUnlike;  // not so where the cost is 0
}

// Divides the nominal columns of each leaf into those in which all rows have the same category, and
// the others, the most diverse first: a scan ends when no row can be near enough.
void Tree::build_codes() {
    same_.assign(n_nodes() * padded_codes_, kMissing);
    varying_begin_.assign((n_rows_ + kLeaf - 1) / kLeaf + 1, 0);
    std::vector<std::int64_t> leaves((n_rows_ + kLeaf - 1) / kLeaf);
    for (std::int64_t i = 0; i < n_nodes(); ++i) {
        if (nodes_[i].is_leaf()) leaves[nodes_[i].begin / kLeaf] = i;
    }
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        build_codes_of_leaf(leaves[i]);
        varying_begin_[i + 1] = std::int64_t(varying_columns_.size());
    }
    for (std::int64_t i = n_nodes() - 1; i >= 0; --i) {  // children come after their parent
        if (nodes_[i].is_leaf()) continue;
        const Code* left = &same_[nodes_[i].left * padded_codes_];
        const Code* right = &same_[nodes_[i].right * padded_codes_];
        Code* both = &same_[i * padded_codes_];
        for (std::int64_t j = 0; j < padded_codes_; ++j) {
            both[j] = left[j] == right[j] ? left[j] : kMissing;
        }
    }
}

void Tree::build_codes_of_leaf(std::int64_t node) {
    const Node& leaf = nodes_[node];
    const std::int64_t n = leaf.size();
    std::vector<Code> codes(n * padded_codes_);
    for (std::int64_t i = 0; i < n; ++i) {
        encode(values_at(leaf.begin + i), &codes[i * padded_codes_]);
    }
    struct Column {
        std::int64_t n_pairs;  // of equal categories
        std::int32_t number;
    };
    std::vector<Column> varying;
    for (std::int64_t j = 0; j < measure_.n_nominal; ++j) {
        std::int64_t counts[256] = {};
        for (std::int64_t i = 0; i < n; ++i) ++counts[codes[i * padded_codes_ + j]];
        const Code first = codes[j];
        if (counts[first] == n) {
            same_[node * padded_codes_ + j] = first;
            continue;
        }
        std::int64_t n_pairs = 0;
        for (const std::int64_t count : counts) n_pairs += count * count;
        varying.push_back({n_pairs, std::int32_t(j)});
    }
    std::stable_sort(varying.begin(), varying.end(),
                     [](const Column& a, const Column& b) { return a.n_pairs < b.n_pairs; });
    for (const Column& column : varying) {
        varying_columns_.push_back(column.number);
        const std::size_t at = varying_.size();
        varying_.resize(at + kLeaf, kMissing);
        for (std::int64_t i = 0; i < n; ++i) {
            varying_[at + i] = codes[i * padded_codes_ + column.number];
        }
    }
}

// Puts the rows into tree order, level by level: the nodes of one level share no row, so threads
// can split them at the same time.
void Tree::grow(const float* scaled, int n_threads, Watch& watch) {
    row_at_.resize(n_rows_);
    std::iota(row_at_.begin(), row_at_.end(), std::int64_t{0});
    nodes_.push_back({0, n_rows_, -1, -1, 0});
    for (std::int64_t begin = 0; begin < n_nodes();) {
        const std::int64_t end = n_nodes();
        low_.resize(end * layout_.padded, 0.0f);
        high_.resize(end * layout_.padded, 0.0f);
        split_column_.resize(end, 0);
        split_value_.resize(end, -kInfinity);  // nothing is below: queries go to the right
        split_at_.resize(end, 0);
        for_each(end - begin, n_threads, watch, [&] {
            return [&](std::int64_t i) { split(begin + i, scaled); };
        });
        for (std::int64_t i = begin; i < end; ++i) {
            const Node parent = nodes_[i];
            if (parent.size() <= kLeaf) continue;
            nodes_[i].left = std::int32_t(n_nodes());
            nodes_[i].right = std::int32_t(n_nodes()) + 1;
            const std::int64_t middle = split_at_[i];
            nodes_.push_back({parent.begin, middle, -1, -1, 0});
            nodes_.push_back({middle, parent.end, -1, -1, 0});
        }
        begin = end;
    }
}

// Writes the box of a node, and returns the ranges of what is known of its columns.
Tree::Ranges Tree::find_box(std::int64_t node, const float* scaled) {
    const Node& self = nodes_[node];
    const std::int64_t n_columns = measure_.n_columns;
    std::vector<float> low(n_columns, kInfinity), high(n_columns, -kInfinity);
    std::vector<char> has_missing(n_columns, 0);
    for (std::int64_t i = self.begin; i < self.end; ++i) {
        const float* row = scaled + row_at_[i] * n_columns;
        for (std::int64_t j = 0; j < n_columns; ++j) {  // of NaN, std::min returns the first
            low[j] = std::min(low[j], row[j]);
            high[j] = std::max(high[j], row[j]);
        }
        if (!measure_.is_partial) continue;
        for (std::int64_t j = 0; j < n_columns; ++j) has_missing[j] |= std::isnan(row[j]);
    }
    for (std::int64_t j = 0; j < n_columns; ++j) {
        const std::int64_t place = node * layout_.padded + layout_.place_of(j);
        low_[place] = has_missing[j] ? -kInfinity : low[j];  // what is missing can be anything
        high_[place] = has_missing[j] ? kInfinity : high[j];
    }
    return {std::move(low), std::move(high)};
}

// The widest side, and half of the rows.
Tree::Cut Tree::widest_side(const Node& self, const std::vector<float>& low,
                            const std::vector<float>& high) const {
    // Halves that share no category are as far apart as halves of a number's range this wide.
    const float nominal_width = 2.0f * std::sqrt(nominal_cost_);
    const auto width = [&](std::int64_t j) {
        return j < layout_.n_numbers ? high[j] - low[j] : (high[j] > low[j] ? nominal_width : 0.0f);
    };
    std::int64_t widest = 0;
    for (std::int64_t j = 1; j < measure_.n_columns; ++j) {
        if (width(j) > width(widest)) widest = j;
    }
    return {widest, middle_of(self), width(widest)};
}

// The column and the place that are expected to keep most pairs of rows apart, by a sample of rows.
// In a mixture, the widest side may be a column in which most rows have one value.
Tree::Cut Tree::best_cut(const Node& self, const float* scaled) const {
    const std::int64_t n_columns = measure_.n_columns;
    const std::int64_t n = std::min(self.size(), kSampled);
    std::vector<float> values(n);
    Cut best{0, 0, 0.0};
    for (std::int64_t j = 0; j < n_columns; ++j) {
        for (std::int64_t i = 0; i < n; ++i) {
            const std::int64_t row = row_at_[self.begin + i * self.size() / n];
            values[i] = sort_key(scaled[row * n_columns + j]);
        }
        const Cut cut = j < layout_.n_numbers ? cut_of_number(values) : cut_of_categories(values);
        if (cut.gain > best.gain) best = {j, cut.place, cut.gain};
    }
    // From the place in the sample to that in the node: whole leaves, at least one on each side.
    const std::int64_t n_leaves = (self.size() + kLeaf - 1) / kLeaf;
    const std::int64_t wanted = (best.place * n_leaves + n / 2) / n;
    best.place = self.begin + std::clamp<std::int64_t>(wanted, 1, n_leaves - 1) * kLeaf;
    return best;
}

// At the median: how far the values are from it, but no more than a few mismatches.
Tree::Cut Tree::cut_of_number(std::vector<float>& values) const {
    const std::size_t middle = values.size() / 2;
    std::nth_element(values.begin(), values.begin() + middle, values.end());
    const float most = kMostMismatches * nominal_cost_;
    double total = 0.0;
    for (const float x : values) {
        const float apart = x - values[middle];
        if (std::isfinite(apart)) total += std::min(apart * apart, most);
    }
    return {0, std::int64_t(middle), total / double(values.size()) / 2};
}

// Between two categories: one mismatch for the pairs with a known category on either side.
Tree::Cut Tree::cut_of_categories(std::vector<float>& values) const {
    std::sort(values.begin(), values.end());
    const std::int64_t n = std::int64_t(values.size());
    std::int64_t n_missing = 0;
    while (n_missing < n && values[n_missing] == -kInfinity) ++n_missing;
    Cut best{0, 0, 0.0};
    for (std::int64_t i = n_missing + 1; i < n; ++i) {
        if (values[i] == values[i - 1] || i < n / kLeastShare || n - i < n / kLeastShare) continue;
        const double pairs = 2.0 * double(i - n_missing) * double(n - i) / double(n * n);
        if (pairs * nominal_cost_ > best.gain) best = {0, i, pairs * nominal_cost_};
    }
    return best;
}

// Finds the box of a node and splits its rows.
void Tree::split(std::int64_t node, const float* scaled) {
    const Node& self = nodes_[node];
    const std::int64_t n_columns = measure_.n_columns;
    const bool is_leaf = self.size() <= kLeaf;
    Cut cut{0, 0, 0.0};
    if (measure_.n_nominal > 0 && !is_leaf) cut = best_cut(self, scaled);
    if (!(cut.gain > 0.0)) {
        const auto [low, high] = find_box(node, scaled);
        if (is_leaf) return;
        cut = widest_side(self, low, high);
    }
    split_at_[node] = cut.place;
    const auto rows = row_at_.begin();
    if (!(cut.gain > 0.0)) {
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
    std::vector<Keyed> keyed(self.size());
    for (std::size_t i = 0; i < keyed.size(); ++i) {
        const std::int64_t row = rows[self.begin + std::int64_t(i)];
        keyed[i] = {sort_key(scaled[row * n_columns + cut.column]), row};
    }
    const std::int64_t middle = cut.place - self.begin;
    std::nth_element(keyed.begin(), keyed.begin() + middle, keyed.end());
    std::transform(keyed.begin(), keyed.end(), rows + self.begin,
                   [](const Keyed& k) { return k.row; });
    split_column_[node] = std::int32_t(cut.column);
    split_value_[node] = keyed[middle].key;
}

// Children come after their parent, so from the end on both are known.
void Tree::finish_nodes() {
    for (std::int64_t i = n_nodes() - 1; i >= 0; --i) {
        Node& node = nodes_[i];
        for (std::int64_t j = 0; j < layout_.padded && !node.is_leaf(); ++j) {
            const std::int64_t left = node.left * layout_.padded + j;
            const std::int64_t right = node.right * layout_.padded + j;
            low_[i * layout_.padded + j] = std::min(low_[left], low_[right]);
            high_[i * layout_.padded + j] = std::max(high_[left], high_[right]);
        }
        node.first_row =
            node.is_leaf()
                ? *std::min_element(row_at_.begin() + node.begin, row_at_.begin() + node.end)
                : std::min(nodes_[node.left].first_row, nodes_[node.right].first_row);
    }
}

std::int64_t Tree::home_of(const float* scaled) const {
    std::int64_t node = 0;
    while (!nodes_[node].is_leaf()) {
        const bool is_right = !(sort_key(scaled[split_column_[node]]) < split_value_[node]);
        node = nodes_[node].left + is_right;  // the right child is the next node: no branch
    }
    return node;
}

}  // namespace poise
