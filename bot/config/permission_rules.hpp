#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bot::config {

/// Who may use a command, and where. A list that is empty allows everybody, or every room.
struct Permission {
    std::string command;  ///< Name, not an alias.
    int line = 0;
    std::vector<std::string> emails = {};   ///< Those of people by name among them.
    std::vector<std::string> domains = {};  ///< What stands behind the @: "example.com".
    std::vector<std::string> rooms = {};    ///< Names of the section rooms.
};

/// How long a command rests after it was asked; 0: not at all.
struct CoolDownRule {
    std::string command;
    int line = 0;
    std::chrono::seconds user{0};  ///< For the same person, in any room.
    std::chrono::seconds room{0};  ///< For everybody in the same room.
};

}  // namespace bot::config
