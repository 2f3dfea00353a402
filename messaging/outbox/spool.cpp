#include "messaging/outbox/spool.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace messaging::outbox {

using resilience::permanent_error;
using resilience::Result;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDraft = "draft-";
constexpr std::size_t kBlock = 1U << 16U;
constexpr std::size_t kNameMax = 200;

resilience::Error failed(const std::string& what, const std::string& path) {
    return permanent_error(what + " '" + path + "': " + std::generic_category().message(errno));
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }

private:
    int fd_;
};

class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
    ~Sha256() { EVP_MD_CTX_free(context_); }
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(const char* bytes, std::size_t count) { EVP_DigestUpdate(context_, bytes, count); }

    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(context_, digest.data(), &size);
        constexpr std::string_view kHex = "0123456789abcdef";
        std::string text;
        for (unsigned int i = 0; i < size; ++i) {
            text.push_back(kHex[digest.at(i) >> 4U]);
            text.push_back(kHex[digest.at(i) & 15U]);
        }
        return text;
    }

private:
    EVP_MD_CTX* context_;
};

bool write_all(int fd, const char* bytes, std::size_t count) {
    while (count > 0) {
        const auto written = write(fd, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        count -= static_cast<std::size_t>(written);
    }
    return true;
}

struct Copied {
    std::string hash;
    std::uint64_t size = 0;
    bool whole = true;  // false: there was no room, only the hash is right
};

resilience::Error no_room(const std::string& path) {
    return permanent_error("the spool has no room for '" + path +
                           "'; wait until files were sent, or raise SPOOL_QUOTA_MB");
}

resilience::Error is_empty(const std::string& path) {
    return permanent_error("the file '" + path + "' is empty; Webex refuses empty files");
}

// Copies until the end of the file; its size may change meanwhile, so the room is checked here.
// Without room it only reads on: what the spool has already needs none.
Result<Copied> copy(const std::function<std::ptrdiff_t(char*, std::size_t)>& read,
                    int to,
                    const std::string& path,
                    std::uint64_t room,
                    std::uint64_t quota) {
    Sha256 sha;
    Copied copied;
    std::array<char, kBlock> block{};
    while (true) {
        const auto got = read(block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("cannot read the file", path);
        if (got == 0) break;
        const auto count = static_cast<std::size_t>(got);
        copied.size += count;
        if (copied.size > quota) return no_room(path);
        sha.add(block.data(), count);
        if (copied.size > room) copied.whole = false;
        if (copied.whole && !write_all(to, block.data(), count))
            return failed("cannot copy into the spool", path);
    }
    copied.hash = sha.hex();
    return copied;
}

bool sync_spool_folder(const std::string& folder) {
    const Descriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.valid() && fsync(fd.get()) == 0;
}

// A draft that goes away unless it was renamed.
class Draft {
public:
    explicit Draft(const std::string& folder)
        : path_(folder + "/" + std::string(kDraft) + "XXXXXX") {
        fd_ = mkostemp(path_.data(), O_CLOEXEC);
    }
    ~Draft() {
        if (fd_ >= 0) close(fd_);
        if (!kept_) unlink(path_.c_str());
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }
    const std::string& path() const { return path_; }
    bool keep_as(const std::string& path) {
        kept_ = fsync(fd_) == 0 && rename(path_.c_str(), path.c_str()) == 0;
        return kept_;
    }

private:
    std::string path_;
    int fd_ = -1;
    bool kept_ = false;
};

}  // namespace

Spool::Spool(std::string folder, std::uint64_t quota) : folder_(std::move(folder)), quota_(quota) {
    used_ = measure();
}

Result<std::unique_ptr<Spool>> Spool::open(std::string folder, std::uint64_t quota) {
    std::error_code trouble;
    fs::create_directories(folder, trouble);
    if (trouble) {
        return permanent_error("cannot make the spool folder '" + folder +
                               "': " + trouble.message());
    }
    if (chmod(folder.c_str(), S_IRWXU) != 0) return failed("cannot protect the spool", folder);
    return std::unique_ptr<Spool>(new Spool(std::move(folder), quota));
}

Result<SpooledFile> Spool::add(const File& file) {
    const Descriptor from(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!from.valid()) return failed("cannot read the file", file.path);
    struct stat about {};
    if (fstat(from.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
        return permanent_error("'" + file.path + "' is no regular file");
    }
    if (about.st_size == 0) return is_empty(file.path);
    SpooledFile spooled;
    spooled.name = shown_name(file.name.empty() ? file.path : file.name);
    spooled.content_type =
        file.content_type.empty() ? content_type_of(spooled.name) : file.content_type;
    return store([&from](char* to, std::size_t most) { return read(from.get(), to, most); },
                 file.path, std::move(spooled));
}

Result<SpooledFile> Spool::add_bytes(std::string_view bytes, const std::string& name) {
    SpooledFile spooled;
    spooled.name = shown_name(name);
    spooled.content_type = content_type_of(spooled.name);
    return store(
        [&bytes](char* to, std::size_t most) {
            const auto count = bytes.copy(to, most);
            bytes.remove_prefix(count);
            return static_cast<std::ptrdiff_t>(count);
        },
        name, std::move(spooled));
}

Result<SpooledFile> Spool::store(const Read& read, const std::string& path, SpooledFile spooled) {
    const std::scoped_lock lock(mutex_);
    Draft draft(folder_);
    if (!draft.valid()) return failed("cannot write into the spool", folder_);
    auto copied = copy(read, draft.get(), path, quota_ > used_ ? quota_ - used_ : 0, quota_);
    if (!copied.ok()) return copied.error();
    if (copied.value().size == 0) return is_empty(path);

    spooled.hash = copied.value().hash;
    spooled.size = copied.value().size;
    const auto target = this->path(spooled.hash);
    const bool known = access(target.c_str(), F_OK) == 0;
    if (!known && !copied.value().whole) return no_room(path);
    // Also when it is known: the new time of writing keeps `sweep` away until it is in use.
    const bool kept = copied.value().whole ? draft.keep_as(target)
                                           : utimensat(AT_FDCWD, target.c_str(), nullptr, 0) == 0;
    if (kept && !known) used_ += spooled.size;
    if (!kept || !sync_spool_folder(folder_)) {
        return failed("cannot make durable in the spool", path);
    }
    return spooled;
}

Result<std::size_t> Spool::sweep(const std::vector<std::string>& in_use, Millis older_than) {
    const std::set<std::string> needed(in_use.begin(), in_use.end());
    const std::scoped_lock lock(mutex_);
    std::size_t gone = 0;
    std::error_code trouble;
    // Not a range-for: its increment would throw.
    for (fs::directory_iterator it(folder_, trouble); !trouble && it != fs::directory_iterator();
         it.increment(trouble)) {
        const auto& path = it->path();
        struct stat about {};
        if (stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
        const Millis written{static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1000 +
                             about.st_mtim.tv_nsec / 1'000'000};
        if (written >= older_than || needed.contains(path.filename().string())) continue;
        if (unlink(path.c_str()) == 0) ++gone;
    }
    if (trouble) {
        return permanent_error("cannot list the spool '" + folder_ + "': " + trouble.message());
    }
    used_ = measure();
    return gone;
}

std::uint64_t Spool::used() const {
    const std::scoped_lock lock(mutex_);
    return used_;
}

std::uint64_t Spool::measure() const {
    std::uint64_t sum = 0;
    std::error_code trouble;
    for (fs::directory_iterator it(folder_, trouble); !trouble && it != fs::directory_iterator();
         it.increment(trouble)) {
        std::error_code gone;
        const auto size = it->file_size(gone);
        if (!gone) sum += size;
    }
    return sum;
}

std::string content_type_of(const std::string& name) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kTypes{{
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".gif", "image/gif"},
        {".bmp", "image/bmp"},
        {".svg", "image/svg+xml"},
        {".pdf", "application/pdf"},
        {".txt", "text/plain"},
        {".log", "text/plain"},
        {".md", "text/markdown"},
        {".csv", "text/csv"},
        {".json", "application/json"},
        {".html", "text/html"},
        {".zip", "application/zip"},
        {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    }};
    auto ending = fs::path(name).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    for (const auto& [known, type] : kTypes) {
        if (known == ending) return std::string(type);
    }
    return "application/octet-stream";
}

std::string shown_name(const std::string& path) {
    const auto slash = path.find_last_of("/\\");
    std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    for (char& c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte == 0x7F || c == '"') c = '_';
    }
    if (name.size() > kNameMax) {
        // Keep the ending, which says what it is; never cut inside a UTF-8 sequence.
        auto ending = fs::path(name).extension().string();
        if (ending.size() > 20) ending.clear();
        auto cut = kNameMax - ending.size();
        while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0U) == 0x80U)
            --cut;
        name = name.substr(0, cut) + ending;
    }
    return name.empty() || name == "." || name == ".." ? "file" : name;
}

}  // namespace messaging::outbox
