#pragma once

#include "bot/config/config.hpp"
#include "bot/config/yaml_mapping.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bot::config {

/// A value of the `settings` section and where it stands.
struct YamlSetting {
    std::string value;
    int line = 0;
};

/// Fills the YAML part of `config` (bot_name … sandbox) from a file's text.
///
/// Paths inside are taken relative to the folder of `problems.file`. Values of the `settings`
/// section are returned by variable name ("HTTP_PORT") for the caller to judge.
std::map<std::string, YamlSetting> read_yaml(std::string_view text,
                                             Config& config,
                                             ProblemList problems);

}  // namespace bot::config
