// Paths of HL7 v2 values in the options of plugins.
#pragma once

#include "common/hl7/path.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::hl7_tables {

enum class PathForm {
    Value,           ///< a field or a part of it: PID-3.1, OBR[2]-4; not [*]
    ValueOrSegment,  ///< a segment name without an occurrence, too: PV2
    WholeField,      ///< PV1-10, but not the delimiters of MSH
};

inline bool is_of_form(const hl7::Path& path, PathForm form) {
    const bool is_one = path.occurrence != hl7::Path::kAll && path.repetition != hl7::Path::kAll;
    if (path.field == 0) {
        return form == PathForm::ValueOrSegment && path.occurrence == 0;
    }
    if (form != PathForm::WholeField) {
        return is_one;
    }
    const bool is_delimiter = path.segment_name() == "MSH" && path.field <= 2;
    return path.occurrence == 0 && path.repetition == 0 && path.component == 0 && !is_delimiter;
}

/// The path that an option gives. If it is none of the form, `report` says so, with `complaint`.
inline std::optional<hl7::Path> read_path(const Options& at,
                                          PathForm form,
                                          std::string_view complaint,
                                          Diagnostics* report) {
    const Result<hl7::Path> path = hl7::parse_path(at.text());
    if (path.ok() && is_of_form(*path, form)) {
        return *path;
    }
    if (report != nullptr) {
        report->error(at, std::string{complaint});
    }
    return std::nullopt;
}

/// Those of a list; what is wrong is left out.
inline std::vector<hl7::Path> read_paths(const Options& list,
                                         PathForm form,
                                         std::string_view complaint,
                                         Diagnostics* report) {
    std::vector<hl7::Path> paths;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (const auto path = read_path(list.item(i), form, complaint, report)) {
            paths.push_back(*path);
        }
    }
    return paths;
}

}  // namespace aorta::hl7_tables
