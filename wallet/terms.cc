#include "wallet/terms.h"

namespace mibun::wallet {

Status accept_terms(const Host& host, ServerApi& api, Profile& profile, std::string_view terms_version) {
  const json::Object body{{"terms_version", terms_version}};
  MIBUN_CHECK(api.account_request(profile, "POST", "/api/v1/account/terms", json::serialize(body), "application/json",
                                  "accept the terms of use"));
  profile.terms_version = terms_version;
  return save_profile(host.store, profile);
}

}  // namespace mibun::wallet
