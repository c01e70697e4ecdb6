#include "wallet/partner_deletion.h"

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/codecs/jst_time.h"
#include "wallet/history.h"
#include "wallet/receipts.h"
#include "wallet/server_api.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kPrefix = "deletion.";
constexpr std::string_view kPath = "/api/v1/deletion-requests";
constexpr std::size_t kSecretBytes = 32;

// What is kept: {"gateway", "secret", "answer"?}, the last as the gateway gave it.
struct Kept {
  std::string gateway, secret;
  std::optional<json::Object> answer;
};

std::string record_name(std::string_view receipt) {
  return std::string(kPrefix) + std::string(receipt_hash(receipt));
}

Status write(const Host& host, const std::string& receipt, const Kept& kept) {
  json::Object object{{"gateway", kept.gateway}, {"secret", kept.secret}};
  if (kept.answer) object["answer"] = *kept.answer;
  return host.store.write(record_name(receipt), json::serialize(object));
}

Result<Kept> read(const Host& host, const std::string& receipt) {
  MIBUN_TRY(const std::string text, host.store.read(record_name(receipt)));
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "deletion");
  Kept kept;
  MIBUN_TRY(kept.gateway, reader.string("gateway"));
  MIBUN_TRY(kept.secret, reader.string("secret"));
  MIBUN_TRY(const json::Object* answer, reader.optional_object("answer"));
  if (answer != nullptr) kept.answer = *answer;
  return kept;
}

bool is_state(std::string_view text) {
  return text == "sent" || text == "received" || text == "done" || text == "overdue";
}

// `now`: what was due stays so without a word of the gateway.
Result<PartnerDeletion> read_answer(const json::Object& answer, Instant now) {
  json::ObjectReader reader(answer, "deletion");
  PartnerDeletion deletion;
  MIBUN_TRY(deletion.id, reader.string("deletion_id"));
  MIBUN_TRY(deletion.state, reader.string("state"));
  if (!is_state(deletion.state)) return fail(ErrorCode::json_bad_value, "deletion.state");
  MIBUN_TRY(const std::string_view asked_at, reader.string("asked_at"));
  MIBUN_TRY(deletion.asked_at, parse_jst(asked_at));
  MIBUN_TRY(const std::string_view due_at, reader.string("due_at"));
  MIBUN_TRY(deletion.due_at, parse_jst(due_at));
  MIBUN_TRY(const auto done_at, reader.optional_string("done_at"));
  if (done_at) {
    MIBUN_TRY(deletion.done_at, parse_jst(*done_at));
  }
  if (deletion.state != "done" && now >= deletion.due_at) deletion.state = "overdue";
  return deletion;
}

Result<PartnerDeletion> keep_answer(const Host& host, const std::string& receipt, Kept kept, json::Object answer) {
  MIBUN_TRY(PartnerDeletion deletion, read_answer(answer, host.clock.now()));
  kept.answer = std::move(answer);
  MIBUN_CHECK(write(host, receipt, kept));
  return deletion;
}

Result<KeptReceipt> receipt_at_hand(const Host& host, const std::string& receipt) {
  auto kept = read_receipt(host, receipt);
  if (kept || kept.error().code != ErrorCode::not_found) return kept;
  MIBUN_CHECK(fetch_receipt(host, std::string(receipt_hash(receipt))));
  return read_receipt(host, receipt);
}

// The one that was begun before, or a new one, on disk before anything is sent.
Result<Kept> begin(const Host& host, const std::string& receipt, const std::string& gateway) {
  auto kept = read(host, receipt);
  if (kept || kept.error().code != ErrorCode::not_found) return kept;
  Kept fresh{gateway, base64url::encode(host.rng.bytes(kSecretBytes)), {}};
  MIBUN_CHECK(write(host, receipt, fresh));
  return fresh;
}

}  // namespace

Result<PartnerDeletion> ask_partner_to_delete(const Host& host, const std::string& receipt) {
  MIBUN_TRY(const KeptReceipt proof, receipt_at_hand(host, receipt));
  const auto* consent = std::get_if<receipt::ConsentReceipt>(&proof.checked.content);
  if (consent == nullptr) return fail(ErrorCode::not_found, "consent");
  MIBUN_TRY(Kept kept, begin(host, receipt, consent->issuer));
  const json::Object body{{"receipt", proof.text}, {"secret", kept.secret}};
  MIBUN_TRY(auto answer, send_open_request(host.http, kept.gateway, "POST", kPath, json::serialize(body)));
  return keep_answer(host, receipt, std::move(kept), std::move(answer.body));
}

Result<std::optional<PartnerDeletion>> known_deletion(const Host& host, const std::string& receipt) {
  auto kept = read(host, receipt);
  if (!kept && kept.error().code == ErrorCode::not_found) return std::optional<PartnerDeletion>();
  if (!kept) return pass_error(kept);
  if (!kept->answer) return std::optional<PartnerDeletion>();
  MIBUN_TRY(PartnerDeletion deletion, read_answer(*kept->answer, host.clock.now()));
  return std::optional(std::move(deletion));
}

Result<PartnerDeletion> deletion_now(const Host& host, const std::string& receipt) {
  MIBUN_TRY(Kept kept, read(host, receipt));
  if (!kept.answer) return fail(ErrorCode::not_found, "deletion");
  MIBUN_TRY(PartnerDeletion known, read_answer(*kept.answer, host.clock.now()));
  if (known.state == "done") return known;
  MIBUN_TRY(auto answer,
            send_secret_request(host.http, kept.gateway, std::string(kPath) + "/" + known.id, kept.secret));
  return keep_answer(host, receipt, std::move(kept), std::move(answer.body));
}

}  // namespace mibun::wallet
