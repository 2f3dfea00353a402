#include "bot/service/report_book.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace bot::service {
namespace {

using messaging::outbox::Store;
using resilience::Result;

constexpr const char* kList = "report_runs";

std::string name_of(const std::string& id) {
    return "report_run:" + id;
}

}  // namespace

Result<std::vector<reports::Run>> ReportBook::load(std::vector<std::string>& damaged) const {
    const auto read = [this](const std::string& name) {
        return outbox_.read([&](Store& store) { return store.setting(name); });
    };
    const auto list = read(kList);
    if (!list.ok()) return list.error();
    std::vector<reports::Run> runs;
    std::istringstream ids(list.value());
    for (std::string id; std::getline(ids, id);) {
        const auto stored = read(name_of(id));
        if (!stored.ok()) return stored.error();
        auto run = reports::parse_run(stored.value());
        if (run.ok()) {
            runs.push_back(std::move(run).value());
        } else {
            damaged.push_back(id);
        }
    }
    return runs;
}

Result<resilience::Done> ReportBook::write(const reports::Run& run,
                                           std::vector<std::string>& all,
                                           std::vector<std::string>& ended) const {
    messaging::outbox::Batch batch;
    batch.settings.emplace_back(name_of(run.id), to_json(run));
    while (ended.size() > kept_) {
        batch.settings.emplace_back(name_of(ended.front()), "");
        all.erase(std::remove(all.begin(), all.end(), ended.front()), all.end());
        ended.erase(ended.begin());
    }
    std::string list;
    for (const auto& id : all)
        list += id + "\n";
    batch.settings.emplace_back(kList, std::move(list));
    auto applied = outbox_.apply(std::move(batch));
    if (!applied.ok()) return applied.error();
    return resilience::Done{};
}

}  // namespace bot::service
