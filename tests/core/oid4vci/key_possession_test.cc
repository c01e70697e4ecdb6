#include "core/oid4vci/key_possession.h"

#include "tests/core/oid4vci/providers.h"

namespace mibun::oid4vci {

TEST_CASE("a key's holder says whose it is, or the provider does not attest it") {
  struct Row {
    const char* why;
    void (*change)(JwtDraft&);
    const char* want;
  };
  static constexpr Row rows[] = {
      {"unchanged", [](JwtDraft&) {}, "accepted"},
      {"iat at the old edge", [](JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() - 300; }, "accepted"},
      {"typ of a key proof", [](JwtDraft& d) { d.header["typ"] = "openid4vci-proof+jwt"; },
       "oid4vci_invalid_proof/jws_typ_mismatch"},
      {"no typ", [](JwtDraft& d) { d.header.erase("typ"); }, "oid4vci_invalid_proof/jws_typ_mismatch"},
      {"no jwk", [](JwtDraft& d) { d.header.erase("jwk"); }, "oid4vci_invalid_proof/missing"},
      {"a private jwk", [](JwtDraft& d) { d.header["jwk"].as_object()["d"] = "AAAA"; },
       "oid4vci_invalid_proof/private_key_rejected"},
      {"kid beside jwk", [](JwtDraft& d) { d.header["kid"] = "1"; }, "oid4vci_invalid_proof/jws_header_not_allowed"},
      {"another provider", [](JwtDraft& d) { d.payload["aud"] = "https://second.example"; },
       "oid4vci_invalid_proof/another provider"},
      {"no provider", [](JwtDraft& d) { d.payload.erase("aud"); }, "oid4vci_invalid_proof/json_missing_member"},
      {"another account", [](JwtDraft& d) { d.payload["sub"] = "mallory"; }, "oid4vci_invalid_proof/another account"},
      {"no account", [](JwtDraft& d) { d.payload.erase("sub"); }, "oid4vci_invalid_proof/json_missing_member"},
      {"no iat", [](JwtDraft& d) { d.payload.erase("iat"); }, "oid4vci_invalid_proof/jwt_claim_missing"},
      {"too old", [](JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() - 301; },
       "oid4vci_invalid_proof/jwt_too_old"},
      {"from the future", [](JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() + 61; },
       "oid4vci_invalid_proof/jwt_issued_in_future"},
  };
  SeededRng rng(31);
  const crypto::P256PrivateKey key = key_from(rng), other = key_from(rng);
  const KeyPossession expected{kProvider, "account-1"};
  const std::string good = make_key_possession(expected, key, kNow).value();
  CHECK(verify_key_possession(good, expected, kNow).value().key() == key.public_key());
  for (const Row& row : rows) {
    INFO(row.why);
    JwtDraft draft = JwtDraft::of(good);
    row.change(draft);
    const std::string jwt = jose::sign_jws(draft.header, draft.payload, key).value();
    CHECK(outcome(verify_key_possession(jwt, expected, kNow)) == row.want);
  }
  const JwtDraft draft = JwtDraft::of(good);
  CHECK(outcome(verify_key_possession(jose::sign_jws(draft.header, draft.payload, other).value(), expected, kNow)) ==
        "oid4vci_invalid_proof/jws_signature_invalid");
  for (const std::string& forged : forged_algorithms(draft, key.public_key())) {
    CHECK(code_of(verify_key_possession(forged, expected, kNow)) == "oid4vci_invalid_proof");
  }
  CHECK(outcome(verify_key_possession(std::string(8193, 'a'), expected, kNow)) == "oid4vci_invalid_proof/too large");
}

}  // namespace mibun::oid4vci
