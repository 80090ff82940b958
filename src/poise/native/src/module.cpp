// The binding: numpy arrays in, numpy arrays out. Everything that decides where memory is read or
// written is checked here: shapes, row numbers, and values for which no order holds (NaN).

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "blend.hpp"
#include "blend_sparse.hpp"
#include "index.hpp"
#include "queries.hpp"
#include "sparse.hpp"

namespace nb = nanobind;

namespace {

template <class T, class Shape>
using In = nb::ndarray<const T, Shape, nb::c_contig, nb::device::cpu>;
template <class T, class Shape>
using Out = nb::ndarray<T, Shape, nb::c_contig, nb::device::cpu>;
using OneD = nb::ndim<1>;
using TwoD = nb::ndim<2>;

std::vector<const poise::Scanner*> scanners() {
    std::vector<const poise::Scanner*> usable{&poise::baseline_scanner()};
#if defined(__x86_64__) || defined(_M_X64)
#if defined(__GNUC__) || defined(__clang__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        usable.push_back(&poise::avx2_scanner());
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
            usable.push_back(&poise::avx512_scanner());
        }
    }
#endif
#endif
    return usable;
}

const poise::Scanner& scanner_of(const std::string& path) {
    const auto usable = scanners();
    if (path.empty()) return *usable.back();
    for (const poise::Scanner* scanner : usable) {
        if (path == scanner->name) return *scanner;
    }
    throw std::invalid_argument("this machine cannot run the instruction path '" + path + "'");
}

// Runs the work without the GIL, and takes it only to let Python's signal handlers run.
class Call {
public:
    Call() : watch_([this] {
        nb::gil_scoped_acquire acquired;
        return has_raised_ = PyErr_CheckSignals() != 0;
    }) {}

    template <class Work>
    void run(Work work) {
        try {
            nb::gil_scoped_release released;
            work(watch_);
        } catch (const poise::Interrupted&) {
        }
        if (has_raised_) throw nb::python_error();
    }

private:
    bool has_raised_ = false;
    poise::Watch watch_;
};

template <class T, class Shape>
const T* or_null(const std::optional<In<T, Shape>>& array) {
    return array ? array->data() : nullptr;
}

void require_length(const char* name, std::size_t found, std::size_t expected, const char* of) {
    if (found == expected) return;
    throw std::invalid_argument(std::string(name) + " has " + std::to_string(found) +
                                " entries and needs one for each of the " +
                                std::to_string(expected) + " " + of);
}

template <class T, class Shape>
void require_length(const char* name, const std::optional<In<T, Shape>>& array,
                    std::size_t expected, const char* of) {
    if (array) require_length(name, array->shape(0), expected, of);
}

void require_shape(const char* name, std::size_t n_rows, std::size_t n_columns,
                   std::size_t rows_needed, std::size_t columns_needed, const char* why) {
    if (n_rows == rows_needed && n_columns == columns_needed) return;
    const auto shape = [](std::size_t rows, std::size_t columns) {
        return "(" + std::to_string(rows) + ", " + std::to_string(columns) + ")";
    };
    throw std::invalid_argument(std::string(name) + " has the shape " + shape(n_rows, n_columns) +
                                " and needs " + shape(rows_needed, columns_needed) + ": " + why);
}

void require_columns(const poise::Index& index, const In<double, TwoD>& queries) {
    if (std::int64_t(queries.shape(1)) == index.n_columns()) return;
    throw std::invalid_argument("queries has " + std::to_string(queries.shape(1)) +
                                " columns and needs the " + std::to_string(index.n_columns()) +
                                " of the rows that are searched");
}

// One pass over the row numbers; a negative one is a very large one without its sign.
void require_rows(const char* name, const std::int64_t* rows, std::int64_t n, std::int64_t n_rows,
                  const char* of = "values") {
    bool is_outside = false;
    for (std::int64_t i = 0; i < n; ++i) {
        is_outside |= std::uint64_t(rows[i]) >= std::uint64_t(n_rows);
    }
    if (!is_outside) return;
    throw std::invalid_argument(std::string(name) + " has row numbers outside 0.." +
                                std::to_string(n_rows - 1) + ", the rows of " + of);
}

