// The wallet: answers a verifier's question (DCQL) with the digital ID of issue_sd_jwt_vc, showing no more than asked.
//   answer_dcql FOLDER NONCE
#include <cstdio>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/dcql/choose.h"
#include "core/dcql/match.h"
#include "core/dcql/query.h"
#include "core/jose/jwk.h"
#include "core/sd_jwt/holder.h"
#include "files.h"

using namespace mibun;

// "Are you over 20?": an identity, of which the verifier wants to see one claim.
constexpr std::string_view kQuery = R"({"credentials": [{
  "id": "identity", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://issuer.example/identity"]},
  "claims": [{"path": ["age_equal_or_over", "20"]}]}]})";

Status answer(const std::string& folder, const std::string& nonce) {
  MIBUN_TRY(const auto question, json::parse_object(kQuery));
  MIBUN_TRY(const auto query, dcql::Query::parse(question));
  // What the wallet keeps: it verified the credential when it came (sd_jwt::verify_issued) and stored it.
  MIBUN_TRY(const auto held, sd_jwt::HeldCredential::reopen_stored(load(folder + "/identity.sd_jwt")));
  MIBUN_TRY(const auto holder_key, jose::parse_private_jwk(load(folder + "/holder_key.jwk")));

  std::vector<dcql::Card> cards(1);
  cards[0].types = dcql::sd_jwt_types(held.claims());
  cards[0].holder_bound = true;
  cards[0].claims = &held.claims();
  const auto candidates = dcql::find_candidates(query, cards);
  MIBUN_TRY(const auto selections, dcql::select_cards(query, cards, candidates));

  // A wallet shows its holder this list, and goes on only if the holder agrees.
  for (const sd_jwt::ClaimPath& path : selections[0].choice.disclosed) {
    std::printf("the verifier will see %s\n", path.to_string().c_str());
  }
  const sd_jwt::KeyBinding binding{"x509_san_dns:shop.example", nonce, SystemClock().now(), {}};
  MIBUN_TRY(const auto presentation, held.present(selections[0].choice.disclosed, binding, holder_key));
  save(folder + "/presentation.sd_jwt", presentation);
  return {};
}

int main(int argc, char** argv) {
  return finish(answer(argc > 1 ? argv[1] : ".", argc > 2 ? argv[2] : "n-0S6_WzA2Mj"));
}
