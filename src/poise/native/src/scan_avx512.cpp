// The scanner for AVX-512 (F and BW).
#include "scan.inl"

namespace poise {

const Scanner& avx512_scanner() {
    static const Scanner scanner{
        "avx512",        scan<false>, scan<true>, products_of_all, started, scan_mixtures,    count_unlike_codes,
        mask_at_most, rough_limit, point_to_box, points_to_box, box_to_box, disjoint_columns,
    };
    return scanner;
}

}  // namespace poise
