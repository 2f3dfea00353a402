#include "resilience/exceptions.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace resilience {

namespace {

struct CodeName {
    int value;
    std::string_view name;
};

constexpr auto kCodeNames = std::to_array<CodeName>({
    {ECONNREFUSED, "ECONNREFUSED"},
    {ECONNRESET, "ECONNRESET"},
    {ECONNABORTED, "ECONNABORTED"},
    {ENETUNREACH, "ENETUNREACH"},
    {EHOSTUNREACH, "EHOSTUNREACH"},
    {ENETDOWN, "ENETDOWN"},
    {EHOSTDOWN, "EHOSTDOWN"},
    {ETIMEDOUT, "ETIMEDOUT"},
    {EPIPE, "EPIPE"},
    {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    {ENOTCONN, "ENOTCONN"},
    {ENETRESET, "ENETRESET"},
    {EMFILE, "EMFILE"},
    {ENFILE, "ENFILE"},
    {EAGAIN, "EAGAIN"},
    {EINTR, "EINTR"},
    {EBUSY, "EBUSY"},
    {ENOMEM, "ENOMEM"},
    {ETXTBSY, "ETXTBSY"},
    {ESTALE, "ESTALE"},
    {ENOBUFS, "ENOBUFS"},
    {ENOENT, "ENOENT"},
    {EACCES, "EACCES"},
    {EPERM, "EPERM"},
    {EISDIR, "EISDIR"},
    {ENOTDIR, "ENOTDIR"},
    {ENAMETOOLONG, "ENAMETOOLONG"},
    {EROFS, "EROFS"},
    {ELOOP, "ELOOP"},
    {ENOSPC, "ENOSPC"},
    {EDQUOT, "EDQUOT"},
    {EFBIG, "EFBIG"},
    {EINVAL, "EINVAL"},
    {ECANCELED, "ECANCELED"},
});

std::string_view name_of(const std::error_code& code) noexcept {
    const bool errno_like =
        code.category() == std::generic_category() || code.category() == std::system_category();
    if (!errno_like) return {};
    for (const auto& known : kCodeNames) {
        if (known.value == code.value()) return known.name;
    }
    return {};
}

Error classified(const FailureInfo& failure,
                 const Classifier& classifier,
                 Clock::WallTime wall_now) {
    return to_error(classifier.classify(failure, wall_now), std::string(failure.message));
}

}  // namespace

Error to_error(const std::exception_ptr& thrown,
               const Classifier& classifier,
               Clock::WallTime wall_now) {
    if (!thrown) return permanent_error("there was no exception");
    try {
        std::rethrow_exception(thrown);
    } catch (const std::system_error& error) {
        const std::string_view code = name_of(error.code());
        const auto kind = code == "ECANCELED" ? FailureKind::kCancelled : FailureKind::kException;
        return classified({.kind = kind, .code = code, .message = error.what()}, classifier,
                          wall_now);
    } catch (const std::logic_error& error) {
        return classified({.kind = FailureKind::kProgramming, .message = error.what()}, classifier,
                          wall_now);
    } catch (const std::exception& error) {
        return classified({.kind = FailureKind::kException, .message = error.what()}, classifier,
                          wall_now);
    } catch (...) {
        return classified({.kind = FailureKind::kException, .message = "unknown exception"},
                          classifier, wall_now);
    }
}

}  // namespace resilience
