#include "messaging/http/connection.hpp"

#include "messaging/http/response_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace messaging::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadSize = 16U << 10U;
constexpr std::size_t kBodyReadSize = 128U << 10U;
// A peer that keeps sending after we refused its request is read so far, then cut.
constexpr std::size_t kDrainLimit = 64U << 20U;

std::string owned(beast::string_view view) {
    return {view.data(), view.size()};
}

int status_for(error_code error) {
    namespace http = beast::http;
    if (error == http::error::body_limit) return 413;
    if (error == http::error::header_limit) return 431;
    return 400;
}

}  // namespace

Connection::Connection(Loop& loop, Socket socket, std::string peer)
    : loop_(loop), socket_(std::move(socket)), peer_(std::move(peer)), delay_(loop.io) {}

void Connection::start() {
    touch();
    read();
}

void Connection::sweep() {
    const auto silent = loop_.tick - active_tick_;
    const bool waits_for_peer = phase_ == Phase::kReading || write_armed_;
    if (phase_ == Phase::kDraining ? silent > loop_.drain_ticks
                                   : waits_for_peer && silent > loop_.idle_ticks) {
        drop();
    }
}

void Connection::drop() {
    if (phase_ == Phase::kClosed) return;
    phase_ = Phase::kClosed;
    if (stream_) stream_->gone = true;
    report(false);
    error_code ignored;
    socket_.close(ignored);
    delay_.cancel();
    loop_.connections.erase(shared_from_this());
}

void Connection::read() {
    if (read_armed_ || half_closed_ || phase_ == Phase::kClosed) return;
    read_armed_ = true;
    const bool in_body = phase_ == Phase::kReading && parser_ && parser_->is_header_done();
    socket_.async_read_some(buffer_.prepare(in_body ? kBodyReadSize : kReadSize),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                                self->on_read(error, size);
                            });
}

void Connection::on_read(error_code error, std::size_t size) {
    read_armed_ = false;
    if (phase_ == Phase::kClosed) return;
    if (error) return on_peer_gone(error == asio::error::eof);
    buffer_.commit(size);
    if (phase_ == Phase::kDraining) {
        buffer_.consume(buffer_.size());
        drained_ += size;
        return drained_ > kDrainLimit ? drop() : read();
    }
    // Bytes that come before the answer is out (pipelining) wait in the buffer, unread ones in the
    // kernel: nothing grows without limit.
    if (phase_ == Phase::kReading) advance();
}

// A peer may close its sending side and still wait for the answer.
void Connection::on_peer_gone(bool half_closed) {
    const bool answer_pending = phase_ == Phase::kHandling || phase_ == Phase::kWriting;
    if (!half_closed || !answer_pending) return drop();
    half_closed_ = true;
}

// Takes requests out of the buffer one by one. Answers given inside the handler come back here
// through `on_written`; the flag turns that recursion into this loop.
void Connection::advance() {
    if (advancing_) return;
    advancing_ = true;
    while (phase_ == Phase::kReading && parse())
        dispatch();
    advancing_ = false;
    if (phase_ == Phase::kReading) {
        if (half_closed_) return drop();
        continue_if_expected();
        read();
    } else if ((phase_ == Phase::kHandling || phase_ == Phase::kHanging ||
                phase_ == Phase::kStreaming) &&
               buffer_.size() == 0) {
        read();  // to notice when the peer goes
    }
}

// True when a whole request is there.
bool Connection::parse() {
    if (!parser_) {
        parser_.emplace();
        // Stopping behind the head costs a call, so only where somebody wants to see it.
        parser_->eager(!loop_.options.cut_request);
        parser_->body_limit(loop_.options.body_limit);
        parser_->header_limit(static_cast<std::uint32_t>(loop_.options.header_limit));
        continued_ = false;
        cut_asked_ = false;
        body_read_ = 0;
    }
    while (buffer_.size() > 0) {
        error_code error;
        const bool in_body = parser_->is_header_done();
        const auto used = parser_->put(buffer_.data(), error);
        buffer_.consume(used);
        if (error == beast::http::error::need_more) break;
        if (error) {
            reject(error);
            return false;
        }
        if (is_cut(in_body ? used : 0)) return false;
        if (parser_->is_done()) return true;
        if (used == 0) break;
    }
    // Until the head is whole the time since the last answer counts, however it trickles in.
    if (parser_->is_header_done()) touch();
    return false;
}

