#pragma once

#include "resilience/result.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::receive {

/// A webhook as Webex keeps it (developer.webex.com, "Webhooks").
struct Hook {
    std::string id = {};
    std::string name = {};
    std::string target_url = {};
    std::string resource = {};  ///< "messages", "attachmentActions", "memberships" …
    std::string event = {};     ///< "created", "updated", "deleted" or "all".
    std::string filter = {};
    std::string secret = {};
    std::string status = {};  ///< "active", or "inactive" after 100 failed calls in five minutes.

    friend bool operator==(const Hook&, const Hook&) = default;
};

/// What this instance wants to be told, and where.
struct WantedHooks {
    /// Names the deployment, stably: hooks of another one on the same account are left alone. Must
    /// hold no '/'.
    std::string instance;
    std::string target_url;
    std::string secret;
};

/// The hooks a Stentor needs: new messages, submitted cards, changed memberships. (The firehose
/// `all/all` would not cover cards.)
std::vector<Hook> wanted_hooks(const WantedHooks& wanted);

/// Changes that lead from the hooks that exist to the wanted ones.
struct RegistrationPlan {
    std::vector<Hook> create;
    std::vector<Hook> update;  ///< Same id; other URL or secret, or to be active again.
    std::vector<Hook> remove;  ///< Ours by name, but stale or double.

    bool empty() const { return create.empty() && update.empty() && remove.empty(); }
};

/// Pure. Only hooks whose names begin with "stentor-<instance>/" are ever changed or removed.
RegistrationPlan plan_registration(const std::vector<Hook>& existing, const WantedHooks& wanted);

/// The calls the plan needs; each may block.
struct HookCalls {
    std::function<resilience::Result<std::vector<Hook>>()> list;  ///< All pages.
    std::function<resilience::Result<Hook>(const Hook&)> create;
    /// PUT with name, target URL, secret and status "active": nothing else can be changed.
    std::function<resilience::Result<Hook>(const Hook&)> update;
    std::function<resilience::Result<resilience::Done>(const std::string& id)> remove;
};

/// What was done, for the log and `/readyz`.
struct RegistrationReport {
    int created = 0;
    int updated = 0;
    int removed = 0;
    /// Stale hooks that could not be removed; harmless, the next run tries again.
    std::vector<std::string> not_removed = {};
};

/// Lists, plans and carries out. Wanted hooks first, removals last, so that no moment is without
/// hooks. The first failed create or update ends it as an error; running it again is safe. Call it
/// at start and every few minutes: an inactive hook is never revived by Webex itself.
resilience::Result<RegistrationReport> register_hooks(const HookCalls& calls,
                                                      const WantedHooks& wanted);

}  // namespace messaging::receive
