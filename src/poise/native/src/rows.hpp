// Dense rows of a caller's table: all of them, or some, which are read where they are. Of the rows
// of a class a copy would take as much memory again as they do.
#pragma once

#include <cstdint>

namespace poise {

struct Rows {
    const double* values;  // row after row
    std::int64_t n_columns;
    std::int64_t n;
    const std::int64_t* numbers = nullptr;  // n rows of the values; null for the first n

    const double* operator[](std::int64_t i) const {
        return values + (numbers == nullptr ? i : numbers[i]) * n_columns;
    }

    // The same for one of several rows that are read soon: they come from memory at the same time.
    const double* fetched(std::int64_t i) const {
        const double* row = (*this)[i];
#if defined(__GNUC__) || defined(__clang__)
        __builtin_prefetch(row);
#endif
        return row;
    }
};

}  // namespace poise