// True if the request ended here, as the options wanted it.
bool Connection::is_cut(std::size_t body_bytes) {
    if (!loop_.options.cut_request || !parser_->is_header_done()) return false;
    body_read_ += body_bytes;
    if (!cut_asked_) {
        cut_asked_ = true;
        parser_->eager(true);
        const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
        cut_ = has_body ? loop_.options.cut_request(request_head()) : std::nullopt;
    }
    if (!cut_ || (body_read_ < cut_->after && !parser_->is_done())) return false;
    reset_after_ = cut_->reset;
    finish();
    return true;
}

void Connection::continue_if_expected() {
    if (continued_ || !parser_ || !parser_->is_header_done()) return;
    continued_ = true;
    const auto expect = parser_->get().find(beast::http::field::expect);
    if (expect == parser_->get().end() || !beast::iequals(expect->value(), "100-continue")) return;
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code error;
    socket_.write_some(asio::buffer(kContinue), error);
    if (error) drop();
}

void Connection::reject(error_code error) {
    phase_ = Phase::kHandling;
    keep_alive_ = false;
    head_request_ = false;
    ServerResponse response;
    response.status = status_for(error);
    response.headers = {{"Content-Type", "text/plain;charset=UTF-8"}};
    response.body = std::string(reason_phrase(response.status)) + "\n";
    deliver(std::move(response));
}

void Connection::answer(ServerResponse response) {
    if (phase_ != Phase::kHandling) return;
    ended_ = std::move(response.ended);
    const auto delay = response.misbehaviour.delay;
    if (delay <= std::chrono::milliseconds{0}) return deliver(std::move(response));
    delay_.expires_after(delay);
    delay_.async_wait(
        [self = shared_from_this(), response = std::move(response)](error_code error) mutable {
            if (!error && self->phase_ == Phase::kHandling) self->deliver(std::move(response));
        });
}

void Connection::deliver(ServerResponse response) {
    if (response.misbehaviour.hang) {
        phase_ = Phase::kHanging;
        if (buffer_.size() == 0) read();
        return;
    }
    auto cut = response.misbehaviour.cut_after;
    const auto body_cut = response.misbehaviour.cut_body_after;
    reset_after_ = response.misbehaviour.reset;
    const bool closes = !keep_alive_ || reset_after_ || cut || body_cut || half_closed_;
    close_after_ = closes || announces_close(response.headers);
    // A cut answer must not announce its cut: only its end tells.
    out_head_ = head_text(response, {.close = close_after_ && !cut && !body_cut});
    out_body_ = head_request_ ? std::string() : std::move(response.body);
    if (!cut && body_cut) cut = out_head_.size() + *body_cut;
    answer_cut_ = cut && *cut < out_head_.size() + out_body_.size();
    if (answer_cut_) {
        out_body_.resize(std::min(out_body_.size(), *cut - std::min(*cut, out_head_.size())));
        out_head_.resize(std::min(out_head_.size(), *cut));
    }
    out_sent_ = 0;
    drip_bytes_ = drip_limit_ = response.misbehaviour.drip_bytes;
    drip_pause_ = response.misbehaviour.drip_pause;
    phase_ = Phase::kWriting;
    touch();
    write();
}

// An answer that dribbles: true while its next bytes have to wait.
bool Connection::must_pause() {
    if (drip_bytes_ == 0 || out_sent_ < drip_limit_) return false;
    delay_.expires_after(drip_pause_);
    delay_.async_wait([self = shared_from_this()](error_code error) {
        if (error || self->phase_ != Phase::kWriting) return;
        self->drip_limit_ += self->drip_bytes_;
        self->write();
    });
    return true;
}

// Tries at once, because a socket nearly always has room; waits only when it has none.
void Connection::write() {
    while (phase_ == Phase::kWriting || phase_ == Phase::kStreaming) {
        const auto head_sent = std::min(out_sent_, out_head_.size());
        std::array<asio::const_buffer, 2> rest = {
            asio::buffer(out_head_) + head_sent, asio::buffer(out_body_) + (out_sent_ - head_sent)};
        if (asio::buffer_size(rest) == 0) return on_written();
        if (must_pause()) return;
        if (drip_bytes_ != 0) {
            auto left = drip_limit_ - out_sent_;
            rest[0] = asio::buffer(rest[0], left);
            rest[1] = asio::buffer(rest[1], left - rest[0].size());
        }
        error_code error;
        const auto sent = socket_.write_some(rest, error);
        out_sent_ += sent;
        if (!error) {
            touch();
            continue;
        }
        if (error != asio::error::would_block) return drop();
        write_armed_ = true;
        socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code failure) {
            self->write_armed_ = false;
            if (self->phase_ == Phase::kClosed) return;
            if (failure) return self->drop();
            self->write();
        });
        return;
    }
}

