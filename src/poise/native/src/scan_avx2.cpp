#include "scan.inl"

namespace poise {

const Scanner& avx2_scanner() {
    static const Scanner scanner{"avx2", scan<false>,  scan<true>,   mask_at_most,
                                 rough_limit,   point_to_box, box_to_box};
    return scanner;
}

}  // namespace poise
