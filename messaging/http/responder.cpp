#include "messaging/http/connection.hpp"

#include <utility>

namespace messaging::http {
namespace {

// Enough for a burst of events; a reader that lags further behind has to come again.
constexpr std::size_t kStreamQueueLimit = 1U << 20U;

/// Runs `action` on the connection in the loop's thread, if both still exist.
template <class Action>
void on_connection(Gate& gate, const std::weak_ptr<Connection>& connection, Action action) {
    // At once only for the request that is being handled: anything else could lead to the next
    // request and so into the handler again, below a caller that may hold a lock of its own.
    if (gate.inside()) {
        const auto target = connection.lock();
        if (target && target->is_handling_now()) return action(*target);
    }
    // The weak pointer is locked in the loop's thread alone: the last owner destroys a socket.
    gate.post([connection, action = std::move(action)]() mutable {
        if (const auto target = connection.lock()) action(*target);
    });
}

class Stream final : public ResponseStream {
public:
    Stream(std::shared_ptr<Gate> gate,
           std::weak_ptr<Connection> connection,
           std::shared_ptr<StreamState> state)
        : gate_(std::move(gate)), connection_(std::move(connection)), state_(std::move(state)) {}
    ~Stream() override { close(); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    bool write(std::string bytes) override {
        if (closed_ || state_->gone) return false;
        if (bytes.empty()) return true;
        const auto size = bytes.size();
        if (state_->queued.fetch_add(size) + size > kStreamQueueLimit) {
            state_->queued -= size;
            return false;
        }
        on_connection(*gate_, connection_, [bytes = std::move(bytes)](Connection& target) mutable {
            target.stream_write(std::move(bytes));
        });
        return true;
    }

    void close() override {
        if (closed_.exchange(true)) return;
        on_connection(*gate_, connection_, [](Connection& target) { target.stream_end(); });
    }

private:
    std::shared_ptr<Gate> gate_;
    std::weak_ptr<Connection> connection_;
    std::shared_ptr<StreamState> state_;
    std::atomic<bool> closed_ = false;
};

}  // namespace

Responder::Impl::Impl(std::shared_ptr<Gate> gate, std::weak_ptr<Connection> connection)
    : gate_(std::move(gate)), connection_(std::move(connection)) {}

Responder::Impl::~Impl() {
    if (used_) return;
    ServerResponse dropped;
    dropped.status = 500;
    send(std::move(dropped));
}

void Responder::Impl::send(ServerResponse response) {
    if (used_.exchange(true)) return;
    on_connection(*gate_, connection_,
                  [response = std::move(response)](Connection& target) mutable {
                      target.answer(std::move(response));
                  });
}

std::shared_ptr<ResponseStream> Responder::Impl::stream(ServerResponse head) {
    auto state = std::make_shared<StreamState>();
    auto stream = std::make_shared<Stream>(gate_, connection_, state);
    if (used_.exchange(true)) {
        state->gone = true;
        return stream;
    }
    on_connection(*gate_, connection_, [head = std::move(head), state](Connection& target) mutable {
        target.begin_stream(head, std::move(state));
    });
    return stream;
}

Responder::Responder(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

void Responder::send(ServerResponse response) const {
    impl_->send(std::move(response));
}

std::shared_ptr<ResponseStream> Responder::stream(ServerResponse head) const {
    return impl_->stream(std::move(head));
}

}  // namespace messaging::http
