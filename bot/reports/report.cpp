#include "bot/reports/report.hpp"

#include <utility>

namespace bot::reports {

resilience::Result<Report> build_report(const Spec& spec,
                                        const charts::Spec* chart,
                                        const Workshop& workshop,
                                        const sources::Watch& watch) {
    auto text = build_text(spec, spec.title, workshop, watch);
    if (!text.ok()) {
        return resilience::permanent_error("I cannot build the report " + spec.name + ": " +
                                           text.error().message + ".");
    }
    Report report;
    auto& message = report.messages.emplace_back();
    message.markdown = std::move(text).value();
    if (chart == nullptr) return report;
    auto problem = attach_chart(*chart, workshop, watch, message);
    if (!problem.empty()) report.problems.push_back(std::move(problem));
    return report;
}

}  // namespace bot::reports
