#pragma once

#include "bot/charts/renderer.hpp"
#include "bot/charts/spec.hpp"
#include "bot/reports/spec.hpp"
#include "bot/sources/reader.hpp"
#include "bot/text/scratch.hpp"
#include "messaging/content/message.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <string>
#include <vector>

namespace bot::reports {

/// What reports are built with. All must outlive the call.
struct Workshop {
    const charts::Renderer& renderer;
    const sources::Reader& reader;
    const resilience::Clock& clock;
    const std::vector<charts::Spec>& charts;  ///< That parts may name.
    const text::Scratch* scratch = nullptr;   ///< For tables that become files; null: none do.
};

/// The markdown of a text: its template filled with sums of its data. `title` is the report's.
/// Fails with a reason that may be shown in a room. Blocks while data is read.
resilience::Result<std::string> build_text(const Text& text,
                                           const std::string& title,
                                           const Workshop& workshop,
                                           const sources::Watch& watch = {});

/// Adds a chart to a message: its picture as a file, or its numbers as text where it cannot be
/// drawn, with what may mislead. Returns why it is not what it should be, for the log; empty: it
/// is. When there is neither, the message says why. Blocks while it is drawn.
std::string attach_chart(const charts::Spec& chart,
                         const Workshop& workshop,
                         const sources::Watch& watch,
                         messaging::Message& message);

/// The message of one part. Fails with a reason that may be shown in a room. Blocks while data is
/// read and a chart drawn; any thread.
resilience::Result<messaging::Message> build_part(const Part& part,
                                                  const std::string& title,
                                                  const Workshop& workshop,
                                                  const sources::Watch& watch = {});

}  // namespace bot::reports
