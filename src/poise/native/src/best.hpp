// The k best rows found so far, by (distance, row number).
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace poise {

// A sorted list if k is small, else a heap with the worst on top.
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
    std::int64_t n_free() const { return std::int64_t(found_.size()) - n_; }
    bool is_full() const { return n_free() == 0; }
    const Found& worst() const { return is_ordered_ ? found_.back() : found_.front(); }

    // True if the worst of k has changed, or become known.
    bool add(Found found) {
        if (is_full() && !(found < worst())) return false;
        is_ordered_ ? insert(found) : push(found);
        return is_full();
    }

    // Adds up to kRanked rows where there are none yet; true if the worst of k is known. How many are
    // before each is counted for all at once, without branches: which of two rows is nearer would be
    // guessed wrong half of the time. Then each is added at the end, but for ties.
    static constexpr int kRanked = 8;
    bool add_first(const Found* some, int n) {
        double distances[kRanked];
        int ranks[kRanked] = {};
        for (int i = 0; i < kRanked; ++i) {
            distances[i] = i < n ? some[i].distance : std::numeric_limits<double>::infinity();
        }
        for (int i = 1; i < kRanked; ++i) {
            for (int j = 0; j < i; ++j) {
                const int is_before = distances[i] < distances[j];
                ranks[j] += is_before;
                ranks[i] += 1 - is_before;
            }
        }
        Found ranked[kRanked];
        for (int i = 0; i < n; ++i) ranked[ranks[i]] = some[i];
        for (int i = 0; i < n; ++i) add(ranked[i]);
        return is_full();
    }
    bool is_empty() const { return n_ == 0; }

    // Writes what was found, best first; nothing may be added after.
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

}  // namespace poise
