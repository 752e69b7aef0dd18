#include "pipeline/secrets.hpp"

#include "pipeline/files.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace aorta::pipeline {

namespace {

using config::Origin;
using config::Value;

constexpr std::size_t kMaxSecret = 64U << 10U;
constexpr std::string_view kFile = "file:";
constexpr std::string_view kEnvironment = "env:";

class Resolver {
public:
    Resolver(const std::filesystem::path& root,
             const Environment& environment,
             Unset unset,
             config::Diagnostics& diagnostics)
        : root_(root), environment_(environment), unset_(unset), diagnostics_(diagnostics) {}

    void visit(Value& value) {
        for (Value& item : value.items) {
            visit(item);
        }
        const bool is_known = value.origin.kind != Origin::Kind::Unset && value.secret.empty();
        if (!value.is(Value::Type::Secret) || !is_known) {
            return;
        }
        const std::string_view reference = value.text;
        if (reference.starts_with(kFile)) {
            from_file(value, reference.substr(kFile.size()));
        } else if (reference.starts_with(kEnvironment)) {
            from_environment(value, std::string(reference.substr(kEnvironment.size())));
        } else {
            // Not shown: somebody may have written the secret itself.
            diagnostics_.error(value.at,
                               "not a reference to a secret",
                               "write !secret file:PATH or !secret env:NAME");
        }
    }

private:
    void from_file(Value& value, std::string_view path) {
        auto bytes = read_small_file(root_ / path, kMaxSecret, Privacy::OwnerOnly);
        if (!bytes) {
            const bool is_open = bytes.error().code == ErrorCode::Denied;
            missing(value,
                    "secret: " + bytes.error().message,
                    is_open ? "chmod 0400 the file; in Kubernetes set defaultMode: 0400" : "",
                    bytes.error().code == ErrorCode::NotFound);
            return;
        }
        if (bytes->ends_with('\n')) {
            bytes->pop_back();
        }
        if (bytes->ends_with('\r')) {
            bytes->pop_back();
        }
        take(value, std::move(*bytes));
    }

    void from_environment(Value& value, const std::string& name) {
        const Value* found = environment_.find(name);
        const bool may_hold_secrets =
            found != nullptr && (found->origin.kind == Origin::Kind::Environment ||
                                 found->origin.kind == Origin::Kind::EnvFile ||
                                 found->origin.kind == Origin::Kind::Set);
        if (!may_hold_secrets) {
            missing(value, fmt::format("secret: the environment has no `{}`", name), "", true);
            return;
        }
        take(value, std::string(found->text));
    }

    void take(Value& value, std::string bytes) {
        if (bytes.empty()) {
            diagnostics_.error(value.at, "the secret is empty");
            return;
        }
        value.secret = config::Secret(std::move(bytes));
    }

    void missing(Value& value, std::string message, std::string hint, bool may_come_later) {
        if (may_come_later && unset_ == Unset::Warning) {
            diagnostics_.warning(value.at, std::move(message), std::move(hint));
            value.origin.kind = Origin::Kind::Unset;
        } else {
            diagnostics_.error(value.at, std::move(message), std::move(hint));
        }
    }

    const std::filesystem::path& root_;
    const Environment& environment_;
    Unset unset_;
    config::Diagnostics& diagnostics_;
};

}  // namespace

void resolve_secrets(Value& tree,
                     const std::filesystem::path& root,
                     const Environment& environment,
                     Unset unset,
                     config::Diagnostics& diagnostics) {
    Resolver(root, environment, unset, diagnostics).visit(tree);
}

}  // namespace aorta::pipeline
