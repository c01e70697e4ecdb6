#pragma once

#include <string>
#include <utility>

#include "wallet/grants.h"
#include "wallet/made_keys.h"

namespace mibun::wallet {

// What one card will be come back with: kept when the card is, otherwise gone with the keys.
class NewGrant {
 public:
  NewGrant(const Host& host, std::string card_id) : host_(host), keys_(host) { grant.card_id = std::move(card_id); }
  ~NewGrant() {
    if (!kept_) (void)GrantStore(host_).forget(grant.card_id);
  }
  NewGrant(const NewGrant&) = delete;
  NewGrant& operator=(const NewGrant&) = delete;

  Status make_keys() {
    MIBUN_TRY(grant.dpop_key, keys_.make());
    MIBUN_TRY(grant.instance_key, keys_.make());
    return {};
  }
  Status save() const { return GrantStore(host_).save(grant); }
  void keep() {
    keys_.keep();
    kept_ = true;
  }
  IssuerGrant grant;

 private:
  Host host_;
  MadeKeys keys_;
  bool kept_ = false;
};

}  // namespace mibun::wallet
