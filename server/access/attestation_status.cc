#include "server/access/attestation_status.h"

#include "platform/http/client.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

constexpr std::chrono::seconds kTimeout{5};
constexpr std::size_t kListBytesMax = std::size_t{4} * 1024 * 1024;

}  // namespace

Status AttestationStatus::check(status_list::StatusReference reference, std::optional<std::string_view> provider,
                                ErrorCode refused, std::string_view where) {
  if (!reference.issuer && provider) reference.issuer = std::string(*provider);
  const Status standing = lists_.check(reference, clock_.now());
  if (standing) return {};
  const ErrorCode why = standing.error().code;
  log::info("attestation_status", {{"code", to_string(why)}});
  if (why == ErrorCode::status_list_unavailable) {
    return fail(ErrorCode::unavailable, std::string(where), "the provider's status list cannot be had now");
  }
  return fail(refused, std::string(where), std::string(to_string(why)));
}

status_list::StatusFetcher fetch_status_lists(http::Destinations destinations) {
  return [destinations = std::move(destinations)](const std::string& uri) -> Result<status_list::FetchedStatusToken> {
    // One of its own: lists are fetched seldom, and a client is one thread's.
    http::Client client(
        {.destinations = destinations, .trust_pem = {}, .timeout = kTimeout, .response_bytes_max = kListBytesMax});
    MIBUN_TRY(HttpResponse response,
              client.send({.method = "GET",
                           .url = uri,
                           .headers = {{"Accept", "application/statuslist+jwt, application/statuslist+cwt"}}}));
    if (response.status != 200) return fail(ErrorCode::http_status_unexpected, "status_list");
    MIBUN_TRY(const auto format, status_list::status_token_format(response.header("Content-Type").value_or("")));
    return status_list::FetchedStatusToken{format, std::move(response.body)};
  };
}

}  // namespace mibun::server
