#pragma once

#include <optional>
#include <string>

#include "wallet/cards.h"
#include "wallet/host.h"

// What a wallet keeps to fetch new copies of a card without asking anybody: the refresh token and the two keys that it
// is bound to (RFC 9449, section 5; attestation-based client authentication, section 10.4).
namespace mibun::wallet {

struct Renewal {
  std::string credential_issuer, authorization_server, configuration_id, refresh_token;
  KeyId dpop_key, instance_key;
};

// Durable when it returns; in place of what was kept for that card.
Status keep_renewal(Store& store, const std::string& card_id, const Renewal& renewal);
// nullopt: the issuer gave no refresh token for it. Errors: those of the store, json_*.
Result<std::optional<Renewal>> find_renewal(Store& store, const std::string& card_id);
// The record alone: its keys went on to another card.
Status drop_renewal(Store& store, const std::string& card_id);
// With its keys. Nothing to forget is no error.
Status forget_renewal(Store& store, KeyStore& keys, const std::string& card_id);

// Few copies are left, or the card runs out within a month.
bool wants_renewal(const Card& card, Instant now);

}  // namespace mibun::wallet
