#include "messaging/http/curl_client.hpp"

#include "messaging/http/curl_transfer.hpp"
#include "messaging/http/socket_set.hpp"
#include "resilience/clock.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace messaging::http {
namespace {

using CurlLong = long;  // NOLINT(google-runtime-int): what curl's variadic functions take

// A folder that OpenSSL can look certificates up in, by hash: then a connection reads the one or
// two files it needs instead of parsing the whole bundle.
bool is_hashed_folder(const std::filesystem::path& folder) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() == ".0") return true;
    }
    return false;
}

resilience::Result<CurlSetup> find_trust(const CurlOptions& options) {
    CurlSetup setup;
    setup.user_agent = options.user_agent;
    const auto* const version = ::curl_version_info(CURLVERSION_NOW);
    const std::string bundle = version->cainfo == nullptr ? "" : version->cainfo;
    const std::string folder = version->capath == nullptr ? "" : version->capath;
    const bool hashed = !folder.empty() && is_hashed_folder(folder);
    setup.ca_path = folder;
    setup.ca_file = hashed ? "" : bundle;
    if (options.ca_file.empty()) return setup;
    std::ifstream file(options.ca_file);
    std::string first_line;
    if (!std::getline(file, first_line)) {
        return resilience::permanent_error("cannot read the CA file " + options.ca_file + ": " +
                                           std::generic_category().message(errno) +
                                           "; give the path of a readable PEM file");
    }
    setup.ca_file = options.ca_file;
    return setup;
}

