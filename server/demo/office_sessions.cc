#include "server/demo/office_sessions.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "server/demo/cookie.h"

namespace mibun::server {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSessionsMax = 256;  // whoever sits on this machine; then the one that ends first goes

std::string hash_of(std::string_view secret) {
  return base64url::encode(crypto::sha256(secret));
}

bool is_of_staff(const StaffRegister& staff, std::string_view reviewer_id) {
  return std::ranges::any_of(staff.members(), [&](const StaffMember& one) { return one.client_id == reviewer_id; });
}

}  // namespace

void OfficeSessions::drop_ended() {
  const Instant now = clock_.now();
  std::erase_if(sessions_, [&](const auto& one) { return now >= one.second.until; });
  if (sessions_.size() < kSessionsMax) return;
  sessions_.erase(std::ranges::min_element(sessions_, {}, [](const auto& one) { return one.second.until; }));
}

Result<std::string> OfficeSessions::begin(const http::ServerRequest& request, std::string_view reviewer_id) {
  if (!is_of_staff(staff_, reviewer_id))
    return fail(ErrorCode::request_malformed, "reviewer_id", "nobody of the staff");
  end(request);
  const std::string secret = base64url::encode(rng_.bytes(kSecretBytes));
  const std::lock_guard held(mutex_);
  drop_ended();
  sessions_[hash_of(secret)] = {std::string(reviewer_id), clock_.now() + kOfficeSessionLifetime};
  return secret;
}

void OfficeSessions::end(const http::ServerRequest& request) {
  const auto secret = cookie_of(request, kOfficeCookie);
  if (!secret) return;
  const std::lock_guard held(mutex_);
  sessions_.erase(hash_of(*secret));
}

Result<Grant> OfficeSessions::require(const http::ServerRequest& request, std::string_view scope) {
  if (scope != kScopeStaff) return fail(ErrorCode::oauth_insufficient_scope, "scope");
  const auto secret = cookie_of(request, kOfficeCookie);
  if (!secret) return fail(ErrorCode::oauth_token_missing, "cookie", "nobody was chosen in this browser");
  const std::lock_guard held(mutex_);
  const auto found = sessions_.find(hash_of(*secret));
  if (found == sessions_.end() || clock_.now() >= found->second.until) {
    return fail(ErrorCode::oauth_invalid_token, "cookie", "no session, or it is over");
  }
  return Grant{found->second.reviewer_id, std::string(kScopeStaff), {}, {}};
}

}  // namespace mibun::server
