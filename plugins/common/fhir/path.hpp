// FHIR paths: a subset of FHIRPath, compiled once and read over trees. docs/guides/fhir-paths.md.
#pragma once

#include "common/fhir/path_item.hpp"
#include "common/fhir/tree.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace aorta::fhir {

/// Bounds of one path, checked when it is compiled.
struct PathLimits {
    static constexpr std::size_t kMaxBytes = 2048;
    static constexpr std::size_t kMaxNodes = 256;
    static constexpr std::size_t kMaxDepth = 32;  ///< of parentheses
    /// Steps of one evaluation.
    static constexpr std::uint64_t kMaxWork = std::uint64_t{1} << 24U;
};

/// What an evaluation came upon; what it gave until then counts for nothing if is_too_costly.
struct PathFindings {
    bool is_not_single = false;  ///< several values where one is meant: taken for none
    bool is_too_costly = false;  ///< PathLimits::kMaxWork was reached
};

struct PathProgram;

/// A compiled path. Immutable: any thread may evaluate it. Movable.
class Path {
public:
    /// Compiles. A failure has the byte offset in `where` ("byte 12") and says what would be
    /// accepted.
    static Result<Path> compile(std::string_view text);

    struct Front;
    /// Compiles the path that the text begins with, as far as dots, indexers and parentheses go,
    /// operators only inside parentheses.
    static Result<Front> compile_front(std::string_view text);

    Path(Path&&) noexcept;
    Path& operator=(Path&&) noexcept;
    Path(const Path&) = delete;
    Path& operator=(const Path&) = delete;
    ~Path();

    /// Calls `visit(const Item&)` for what the path leads to from an element, in order, until it
    /// returns false. Items borrow from the tree and the path.
    PathFindings each(const Element& from, ItemSink visit) const;
    /// The same from an item that another path gave, with a budget that several evaluations share:
    /// it loses the steps that this one takes; too costly is what finds it at 0 or brings it there.
    PathFindings each(const Item& from, ItemSink visit, std::uint64_t& budget) const;

    /// True if it gives conditions only, such as one that ends with exists().
    bool is_condition() const;

private:
    explicit Path(std::unique_ptr<const PathProgram> program);

    std::unique_ptr<const PathProgram> program_;
};

struct Path::Front {
    Path path;
    std::size_t size;  ///< bytes of the text that it takes
};

}  // namespace aorta::fhir