// NaN, where no value may be missing, has no place in the order by which rows and leaves are sorted.
void require_known(const char* name, const poise::Rows& rows, bool is_partial) {
    if (is_partial) return;
    bool has_missing = false;
    const auto look = [&](const double* begin, std::int64_t n) {
        for (const double* value = begin; value != begin + n; ++value) {
            has_missing |= std::isnan(*value);
        }
    };
    if (rows.numbers == nullptr) look(rows.values, rows.n * rows.n_columns);
    else for (std::int64_t i = 0; i < rows.n; ++i) look(rows[i], rows.n_columns);
    if (!has_missing) return;
    throw std::invalid_argument(std::string(name) + " has missing values (NaN), which need is_partial");
}

using Numbers = std::optional<In<std::int64_t, OneD>>;  // of rows; none for all

poise::Rows rows_of(const In<double, TwoD>& values, const Numbers& picked) {
    return {values.data(), std::int64_t(values.shape(1)),
            std::int64_t(picked ? picked->shape(0) : values.shape(0)), or_null(picked)};
}

// What must hold before rows are read.
void require_picked(const char* of, const In<double, TwoD>& values, const Numbers& picked) {
    if (picked) require_rows("picked", picked->data(), picked->shape(0), values.shape(0), of);
}

std::unique_ptr<poise::Index> make_index(In<double, TwoD> values, int n_threads,
                                         std::int64_t n_nominal, double mismatch, bool is_partial,
                                         const std::string& path, Numbers picked) {
    const poise::Rows rows = rows_of(values, picked);
    const std::int64_t n_columns = rows.n_columns;
    if (rows.n == 0) {
        throw std::invalid_argument(std::string(picked ? "picked" : "values") +
                                    " has no rows and needs at least one");
    }
    if (n_columns == 0) throw std::invalid_argument("values has no columns and needs at least one");
    if (!(mismatch >= 0.0) || std::isinf(mismatch)) {
        throw std::invalid_argument("mismatch=" + std::to_string(mismatch) +
                                    " is not a distance: it must be finite, 0 or more");
    }
    if (n_nominal < 0 || n_nominal > n_columns) {
        throw std::invalid_argument("n_nominal=" + std::to_string(n_nominal) +
                                    " is not a number of columns of values, which has " +
                                    std::to_string(n_columns));
    }
    std::unique_ptr<poise::Index> index;
    Call().run([&](poise::Watch& watch) {
        require_picked("values", values, picked);
        require_known("values", rows, is_partial);
        const poise::Measure measure{n_columns, n_nominal, mismatch, is_partial};
        index = std::make_unique<poise::Index>(rows, measure, scanner_of(path), n_threads, watch);
    });
    return index;
}

// How many boxes, leaves, exact distances and bytes a search looked at.
using WorkCounts = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

WorkCounts counts_of(const poise::Work& work) {
    return {work.n_boxes, work.n_scans, work.n_distances, work.n_bytes};
}

WorkCounts search(const poise::Index& index, const In<double, TwoD>& queries,
                  const std::optional<In<std::int64_t, OneD>>& excluded,
                  const std::optional<In<double, OneD>>& radii, poise::NearestOut out,
                  std::int64_t most_leaves, int n_threads, const Numbers& picked = {}) {
    const poise::Queries asked{rows_of(queries, picked), or_null(excluded)};
    require_columns(index, queries);
    require_length("excluded", excluded, asked.rows.n, "queries");
    require_length("radii", radii, asked.rows.n, "queries");
    if (most_leaves < 1) {
        throw std::invalid_argument("most_leaves=" + std::to_string(most_leaves) +
                                    " is not a number of leaves: it must be 1 or more");
    }
    poise::Work work;
    Call().run([&](poise::Watch& watch) {
        require_picked("queries", queries, picked);
        require_known("queries", asked.rows, index.is_partial());
        work = index.nearest(asked, out, most_leaves, n_threads, watch);
    });
    return counts_of(work);
}

