#include "deidentify/hl7v2/options.hpp"

#include "common/hl7_tables/path_option.hpp"

#include <algorithm>
#include <random>

namespace aorta::plugins::deidentify {

namespace {

std::uint64_t random_bits() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

std::vector<hl7::Path> read_fields(const Options& list, Diagnostics* report) {
    constexpr std::string_view kNoField = "not a whole field, such as PV1-10";
    std::vector<hl7::Path> fields;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto path =
            hl7_tables::read_path(list.item(i), hl7_tables::PathForm::WholeField, kNoField, report);
        // Longer segments do not exist; the table grows with the number.
        if (path && path->field <= 255) {
            fields.push_back(*path);
        } else if (path && report != nullptr) {
            report->error(list.item(i), std::string{kNoField});
        }
    }
    return fields;
}

std::vector<std::string> read_z_segments(const Options& list, Diagnostics* report) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string_view name = list.item(i).text();
        const auto path = hl7::parse_path(name);
        if (name.size() == 3 && name[0] == 'Z' && path.ok()) {
            names.emplace_back(name);
        } else if (report != nullptr) {
            report->error(list.item(i), "not the name of a Z segment, such as ZDV");
        }
    }
    return names;
}

/// Exceptions are the pipeline author's to answer for: say what they mean.
void check_exceptions(const PolicyConfig& policy, const Options& options, Diagnostics& report) {
    const Options keep = options["keep"];
    for (std::size_t i = 0; i < policy.keep.size() && i < keep.size(); ++i) {
        const hl7::Path& path = policy.keep[i];
        if (std::find(policy.remove.begin(), policy.remove.end(), path) != policy.remove.end()) {
            report.error(keep.item(i), "the field is listed under remove as well");
        } else if (hipaa_class(path) != '-') {
            report.warning(keep.item(i),
                           "the field may identify a person: the output is then not what the "
                           "profile promises");
        }
    }
}

}  // namespace

Deidentifier read_options(const Options& options, Diagnostics* report) {
    PolicyConfig policy{.profile = options["profile"].text() == "limited_data_set"
                                       ? Profile::LimitedDataSet
                                       : Profile::SafeHarbor,
                        .keep = read_fields(options["keep"], report),
                        .remove = read_fields(options["remove"], report),
                        .z_segments = read_z_segments(options["z_segments"], report),
                        .keep_text_codes = options["text"].text() == "keep_codes"};
    if (report != nullptr && !report->failed()) {
        check_exceptions(policy, options, *report);
    }
    const RewriterConfig rewriter{.profile = policy.profile,
                                  .random_codes = options["codes"].text() == "random",
                                  .is_us_by_default = options["country"].text() == "us"};
    CodeBook codes{static_cast<std::size_t>(options["max_codes"].integer()), random_bits};
    return {Policy{policy}, Rewriter{rewriter, std::move(codes)}};
}

}  // namespace aorta::plugins::deidentify
