#include "common/privacy/report.hpp"

namespace aorta::privacy {

std::string to_text(const Report& report, std::string_view profile, std::string_view policy_hash) {
    std::string text = "profile=";
    text += profile;
    text += " policy=";
    text += policy_hash;
    text += " parts_removed=" + std::to_string(report.parts_removed);
    text += " removed=" + std::to_string(report.values_removed);
    text += " changed=" + std::to_string(report.values_changed);
    for (std::size_t i = 0; i < report.by_rule.size(); ++i) {
        text += i == 0 ? " rules=" : ",";
        text += std::to_string(report.by_rule[i]);
    }
    return text;
}

}  // namespace aorta::privacy