void init_curl_once() {
    static std::once_flag once;
    std::call_once(once, [] { (void)::curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

class CurlClient::Impl {
public:
    explicit Impl(CurlSetup setup) : setup_(std::move(setup)) { setup_.sockets = &sockets_; }
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    Impl(Impl&&) = delete;
    Impl& operator=(Impl&&) = delete;

    bool open(std::size_t connections_max);
    Id start(Request request, Done done);
    void cancel(Id id);
    void poll(std::chrono::milliseconds limit);
    void wake() { sockets_.wake(); }

private:
    using Instant = resilience::Clock::Instant;
    static constexpr Instant kAtOnce{};

    struct Slot {
        explicit Slot(const CurlSetup& setup) : transfer(setup) {}
        CurlTransfer transfer;
        Done done;
        Id id = 0;  // 0: free
        bool added = false;
        std::optional<Failure> early;  // known before anything was sent
    };

    Slot* take_slot();
    Slot* find(Id id);
    void release(Slot& slot);
    void run_timer();
    void act(int fd, int events);
    bool deliver();
    bool deliver_early();
    std::chrono::milliseconds wait_time(Instant until) const;
    static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket);
    static int on_timer(CURLM* multi, CurlLong timeout_ms, void* self);

    // Declared first, destroyed last: closing connections still reports here.
    SocketSet sockets_;
    CurlSetup setup_;
    CURLM* multi_ = nullptr;
    resilience::SystemClock clock_;
    std::optional<Instant> timer_;
    HeaderLists header_lists_;
    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<std::size_t> free_;
    std::vector<Id> early_;
    std::vector<SocketSet::Event> events_;
    std::uint64_t generation_ = 0;
};

bool CurlClient::Impl::open(std::size_t connections_max) {
    init_curl_once();
    multi_ = ::curl_multi_init();
    if (multi_ == nullptr || !sockets_.ok()) return false;
    const auto most = static_cast<CurlLong>(std::clamp<std::size_t>(connections_max, 1, 10'000));
    (void)::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
    (void)::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    (void)::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
    (void)::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    (void)::curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, most);
    (void)::curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, most);
    return true;
}

CurlClient::Impl::~Impl() {
    for (auto& slot : slots_) {
        if (slot->added) (void)::curl_multi_remove_handle(multi_, slot->transfer.easy());
    }
    slots_.clear();
    if (multi_ != nullptr) (void)::curl_multi_cleanup(multi_);
}

CurlClient::Impl::Slot* CurlClient::Impl::take_slot() {
    if (free_.empty()) {
        slots_.push_back(std::make_unique<Slot>(setup_));
        Slot& made = *slots_.back();
        if (made.transfer.easy() != nullptr) {
            (void)::curl_easy_setopt(made.transfer.easy(), CURLOPT_PRIVATE, &made);
        }
        free_.push_back(slots_.size() - 1);
    }
    const std::size_t index = free_.back();
    free_.pop_back();
    Slot& slot = *slots_[index];
    slot.id = (++generation_ << 20U) | index;  // the generation makes an old id harmless
    return &slot;
}

CurlClient::Impl::Slot* CurlClient::Impl::find(Id id) {
    const auto index = static_cast<std::size_t>(id & 0xfffffU);
    if (id == 0 || index >= slots_.size() || slots_[index]->id != id) return nullptr;
    return slots_[index].get();
}

void CurlClient::Impl::release(Slot& slot) {
    if (slot.added) (void)::curl_multi_remove_handle(multi_, slot.transfer.easy());
    slot.added = false;
    slot.transfer.clear();
    slot.done = nullptr;
    slot.early.reset();
    free_.push_back(static_cast<std::size_t>(slot.id & 0xfffffU));
    slot.id = 0;
}

Client::Id CurlClient::Impl::start(Request request, Done done) {
    Slot& slot = *take_slot();
    slot.done = std::move(done);
    if (slot.transfer.easy() != nullptr) {
        slot.early = slot.transfer.begin(std::move(request), header_lists_);
    } else {
        slot.early.emplace();
        slot.early->message = "libcurl could not make a handle: out of memory";
    }
    if (slot.early) {
        early_.push_back(slot.id);
        return slot.id;
    }
    (void)::curl_multi_add_handle(multi_, slot.transfer.easy());
    slot.added = true;
    return slot.id;
}

void CurlClient::Impl::cancel(Id id) {
    if (Slot* const slot = find(id)) release(*slot);
}

void CurlClient::Impl::poll(std::chrono::milliseconds limit) {
    const Instant until = clock_.now() + limit;
    while (true) {
        run_timer();
        if (deliver()) return;
        const bool woken = sockets_.wait(wait_time(until), events_);
        for (const SocketSet::Event& event : events_) {
            int mask = 0;
            if (event.readable) mask |= CURL_CSELECT_IN;
            if (event.writable) mask |= CURL_CSELECT_OUT;
            if (event.broken) mask |= CURL_CSELECT_ERR;
            act(event.fd, mask);
        }
        const bool ended = deliver();
        if (ended || woken || clock_.now() >= until) return;
    }
}

std::chrono::milliseconds CurlClient::Impl::wait_time(Instant until) const {
    const Instant next = timer_ ? std::min(*timer_, until) : until;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock_.now());
    return std::max(left, std::chrono::milliseconds{0});
}

void CurlClient::Impl::run_timer() {
    if (!timer_ || clock_.now() < *timer_) return;
    timer_.reset();
    act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlClient::Impl::act(int fd, int events) {
    int running = 0;
    (void)::curl_multi_socket_action(multi_, fd, events, &running);
}

// A callback may start and cancel requests, so nothing here holds on to a slot across one.
bool CurlClient::Impl::deliver() {
    bool any = deliver_early();
    int left = 0;
    while (const CURLMsg* const message = ::curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto result = message->data.result;
        void* const easy = message->easy_handle;
        Slot* owner = nullptr;
        (void)::curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
        Slot& slot = *owner;
        (void)::curl_multi_remove_handle(multi_, easy);
        slot.added = false;
        Outcome outcome = slot.transfer.end(result);
        const Done done = std::move(slot.done);
        release(slot);
        done(std::move(outcome));
        any = true;
    }
    return any;
}

bool CurlClient::Impl::deliver_early() {
    if (early_.empty()) return false;
    bool any = false;
    for (const Id id : std::exchange(early_, {})) {
        Slot* const slot = find(id);
        if (slot == nullptr) continue;
        Outcome outcome = std::move(*slot->early);
        const Done done = std::move(slot->done);
        release(*slot);
        done(std::move(outcome));
        any = true;
    }
    return any;
}

int CurlClient::Impl::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
    int interest = SocketSet::kNone;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) interest |= SocketSet::kRead;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) interest |= SocketSet::kWrite;
    static_cast<Impl*>(self)->sockets_.watch(fd, interest);
    return 0;
}

int CurlClient::Impl::on_timer(CURLM*, CurlLong timeout_ms, void* self) {
    Impl& client = *static_cast<Impl*>(self);
    if (timeout_ms < 0) {
        client.timer_.reset();
    } else if (timeout_ms == 0) {
        client.timer_ = kAtOnce;  // curl may not be called from here: at the next poll
    } else {
        client.timer_ = client.clock_.now() + std::chrono::milliseconds{timeout_ms};
    }
    return 0;
}

resilience::Result<std::unique_ptr<CurlClient>> CurlClient::open(const CurlOptions& options) {
    auto setup = find_trust(options);
    if (!setup) return std::move(setup).error();
    auto impl = std::make_unique<Impl>(std::move(setup).value());
    if (!impl->open(options.connections_max)) {
        return resilience::permanent_error(
            "cannot make an HTTP client: no descriptors or memory left; raise LimitNOFILE");
    }
    return std::unique_ptr<CurlClient>(new CurlClient(std::move(impl)));
}

CurlClient::CurlClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CurlClient::~CurlClient() = default;

Client::Id CurlClient::start(Request request, Done done) {
    return impl_->start(std::move(request), std::move(done));
}

void CurlClient::cancel(Id id) {
    impl_->cancel(id);
}

void CurlClient::poll(std::chrono::milliseconds limit) {
    impl_->poll(limit);
}

void CurlClient::wake() {
    impl_->wake();
}

}  // namespace messaging::http
