#include "edit/hl7v2/compile.hpp"

#include "edit/hl7v2/operation_reader.hpp"

namespace aorta::plugins::edit {
namespace {

constexpr std::size_t kMaxOperations = 1000;
constexpr std::size_t kMaxDepth = 4;

/// Reads lists of operations, with those inside of `each`.
class Compiler {
public:
    Compiler(const TableAccess& tables, std::vector<Problem>& problems)
        : tables_(tables), problems_(problems) {}

    std::vector<Operation> list(Options from, const Scope& scope, std::size_t depth) {
        std::vector<Operation> out;
        if (!from.exists() || from.abi()->type != AORTA_LIST || depth > kMaxDepth) {
            problems_.push_back({from,
                                 depth > kMaxDepth ? "`each` stands too deep in others"
                                                   : "operations are a list: - { set: … }"});
            return out;
        }
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (++count_ > kMaxOperations) {
                problems_.push_back({from.item(i), "too many operations: 1000 at most"});
                return out;
            }
            one(from.item(i), scope, depth, out);
        }
        return out;
    }

private:
    void one(Options from, const Scope& scope, std::size_t depth, std::vector<Operation>& out) {
        const std::size_t before = problems_.size();
        OperationReader reader{from, scope, tables_, problems_};
        if (!reader.has_verb()) {
            return;
        }
        std::optional<Action> action;
        Scope inner = scope;
        if (reader.verb() == "each") {
            if (auto set = reader.read_set(inner)) {
                action = Each{std::move(*set), list(from["do"], inner, depth + 1)};
            }
        } else {
            action = reader.read_action();
        }
        auto when = reader.read_condition(inner);
        if (action && problems_.size() == before) {
            out.push_back({std::move(when), std::move(*action)});
        }
    }

    const TableAccess& tables_;
    std::vector<Problem>& problems_;
    std::size_t count_ = 0;
};

}  // namespace

std::vector<Operation> compile(Options list,
                               const TableAccess& tables,
                               std::vector<Problem>& problems) {
    return Compiler{tables, problems}.list(list, Scope{}, 1);
}

}  // namespace aorta::plugins::edit
