#pragma once

#include "bot/charts/spec.hpp"
#include "bot/config/yaml_mapping.hpp"

#include <filesystem>
#include <string>

namespace bot::config {

/// Reads one chart of the section `charts`; its keys are explained in assets/config/demo.yaml.
/// Paths are relative to `folder`. What is wrong is added to `problems`, and the default stands.
charts::Spec read_chart(const YamlEntry& entry,
                        const std::filesystem::path& folder,
                        ProblemList& problems);

/// The path under the key "data" of a chart or report, which `whose` names. A file that is not
/// there is only warned about: it may be written later, and is then told of in the room that asks.
std::string data_file(const std::string& whose,
                      const YamlMapping& fields,
                      const std::filesystem::path& folder,
                      ProblemList& problems);

/// A path relative to `folder`; an empty one stays empty.
std::string in_folder(const std::filesystem::path& folder, const std::string& path);

}  // namespace bot::config
