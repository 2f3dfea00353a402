#include "bot/service/state_folder.hpp"

#include "bot/config/url.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace bot::service {

using resilience::Done;
using resilience::permanent_error;
using resilience::Result;

namespace {

constexpr std::size_t kSecretBytes = 32;

std::string reason() {
    return std::generic_category().message(errno);
}

resilience::Error failed(const std::string& what, const std::string& path) {
    const auto why = reason();  // before anything else changes it
    return permanent_error(what + " '" + path + "': " + why);
}

// Takes the folder from everybody else, unless it may be theirs: nobody wants /tmp closed because
// STATE_DIR named it.
Result<Done> make_private(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return failed("cannot look at the state folder", path);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return Done{};
    std::error_code trouble;
    const bool ours = std::filesystem::is_empty(path, trouble) ||
                      std::filesystem::exists(path + "/outbox.db", trouble);
    if (!ours) {
        return permanent_error("the state folder '" + path +
                               "' holds other things and is open to others; set STATE_DIR to a "
                               "folder of its own, or chmod 700 this one");
    }
    if (chmod(path.c_str(), S_IRWXU) != 0) return failed("cannot protect the state folder", path);
    return Done{};
}

}  // namespace

Result<StateFolder> StateFolder::open(std::string path) {
    std::error_code trouble;
    std::filesystem::create_directories(path, trouble);
    if (trouble) {
        return permanent_error("cannot make the state folder '" + path + "': " + trouble.message() +
                               "; set STATE_DIR to a folder that this user may write");
    }
    if (access(path.c_str(), W_OK | X_OK) != 0) {
        const auto why = reason();
        return permanent_error("cannot write into the state folder '" + path + "': " + why +
                               "; set STATE_DIR to a folder that this user may write");
    }
    if (auto own = make_private(path); !own.ok()) return own.error();
    return StateFolder(std::move(path));
}

Result<std::string> StateFolder::secret(const std::string& name,
                                        const std::string& configured) const {
    if (!configured.empty()) return configured;
    const auto file = path(name);
    std::ifstream stored(file);
    std::string text;
    if (stored && std::getline(stored, text) && text.size() == 2 * kSecretBytes) return text;

    std::array<unsigned char, kSecretBytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        return permanent_error("the system gives no random numbers for a webhook secret");
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    text.clear();
    for (const auto byte : bytes) {
        text.push_back(kHex[byte >> 4U]);
        text.push_back(kHex[byte & 15U]);
    }
    auto written = write_private_file(file, text + "\n");
    if (!written.ok()) return written.error();
    return text;
}

Result<Done> write_private_file(const std::string& path, const std::string& content) {
    const auto draft = path + ".new";
    const int fd =
        ::open(draft.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return failed("cannot write", draft);
    const bool written =
        write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
        fsync(fd) == 0;
    close(fd);
    if (!written) return failed("cannot write", draft);
    if (rename(draft.c_str(), path.c_str()) != 0) return failed("cannot rename to", path);
    return Done{};
}

std::string webhook_target(const config::Config& config, std::uint16_t port) {
    if (!config.webhook_url.empty()) {
        auto url = config.webhook_url;
        while (!url.empty() && url.back() == '/')
            url.pop_back();
        const std::string_view end = "/webhook";
        const bool complete =
            url.size() >= end.size() && url.compare(url.size() - end.size(), end.size(), end) == 0;
        return complete ? url : url + std::string(end);
    }
    if (!config::is_loopback_url(config.api_base_url)) return {};
    return "http://127.0.0.1:" + std::to_string(port) + "/webhook";
}

}  // namespace bot::service
