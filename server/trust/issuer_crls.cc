#include "server/trust/issuer_crls.h"

#include <utility>

#include "platform/files/files.h"
#include "platform/http/client.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

constexpr std::chrono::seconds kTimeout{5};
constexpr auto kInterval = std::chrono::hours(1);
constexpr auto kRetry = std::chrono::minutes(1);

}  // namespace

CrlFetcher fetch_crls(http::Destinations destinations, std::string trust_pem) {
  return [destinations = std::move(destinations),
          trust_pem = std::move(trust_pem)](const std::string& url) -> Result<Bytes> {
    http::Client client({.destinations = destinations,
                         .trust_pem = trust_pem,
                         .timeout = kTimeout,
                         .response_bytes_max = crypto::kCrlBytesMax});
    MIBUN_TRY(const HttpResponse response,
              client.send({.method = "GET", .url = url, .headers = {{"Accept", "application/pkix-crl"}}}));
    if (response.status != 200) return fail(ErrorCode::http_status_unexpected, "crl");
    return to_bytes(as_bytes(response.body));
  };
}

IssuerCrls::IssuerCrls(CardIssuers& issuers, const Trust& trust, CrlFetcher fetch, const Clock& clock)
    : issuers_(issuers), trust_(trust), fetch_(std::move(fetch)), clock_(clock) {
  for (const CardIssuers::Lists& row : issuers_.lists) {
    for (const std::string& url : row.urls) sources_.push_back({row, url, std::nullopt, clock_.now()});
  }
}

Status IssuerCrls::take_own() {
  if (has_own_) return {};
  MIBUN_TRY(SignersLists lists, trust_.signers_crls());
  issuers_.sd_jwt.set_crls(CardIssuers::kOwnRow, std::move(lists.sd_jwt));
  issuers_.mdoc.set_crls(CardIssuers::kOwnRow, std::move(lists.mdoc));
  has_own_ = true;
  return {};
}

// Who signed the list is looked at where it is used. One that has ended, or is older than the one at hand, would only
// take away what is known.
Result<crypto::Crl> IssuerCrls::fetch(const Source& source, Instant now) const {
  MIBUN_TRY(const Bytes der,
            is_file(source.url) ? files::read_file(source.url, crypto::kCrlBytesMax) : fetch_(source.url));
  MIBUN_TRY(crypto::Crl list, crypto::Crl::parse(der));
  if (now < list.this_update() || now.unix_seconds() > list.next_update().unix_seconds()) {
    return fail(ErrorCode::crl_not_current, "crl");
  }
  if (source.list && list.this_update() < source.list->this_update()) {
    return fail(ErrorCode::crl_not_current, "crl", "older than the list at hand");
  }
  return list;
}

void IssuerCrls::fetch_due() {
  for (Source& source : sources_) {
    const Instant now = clock_.now();
    if (now < source.due) continue;
    auto list = fetch(source, now);
    source.due = now + (list ? milliseconds(kInterval) : milliseconds(kRetry));
    if (!list) {
      log::warning("issuer_crl_not_fetched",
                   {{"url", std::string_view(source.url)}, {"code", to_string(list.error().code)}});
      continue;
    }
    const bool is_new = !source.list || source.list->sha256() != list->sha256();
    {
      const std::scoped_lock lock(mutex_);
      source.list = std::move(*list);
    }
    if (is_new) hand_over(source.row);
  }
}

Result<Bytes> IssuerCrls::list(std::size_t number) const {
  if (number < 1 || number > sources_.size()) return fail(ErrorCode::route_not_found, "list");
  const std::scoped_lock lock(mutex_);
  const auto& list = sources_[number - 1].list;
  if (!list) return fail(ErrorCode::unavailable, "list", "it could not be fetched yet");
  return to_bytes(list->der());
}

void IssuerCrls::hand_over(const CardIssuers::Lists& row) {
  std::vector<crypto::Crl> lists;
  for (const Source& source : sources_) {
    if (source.row.is_mdoc == row.is_mdoc && source.row.row == row.row && source.list) lists.push_back(*source.list);
  }
  (row.is_mdoc ? issuers_.mdoc : issuers_.sd_jwt).set_crls(row.row, std::move(lists));
}

}  // namespace mibun::server