WorkCounts nearest(const poise::Index& index, In<double, TwoD> queries,
                   std::optional<In<std::int64_t, OneD>> excluded, std::optional<In<double, OneD>> radii,
                   Out<std::int64_t, TwoD> rows, Out<double, TwoD> distances, std::int64_t most_leaves,
                   int n_threads) {
    const std::size_t n = queries.shape(0), k = rows.shape(1);
    require_shape("rows", rows.shape(0), k, n, k, "one row for each query");
    require_shape("distances", distances.shape(0), distances.shape(1), n, k,
                  "one row for each query, as wide as rows");
    const poise::NearestOut out{rows.data(), distances.data(), std::int64_t(k), or_null(radii)};
    return search(index, queries, excluded, radii, out, most_leaves, n_threads);
}

// The distance of the k-th nearest row of each query alone.
WorkCounts kth(const poise::Index& index, In<double, TwoD> queries, std::int64_t k,
               std::optional<In<std::int64_t, OneD>> excluded, std::optional<In<double, OneD>> radii,
               Out<double, OneD> distances, std::int64_t most_leaves, int n_threads,
               Numbers picked) {
    if (k < 1) {
        throw std::invalid_argument("k=" + std::to_string(k) +
                                    " is not a number of neighbours: it must be 1 or more");
    }
    require_length("distances", distances.shape(0), rows_of(queries, picked).n, "queries");
    k = std::min(k, index.n_rows() + 1);  // as many are never found, and memory is taken for them
    const poise::NearestOut out{nullptr, distances.data(), k, or_null(radii)};
    return search(index, queries, excluded, radii, out, most_leaves, n_threads, picked);
}

WorkCounts count_within(const poise::Index& index, In<double, TwoD> queries,
                        std::optional<In<std::int64_t, OneD>> excluded, In<double, OneD> radii,
                        std::int64_t stop, Out<std::int64_t, OneD> counts, int n_threads,
                        Numbers picked) {
    const poise::Queries asked{rows_of(queries, picked), or_null(excluded)};
    const std::size_t n = asked.rows.n;
    require_columns(index, queries);
    require_length("excluded", excluded, n, "queries");
    require_length("radii", radii.shape(0), n, "queries");
    require_length("counts", counts.shape(0), n, "queries");
    const poise::CountOut out{radii.data(), counts.data(), stop};
    poise::Work work;
    Call().run([&](poise::Watch& watch) {
        require_picked("queries", queries, picked);
        require_known("queries", asked.rows, index.is_partial());
        work = index.count_within(asked, out, n_threads, watch);
    });
    return counts_of(work);
}

[[noreturn]] void refuse(const std::string& name, const std::string& fault) {
    throw std::invalid_argument(name + " has " + fault);
}

// Three arrays as sparse rows. One pass over the starts of the rows, and one over the columns.
void require_sparse(const std::string& name, const In<std::int64_t, OneD>& starts,
                    const In<std::int64_t, OneD>& columns, std::size_t n_values,
                    std::int64_t n_columns) {
    const std::int64_t n = columns.shape(0), n_rows = std::int64_t(starts.shape(0)) - 1;
    if (n_rows < 0) refuse(name, "no starts of rows and needs at least one, which is 0");
    require_length((name + " values").c_str(), n_values, n, "columns");
    const std::int64_t *start = starts.data(), *column = columns.data();
    bool is_wrong = start[0] != 0 || start[n_rows] != n;
    for (std::int64_t i = 0; i < n_rows; ++i) is_wrong |= start[i] > start[i + 1];
    if (is_wrong) {
        refuse(name, "starts of rows that do not ascend from 0 to " + std::to_string(n) +
                         ", the number of entries");
    }
    for (std::int64_t i = 0; i < n_rows; ++i) {
        std::int64_t last = -1;
        for (std::int64_t e = start[i]; e < start[i + 1]; ++e) {
            is_wrong |= column[e] <= last;
            last = column[e];
        }
        is_wrong |= last >= n_columns;
    }
    if (is_wrong) {
        refuse(name, "columns that do not ascend in each row, from 0 to " +
                         std::to_string(n_columns - 1) + " at most");
    }
}

void require_finite(const std::string& name, const In<double, OneD>& values) {
    bool is_infinite = false;
    for (std::size_t i = 0; i < values.size(); ++i) is_infinite |= !std::isfinite(values.data()[i]);
    if (is_infinite) refuse(name, "values that are missing (NaN) or infinite");
}

