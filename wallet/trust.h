#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

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
  std::vector<std::string> readers_crl;  // paths of their revocation lists on the server, one for each root
  // The same of those who sign cards, where their authority has lists: of a row of `mdoc_issuers` or `sd_jwt_issuers`,
  // which believes nobody whom a current list does not clear (not of parse_trust()).
  struct IssuerLists {
    bool is_mdoc;
    std::size_t row;
    std::vector<std::string> paths;
  };
  std::vector<IssuerLists> issuers_crl;
};

// Fetches /.well-known/mibun-trust.json and keeps it. Errors: http_*, json_*, certificate_malformed.
Status fetch_trust(const Host& host, const std::string& origin);
// A list from before there were "trusted_issuers" in it gets them from its server. Errors: those of fetch_trust,
// load_trust and load_profile.
Status complete_trust(const Host& host);
// The same again, unless the list at hand is of the last day: roots have successors, which are published a week before
// anything is signed below them. One that names another log than the one that this wallet remembers is not taken.
// Errors: those of fetch_trust, log_fork, wallet_not_registered.
Status refresh_trust(const Host& host, const std::string& origin);
// Fetches the readers' revocation lists of that server and keeps them, unless those at hand are of the last day.
// Errors: http_*, crl_malformed, crl_unsupported, those of load_trust and of the store.
Status refresh_readers_crl(const Host& host, const std::string& origin);
// The same of those who sign cards; what cannot be had leaves the list at hand in use to its end. Errors: those of the
// first that could not be had.
Status refresh_issuers_crl(const Host& host, const std::string& origin);
// With the revocation lists that were fetched. Errors: wallet_not_registered, json_*,
// certificate_malformed.
Result<TrustList> load_trust(Store& store);
// The same after refresh_trust() and refresh_issuers_crl(), where a wallet is registered: whatever goes wrong with
// that, the list at hand must do.
Result<TrustList> current_trust(const Host& host);
// For whoever keeps no revocation lists: no reader is known, and those of issuers are not asked for.
// {"credential_issuer":[PEM],"iaca":[PEM],"verifier_access":[PEM],"registrar":[PEM],"receipt":[PEM],
//  "verifiers"?:[oid4vp::KnownVerifier],"log"?:"<name>+<id>+<key>",
//  "trusted_issuers"?:[{"format":"dc+sd-jwt"|"mso_mdoc","types":[vct or doctype],"anchors":[PEM],"iss"?:[...]}],
//  "readers_crl"?:["/.well-known/..."],"issuers_crl"?:[["/.well-known/...", ...], ...]}
// "issuers_crl": of each of "trusted_issuers", in their order. Without "trusted_issuers" (a list of before), no card of
// any type is taken. Errors: json_*, certificate_malformed.
Result<TrustList> parse_trust(std::string_view text);
// For whoever has revocation lists of those who sign cards in the hand: an issuer that has lists is believed while one
// of `lists` clears who signed, and not at all without.
Result<TrustList> parse_trust(std::string_view text, const std::vector<crypto::Crl>& lists);

}  // namespace mibun::wallet
