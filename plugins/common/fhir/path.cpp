#include "common/fhir/path.hpp"

#include "common/fhir/path_evaluator.hpp"
#include "common/fhir/path_parser.hpp"
#include "common/fhir/path_program.hpp"

#include <string>
#include <utility>

namespace aorta::fhir {

Path::Path(std::unique_ptr<const PathProgram> program) : program_(std::move(program)) {}

Path::Path(Path&&) noexcept = default;
Path& Path::operator=(Path&&) noexcept = default;
Path::~Path() = default;

Result<Path> Path::compile(std::string_view text) {
    if (text.size() > PathLimits::kMaxBytes) {
        return Error{ErrorCode::InvalidConfig,
                     "a path has at most " + std::to_string(PathLimits::kMaxBytes) + " bytes",
                     "byte " + std::to_string(PathLimits::kMaxBytes)};
    }
    auto program = PathParser{text}.parse();
    if (!program.ok()) {
        return program.error();
    }
    return Path{std::make_unique<const PathProgram>(std::move(*program))};
}

Result<Path::Front> Path::compile_front(std::string_view text) {
    PathParser parser{text.substr(0, PathLimits::kMaxBytes)};
    auto program = parser.parse_front();
    if (!program.ok()) {
        return program.error();
    }
    return Front{Path{std::make_unique<const PathProgram>(std::move(*program))}, parser.at()};
}

PathFindings Path::each(const Element& from, ItemSink visit) const {
    std::uint64_t budget = PathLimits::kMaxWork;
    return each(Item::of(from), visit, budget);
}

PathFindings Path::each(const Item& from, ItemSink visit, std::uint64_t& budget) const {
    PathEvaluator evaluator{*program_, budget};
    evaluator.each(program_->root, from, visit);
    return evaluator.findings();
}

bool Path::is_condition() const {
    return fhir::is_condition(program_->nodes[program_->root].op);
}

}  // namespace aorta::fhir
