#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/crypto/trusted_issuers.h"
#include "core/oid4vp/known_verifiers.h"
#include "core/tlog/note_key.h"
#include "wallet/host.h"

namespace mibun::wallet {

// Whom this wallet believes, by purpose: the wallet provider's published list, fetched at registration over the TLS
// connection whose root the person's wallet pins, and kept from then on.
struct TrustList {
  // Of papers, lists and metadata: whoever is believed for some type.
  crypto::TrustAnchors credential_issuers, iaca;
  crypto::TrustAnchors verifier_access, registrars, receipts;
  // Those under verifier_access that ask at close range. A reader is known only while a current revocation list of its
  // issuer clears it.
  crypto::TrustAnchors readers;
  oid4vp::KnownVerifiers known_verifiers;
  std::optional<tlog::VerifierKey> log;  // signs the server's log of operations
  // Whose cards of which types are taken: SD-JWT VCs, mdocs.
  crypto::TrustedIssuers sd_jwt_issuers, mdoc_issuers;
};

// Fetches /.well-known/mibun-trust.json and keeps it. Errors: http_*, json_*, certificate_malformed.
Status fetch_trust(const Host& host, const std::string& origin);
// A list from before there were "trusted_issuers" in it gets them from its server; everything else in it stays as it
// was when the wallet registered. Errors: those of fetch_trust, load_trust and load_profile.
Status complete_trust(const Host& host);
// Fetches the readers' revocation list of that server and keeps it, unless the one at hand is of the last day.
// Errors: http_*, crl_malformed, crl_unsupported, those of the store.
Status refresh_readers_crl(const Host& host, const std::string& origin);
// With the readers' revocation list, when one was fetched. Errors: wallet_not_registered, json_*,
// certificate_malformed.
Result<TrustList> load_trust(Store& store);
// Without revocation lists: no reader is known.
// {"credential_issuer":[PEM],"iaca":[PEM],"verifier_access":[PEM],"registrar":[PEM],"receipt":[PEM],
//  "verifiers"?:[oid4vp::KnownVerifier],"log"?:"<name>+<id>+<key>",
//  "trusted_issuers"?:[{"format":"dc+sd-jwt"|"mso_mdoc","types":[vct or doctype],"anchors":[PEM],"iss"?:[...]}]}
// Without the last (a list of before), no card of any type is taken. Errors: json_*, certificate_malformed.
Result<TrustList> parse_trust(std::string_view text);

}  // namespace mibun::wallet
