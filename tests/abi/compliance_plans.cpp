#include "tests/abi/compliance_plans.hpp"

namespace aorta {

testing::Plan plan_of(std::string_view /*plugin*/) {
    return {};
}

}  // namespace aorta