poise::SparseRows sparse_rows(const In<std::int64_t, OneD>& starts,
                              const In<std::int64_t, OneD>& columns,
                              const In<double, OneD>& values) {
    return {starts.data(), columns.data(), values.data(), std::int64_t(starts.shape(0)) - 1};
}

std::unique_ptr<poise::SparseIndex> make_sparse_index(In<std::int64_t, OneD> starts,
                                                      In<std::int64_t, OneD> columns,
                                                      In<double, OneD> values,
                                                      std::int64_t n_columns) {
    const std::int64_t n_rows = std::int64_t(starts.shape(0)) - 1;
    if (n_rows == 0) refuse("rows", "no rows and needs at least one");
    if (n_rows > poise::SparseIndex::kMost) refuse("rows", "more than 2^31 - 2 rows");
    if (n_columns <= 0) {
        throw std::invalid_argument("n_columns=" + std::to_string(n_columns) +
                                    " is not a number of columns: it must be 1 or more");
    }
    std::unique_ptr<poise::SparseIndex> index;
    Call().run([&](poise::Watch& watch) {
        require_sparse("rows", starts, columns, values.size(), n_columns);
        require_finite("rows", values);
        index = std::make_unique<poise::SparseIndex>(sparse_rows(starts, columns, values), n_columns,
                                                     watch);
    });
    return index;
}

void sparse_nearest(const poise::SparseIndex& index, In<std::int64_t, OneD> starts,
                    In<std::int64_t, OneD> columns, In<double, OneD> values,
                    std::optional<In<std::int64_t, OneD>> excluded, Out<std::int64_t, TwoD> rows,
                    Out<double, TwoD> distances, int n_threads) {
    const std::size_t n = rows.shape(0), k = rows.shape(1);
    require_length("queries starts", starts.shape(0), n + 1, "rows and one more");
    require_length("excluded", excluded, n, "queries");
    require_shape("distances", distances.shape(0), distances.shape(1), n, k,
                  "one row for each query, as wide as rows");
    const poise::NearestOut out{rows.data(), distances.data(), std::int64_t(k), nullptr};
    Call().run([&](poise::Watch& watch) {
        require_sparse("queries", starts, columns, values.size(), index.n_columns());
        require_finite("queries", values);
        index.nearest(sparse_rows(starts, columns, values), or_null(excluded), out, n_threads,
                      watch);
    });
}

template <class T>
void blend(In<T, TwoD> values, In<std::int64_t, OneD> seeds, In<std::int64_t, OneD> partners,
           In<double, OneD> gaps, std::optional<In<double, OneD>> reaches, Out<T, TwoD> out,
           int n_threads) {
    const std::size_t n = seeds.shape(0);
    require_length("partners", partners.shape(0), n, "seeds");
    require_length("gaps", gaps.shape(0), n, "seeds");
    require_length("reaches", reaches, n, "seeds");
    require_shape("out", out.shape(0), out.shape(1), n, values.shape(1),
                  "one row for each seed, with the columns of values");
    Call().run([&](poise::Watch& watch) {
        require_rows("seeds", seeds.data(), n, values.shape(0));
        require_rows("partners", partners.data(), n, values.shape(0));
        poise::blend_rows<T>(values.data(), values.shape(1), out.shape(0), seeds.data(),
                             partners.data(), gaps.data(), or_null(reaches), out.data(), n_threads,
                             watch);
    });
}

