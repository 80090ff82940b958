// The binding: numpy arrays in, numpy arrays out. Nothing is validated here: core/neighbors.py
// and core/recipes.py, the only callers, hand over what fits.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "blend.hpp"
#include "index.hpp"

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
        if (__builtin_cpu_supports("avx512f")) usable.push_back(&poise::avx512_scanner());
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

// Without the GIL until a signal may be waiting: then the handlers run, in the calling thread.
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

std::unique_ptr<poise::Index> make_index(In<double, TwoD> values,
                                         std::optional<In<std::int32_t, OneD>> codes, int n_threads,
                                         std::int64_t n_nominal, double mismatch, bool is_partial,
                                         const std::string& path) {
    std::unique_ptr<poise::Index> index;
    Call().run([&](poise::Watch& watch) {
        index = std::make_unique<poise::Index>(values.data(), values.shape(0), values.shape(1),
                                               poise::Measure{n_nominal, mismatch, is_partial},
                                               or_null(codes), scanner_of(path), n_threads, watch);
    });
    return index;
}

void nearest(const poise::Index& index, In<double, TwoD> queries,
             std::optional<In<std::int64_t, OneD>> excluded, Out<std::int64_t, TwoD> rows,
             Out<double, TwoD> distances, int n_threads) {
    const poise::Queries asked{queries.data(), std::int64_t(queries.shape(0)), or_null(excluded)};
    Call().run([&](poise::Watch& watch) {
        index.nearest(asked, rows.shape(1), rows.data(), distances.data(), n_threads, watch);
    });
}

void nearest_foe(const poise::Index& index, In<double, TwoD> queries, In<std::int32_t, OneD> codes,
                 Out<std::int64_t, OneD> rows, Out<double, OneD> distances, int n_threads) {
    const poise::Queries asked{queries.data(), std::int64_t(queries.shape(0)), nullptr};
    Call().run([&](poise::Watch& watch) {
        index.nearest_foe(asked, codes.data(), rows.data(), distances.data(), n_threads, watch);
    });
}

void count_within(const poise::Index& index, In<double, TwoD> queries,
                  std::optional<In<std::int64_t, OneD>> excluded, In<double, OneD> radii,
                  std::int64_t stop, Out<std::int64_t, OneD> counts, int n_threads) {
    const poise::Queries asked{queries.data(), std::int64_t(queries.shape(0)), or_null(excluded)};
    Call().run([&](poise::Watch& watch) {
        index.count_within(asked, radii.data(), stop, counts.data(), n_threads, watch);
    });
}

template <class T>
void blend(In<T, TwoD> values, In<std::int64_t, OneD> seeds, In<std::int64_t, OneD> partners,
           In<double, OneD> gaps, std::optional<In<double, OneD>> reaches, Out<T, TwoD> out,
           int n_threads) {
    Call().run([&](poise::Watch& watch) {
        poise::blend_rows<T>(values.data(), values.shape(1), out.shape(0), seeds.data(),
                             partners.data(), gaps.data(), or_null(reaches), out.data(), n_threads,
                             watch);
    });
}

}  // namespace

NB_MODULE(_kernel, module) {
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
    nb::class_<poise::Index>(module, "Index")
        .def(nb::new_(&make_index), nb::arg("values"), nb::arg("codes").none(),
             nb::arg("n_threads"), nb::arg("n_nominal") = 0, nb::arg("mismatch") = 0.0,
             nb::arg("is_partial") = false, nb::arg("path") = "")
        .def("nearest", &nearest, nb::arg("queries"), nb::arg("excluded").none(), nb::arg("rows"),
             nb::arg("distances"), nb::arg("n_threads"))
        .def("nearest_foe", &nearest_foe, nb::arg("queries"), nb::arg("codes"), nb::arg("rows"),
             nb::arg("distances"), nb::arg("n_threads"))
        .def("count_within", &count_within, nb::arg("queries"), nb::arg("excluded").none(),
             nb::arg("radii"), nb::arg("stop"), nb::arg("counts"), nb::arg("n_threads"));
}
