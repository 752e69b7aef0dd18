#include "host/reasons.hpp"

namespace aorta::host {

Reasons::Reasons(const std::vector<config::Reason>& declared) : takes_all_(false) {
    declared_.emplace();
    declared_.emplace("plugin.exception");
    for (const config::Reason& reason : declared) {
        declared_.insert(reason.id);
    }
}

std::string_view Reasons::checked(std::string_view given) const {
    return takes_all_ || declared_.count(given) != 0 ? given : "plugin.undeclared_reason";
}

}  // namespace aorta::host
