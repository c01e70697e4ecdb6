#include "core/oid4vp/request_profile.h"

namespace mibun::oid4vp {
namespace {

constexpr AnsweredBrowserRequests kAllOfTheBrowsers{
    .one_signature = Stance::accept, .several_signatures = Stance::accept, .no_signature = Stance::accept};
constexpr AnsweredClients kAllClients{.x509_hash = Stance::accept,
                                      .x509_san_dns = Stance::accept,
                                      .verifier_attestation = Stance::accept,
                                      .preregistered = Stance::accept,
                                      .redirect_uri = Stance::accept};
constexpr AnsweredModes kEncryptedModes{.direct_post_jwt = Stance::accept,
                                        .direct_post = Stance::refuse,
                                        .fragment = Stance::refuse,
                                        .dc_api_jwt = Stance::accept,
                                        .dc_api = Stance::refuse};

}  // namespace

bool AnsweredClients::accept(ClientId::Prefix prefix) const {
  switch (prefix) {
    case ClientId::Prefix::x509_hash:
      return x509_hash.accepted();
    case ClientId::Prefix::x509_san_dns:
      return x509_san_dns.accepted();
    case ClientId::Prefix::verifier_attestation:
      return verifier_attestation.accepted();
    case ClientId::Prefix::preregistered:
      return preregistered.accepted();
    case ClientId::Prefix::redirect_uri:
      return redirect_uri.accepted();
  }
  return false;
}

std::vector<std::string_view> AnsweredClients::names() const {
  std::vector<std::string_view> names;
  for (const ClientId::Prefix prefix : kClientIdPrefixes) {
    if (accept(prefix)) names.push_back(to_string(prefix));
  }
  return names;
}

bool AnsweredModes::accept(ResponseMode mode) const {
  switch (mode) {
    case ResponseMode::direct_post_jwt:
      return direct_post_jwt.accepted();
    case ResponseMode::direct_post:
      return direct_post.accepted();
    case ResponseMode::fragment:
      return fragment.accepted();
    case ResponseMode::dc_api_jwt:
      return dc_api_jwt.accepted();
    case ResponseMode::dc_api:
      return dc_api.accepted();
  }
  return false;
}

RequestProfile haip_profile() {
  return {.clients = {.x509_hash = Stance::accept,
                      .x509_san_dns = Stance::refuse,
                      .verifier_attestation = Stance::refuse,
                      .preregistered = Stance::refuse,
                      .redirect_uri = Stance::refuse},
          .modes = kEncryptedModes,
          .browser = kAllOfTheBrowsers};
}

RequestProfile encrypted_profile() {
  return {.clients = kAllClients, .modes = kEncryptedModes, .browser = kAllOfTheBrowsers};
}

RequestProfile openid4vp_profile() {
  return {.clients = kAllClients,
          .modes = {.direct_post_jwt = Stance::accept,
                    .direct_post = Stance::accept,
                    .fragment = Stance::accept,
                    .dc_api_jwt = Stance::accept,
                    .dc_api = Stance::accept},
          .browser = kAllOfTheBrowsers};
}

}  // namespace mibun::oid4vp