// Returns the number of entries of the new rows.
template <class T>
std::int64_t blend_sparse(In<std::int64_t, OneD> starts, In<std::int64_t, OneD> columns,
                          In<T, OneD> values, std::int64_t n_columns,
                          In<std::int64_t, OneD> seeds, In<std::int64_t, OneD> partners,
                          In<double, OneD> gaps, std::optional<In<double, OneD>> reaches,
                          Out<std::int64_t, OneD> out_starts, Out<std::int64_t, OneD> out_columns,
                          Out<T, OneD> out_values) {
    const std::size_t n = seeds.shape(0);
    require_length("partners", partners.shape(0), n, "seeds");
    require_length("gaps", gaps.shape(0), n, "seeds");
    require_length("reaches", reaches, n, "seeds");
    require_length("out_starts", out_starts.shape(0), n + 1, "seeds and one more");
    Call().run([&](poise::Watch& watch) {
        require_sparse("rows", starts, columns, values.size(), n_columns);
        const std::int64_t* start = starts.data();
        std::size_t n_entries = 0;
        for (const auto& [name, rows] : {std::pair{"seeds", seeds}, std::pair{"partners", partners}}) {
            require_rows(name, rows.data(), n, std::int64_t(starts.shape(0)) - 1);
            for (std::size_t i = 0; i < n; ++i) {
                n_entries += start[rows.data()[i] + 1] - start[rows.data()[i]];
            }
        }
        require_length("out_columns", out_columns.shape(0), n_entries, "entries of seeds and partners");
        require_length("out_values", out_values.shape(0), n_entries, "entries of seeds and partners");
        poise::blend_sparse_rows<T>({start, columns.data(), values.data()}, n, seeds.data(),
                                    partners.data(), gaps.data(), or_null(reaches),
                                    {out_starts.data(), out_columns.data(), out_values.data()},
                                    watch);
    });
    return out_starts.data()[n];
}

template <class T>
void define_blend_sparse(nb::module_& module) {
    module.def("blend_sparse", &blend_sparse<T>, nb::arg("starts"), nb::arg("columns"),
               nb::arg("values").noconvert(), nb::arg("n_columns"), nb::arg("seeds"),
               nb::arg("partners"), nb::arg("gaps"), nb::arg("reaches").none(),
               nb::arg("out_starts").noconvert(), nb::arg("out_columns").noconvert(),
               nb::arg("out_values").noconvert());
}

}  // namespace

NB_MODULE(_kernel, module) {
    // A run that is stopped leaves indexes alive, and the user has no use for a list of them.
    nb::set_leak_warnings(false);
    module.def("paths", [] {
        std::vector<std::string> names;
        for (const poise::Scanner* scanner : scanners()) names.push_back(scanner->name);
        return names;
    });
    module.def("blend", &blend<double>, nb::arg("values").noconvert(), nb::arg("seeds"),
               nb::arg("partners"), nb::arg("gaps"), nb::arg("reaches").none(),
               nb::arg("out").noconvert(), nb::arg("n_threads"));
    module.def("blend", &blend<float>, nb::arg("values").noconvert(), nb::arg("seeds"),
               nb::arg("partners"), nb::arg("gaps"), nb::arg("reaches").none(),
               nb::arg("out").noconvert(), nb::arg("n_threads"));
    define_blend_sparse<double>(module);
    define_blend_sparse<float>(module);
    nb::class_<poise::Index>(module, "Index")
        .def(nb::new_(&make_index), nb::arg("values"), nb::arg("n_threads"),
             nb::arg("n_nominal") = 0, nb::arg("mismatch") = 0.0, nb::arg("is_partial") = false,
             nb::arg("path") = "", nb::arg("picked") = nb::none())
        // Outputs are never converted: the answer would be written into a copy.
        .def("nearest", &nearest, nb::arg("queries"), nb::arg("excluded").none(),
             nb::arg("radii").none(), nb::arg("rows").noconvert(),
             nb::arg("distances").noconvert(), nb::arg("most_leaves"), nb::arg("n_threads"))
        .def("kth", &kth, nb::arg("queries"), nb::arg("k"), nb::arg("excluded").none(),
             nb::arg("radii").none(), nb::arg("distances").noconvert(), nb::arg("most_leaves"),
             nb::arg("n_threads"), nb::arg("picked") = nb::none())
        .def("count_within", &count_within, nb::arg("queries"), nb::arg("excluded").none(),
             nb::arg("radii"), nb::arg("stop"), nb::arg("counts").noconvert(),
             nb::arg("n_threads"), nb::arg("picked") = nb::none());
    nb::class_<poise::SparseIndex>(module, "SparseIndex")
        .def(nb::new_(&make_sparse_index), nb::arg("starts"), nb::arg("columns"),
             nb::arg("values"), nb::arg("n_columns"))
        .def("nearest", &sparse_nearest, nb::arg("starts"), nb::arg("columns"), nb::arg("values"),
             nb::arg("excluded").none(), nb::arg("rows").noconvert(),
             nb::arg("distances").noconvert(), nb::arg("n_threads"));
}
