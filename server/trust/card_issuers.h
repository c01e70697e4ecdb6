#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/trusted_issuers.h"
#include "server/trust/trust.h"

namespace mibun::server {

// Somebody else whose cards the gateway and this server's wallets take, of these types and no others.
struct OtherIssuer {
  std::string format;              // "dc+sd-jwt" or "mso_mdoc"
  std::vector<std::string> types;  // vct or doctype
  std::vector<std::string> pem;    // roots
  std::vector<std::string> names;  // "iss" of an SD-JWT VC; empty: every name in certificates below the roots
  // Where the revocation lists of those are who certify its signers: https, or "/...", a file of this machine. None:
  // its authority publishes none, which that of an mdoc must (ISO/IEC 18013-5, annex B).
  std::vector<std::string> crls = {};
};

// What this server issues itself.
struct OwnTypes {
  std::vector<std::string> vcts, doctypes;
};

// Who is believed for which type of card.
struct CardIssuers {
  // The first row of each is this server itself.
  static constexpr std::size_t kOwnRow = 0;
  crypto::TrustedIssuers sd_jwt, mdoc;

  // Where another issuer's lists are: of a row of `mdoc` or `sd_jwt`.
  struct Lists {
    bool is_mdoc;
    std::size_t row;
    std::vector<std::string> urls;
  };
  std::vector<Lists> lists;

  bool is_own(const crypto::TrustedIssuer& issuer) const {
    return &issuer == sd_jwt.issuers().data() || &issuer == mdoc.issuers().data();
  }
  // [{"format","types","anchors":[PEM],"iss"?}]: as the trust list names them.
  json::Array to_json() const;
  // [[path, ...], ...]: for each of these rows where its revocation lists are on this server; empty: it has none.
  json::Array lists_json(const SignersListPaths& own) const;
};

// Whether one of OtherIssuer::crls is a file.
bool is_file(std::string_view crl);
// Where the `number`th list of `lists`, counted from 1 over all rows, is handed on to wallets.
std::string trusted_crl_path(std::size_t number);

// Whoever has lists is believed once they were handed over (server/trust/issuer_crls.h). Errors: invalid_argument (no
// type, no root, another format, names of an mdoc's issuer, no lists of one, too many), url_* (of a list),
// certificate_* (not a CA's certificate).
Result<CardIssuers> card_issuers(const Trust& trust, OwnTypes own, const std::vector<OtherIssuer>& others);

}  // namespace mibun::server
