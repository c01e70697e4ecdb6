#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/random.h"
#include "core/base/time.h"
#include "server/access/access.h"
#include "server/staff/register.h"

namespace mibun::server {

inline constexpr auto kOfficeSessionLifetime = std::chrono::hours(4);

// Who sits in the demonstration's office: a browser says which reviewer it is, and this server acts for them. Outside
// of the demonstration reviewers sign in with a key of their own, and nothing makes one of these. Sessions are in
// memory only, under the hash of what the browser keeps in its cookie. Safe from several threads.
class OfficeSessions final : public AccessTokens {
 public:
  OfficeSessions(const StaffRegister& staff, const Clock& clock, Rng& rng) : staff_(staff), clock_(clock), rng_(rng) {}

  const StaffRegister& staff() const { return staff_; }

  // The value for the cookie. The request's own session, if it has one, ends. Errors: request_malformed (nobody of the
  // staff).
  Result<std::string> begin(const http::ServerRequest& request, std::string_view reviewer_id);
  void end(const http::ServerRequest& request);

  // Whoever the cookie stands for. Errors: oauth_token_missing (no cookie), oauth_invalid_token (no session of ours, or
  // it is over), oauth_insufficient_scope.
  Result<Grant> require(const http::ServerRequest& request, std::string_view scope) override;
  Result<std::string> nonce() override { return std::string(); }

 private:
  struct Session {
    std::string reviewer_id;
    Instant until;
  };
  void drop_ended();  // with mutex_ held

  const StaffRegister& staff_;
  const Clock& clock_;
  Rng& rng_;
  std::mutex mutex_;
  std::map<std::string, Session> sessions_;  // by hash
};

inline constexpr std::string_view kOfficeCookie = "mibun-office";

}  // namespace mibun::server
