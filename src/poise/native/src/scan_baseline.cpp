// The scanner for any processor of the family.
#include "scan.inl"

namespace poise {

const Scanner& baseline_scanner() {
    static const Scanner scanner{
        "baseline",        scan<false>, scan<true>, products_of_all, started, scan_mixtures,    count_unlike_codes,
        mask_at_most, rough_limit, point_to_box, points_to_box, box_to_box, disjoint_columns,
    };
    return scanner;
}

}  // namespace poise