void Connection::on_written() {
    report(!answer_cut_ && !half_closed_);
    drip_bytes_ = 0;
    out_head_.clear();
    out_body_.clear();
    out_sent_ = 0;
    if (phase_ == Phase::kStreaming) {
        stream_->queued -= std::exchange(stream_leaving_, 0);
        if (!stream_queue_.empty()) {
            std::swap(out_body_, stream_queue_);
            stream_leaving_ = std::exchange(stream_waiting_, 0);
            return write();
        }
        if (!stream_ended_) return;
        stream_->gone = true;
        stream_.reset();
    }
    if (close_after_) return finish();
    phase_ = Phase::kReading;
    parser_.reset();
    touch();
    // A read that was armed to watch the peer is already the next request's.
    if (!read_armed_) advance();
}

// Later, not now: whoever is told may want a lock that the caller of `send` holds.
void Connection::report(bool whole) {
    if (!ended_) return;
    asio::post(loop_.io, [ended = std::exchange(ended_, nullptr), whole] { ended(whole); });
}

// Closes our side first and listens on: a plain close with unread bytes would send a reset, which
// can take the answer away from the peer before it has read it.
void Connection::finish() {
    error_code ignored;
    if (reset_after_) {
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        return drop();
    }
    socket_.shutdown(Socket::shutdown_send, ignored);
    if (half_closed_) return drop();
    phase_ = Phase::kDraining;
    touch();
    if (!read_armed_) {
        buffer_.consume(buffer_.size());
        read();
    }
}

void Connection::begin_stream(const ServerResponse& head, std::shared_ptr<StreamState> state) {
    if (phase_ != Phase::kHandling) {
        state->gone = true;
        return;
    }
    phase_ = Phase::kStreaming;
    stream_ = std::move(state);
    stream_ended_ = false;
    stream_chunked_ = !http10_;
    close_after_ = !keep_alive_ || http10_ || half_closed_;
    out_head_ = head_text(
        head, {.close = close_after_, .chunked = stream_chunked_, .unsized = !stream_chunked_});
    out_body_.clear();
    out_sent_ = 0;
    touch();
    write();
    if (phase_ == Phase::kStreaming && buffer_.size() == 0 && !advancing_) read();
}

void Connection::stream_write(std::string bytes) {
    if (phase_ != Phase::kStreaming || stream_ended_ || head_request_) return;
    stream_waiting_ += bytes.size();
    stream_queue_ += stream_chunked_ ? chunk_text(bytes) : std::move(bytes);
    if (!write_armed_) write();
}

void Connection::stream_end() {
    if (phase_ != Phase::kStreaming || stream_ended_) return;
    stream_ended_ = true;
    if (stream_chunked_ && !head_request_) stream_queue_ += "0\r\n\r\n";
    if (!write_armed_) write();
}

ServerRequest Connection::request_head() const {
    const auto& message = parser_->get();
    ServerRequest request;
    request.method = owned(message.method_string());
    const auto target = message.target();
    const auto mark = std::min(target.find('?'), target.size());
    request.path = owned(target.substr(0, mark));
    if (mark < target.size()) request.query = owned(target.substr(mark + 1));
    for (const auto& field : message) {
        request.headers.emplace_back(owned(field.name_string()), owned(field.value()));
    }
    request.peer = peer_;
    return request;
}

void Connection::dispatch() {
    auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    http10_ = message.version() == 10;
    head_request_ = message.method() == beast::http::verb::head;
    auto request = request_head();
    request.body = std::move(message.body());
    phase_ = Phase::kHandling;
    touch();
    Responder responder(std::make_shared<Responder::Impl>(loop_.gate, weak_from_this()));
    try {
        loop_.handler(std::move(request), std::move(responder));
    } catch (const std::exception&) {
        // The responder is gone by now, and a dropped responder answers with 500.
    }
}

}  // namespace messaging::http
