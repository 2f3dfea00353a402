#include "messaging/http/response_text.hpp"
#include "messaging/sandbox/fault_plan.hpp"
#include "messaging/sandbox/moment.hpp"
#include "messaging/sandbox/wire.hpp"

#include <string>
#include <utility>

namespace messaging::sandbox {
namespace {

using http::ServerResponse;

std::string_view usual_message(int status) {
    switch (status) {
        case 401:
            return "The request requires a valid access token set in the Authorization request "
                   "header.";
        case 403:
            return "Failed to get activity.";
        case 404:
            return "The requested resource could not be found.";
        case 423:
            return "file is being scanned";
        case 410:
            return "file is infected";
        case 428:
            return "file cannot be scanned";
        case 429:
            return "The user has sent too many requests in a given amount of time. Please refer to "
                   "the Retry-After response header to wait before making a new request.";
        case 502:
            return "Failed to create message.";
        case 503:
            return "Service is overloaded, please try again later.";
        default:
            return "An unexpected error occurred.";
    }
}

std::string_view gateway_title(int status) {
    switch (status) {
        case 429:
            return "429 Too Many Requests";
        case 502:
            return "502 Bad Gateway";
        case 503:
            return "503 Service Temporarily Unavailable";
        case 504:
            return "504 Gateway Time-out";
        default:
            return "500 Internal Server Error";
    }
}

std::string gateway_page(int status) {
    const std::string title(gateway_title(status));
    return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
           "</h1></center>\r\n</body>\r\n</html>\r\n";
}

std::string error_body(const FaultShape& shape, std::string_view tracking) {
    return error_json(shape.message.empty() ? usual_message(shape.status) : shape.message,
                      tracking);
}

void set_body(ServerResponse& response, const FaultShape& shape, std::string_view tracking) {
    const auto type = [&response](std::string value) {
        response.headers.emplace_back("Content-Type", std::move(value));
    };
    switch (shape.body) {
        case FaultBody::kJson:
            type("application/json;charset=UTF-8");
            response.body = error_body(shape, tracking);
            return;
        case FaultBody::kHtml:
            type("text/html");
            response.body = gateway_page(shape.status);
            return;
        case FaultBody::kText:
            type("text/plain");
            response.body =
                "upstream connect error or disconnect/reset before headers. reset reason: "
                "connection termination";
            return;
        case FaultBody::kEmpty:
            return;
        case FaultBody::kTruncated:
            type("application/json;charset=UTF-8");
            response.body = error_body(shape, tracking);
            response.body.resize(response.body.size() / 2);
            return;
        case FaultBody::kMislabelled:
            type("application/json;charset=UTF-8");
            response.body = gateway_page(shape.status);
            return;
    }
}

}  // namespace

ServerResponse fault_response(const FaultShape& shape,
                              ServerResponse normal,
                              std::string_view tracking,
                              resilience::Clock::WallTime wall) {
    ServerResponse response;
    if (shape.status == 0) {
        response = std::move(normal);
        response.misbehaviour.cut_after = shape.cut_after;
        if (!shape.cut_body_after && !shape.cut_after) response.misbehaviour.cut_after = 0;
    } else {
        response.status = shape.status;
        if (shape.body != FaultBody::kHtml && shape.body != FaultBody::kText) {
            response.headers.emplace_back("trackingid", tracking);
        }
        set_body(response, shape, tracking);
        if (shape.body == FaultBody::kTruncated) {
            const auto whole = error_body(shape, tracking).size();
            response.headers.emplace_back("Content-Length", std::to_string(whole));
            response.headers.emplace_back("Connection", "close");
        }
        response.misbehaviour.cut_after = shape.cut_after;
    }
    if (shape.retry_date) {
        const auto date = resilience::since_epoch(wall + *shape.retry_date).count();
        response.headers.emplace_back("Retry-After", http_date(date));
    } else if (!shape.retry_after.empty()) {
        response.headers.emplace_back("Retry-After", shape.retry_after);
    }
    response.misbehaviour.cut_body_after = shape.cut_body_after;
    response.misbehaviour.reset = shape.reset;
    response.misbehaviour.hang = shape.hang;
    return response;
}

bool hides_answer(const FaultShape& shape, const ServerResponse& normal) {
    if (shape.status != 0 || shape.hang) return true;
    if (shape.cut_body_after) return *shape.cut_body_after < normal.body.size();
    const auto whole = http::head_text(normal, {}).size() + normal.body.size();
    return shape.cut_after.value_or(0) < whole;
}

}  // namespace messaging::sandbox
