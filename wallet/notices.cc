#include "wallet/notices.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/codecs/jst_time.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kTarget = "/api/v1/notices";
constexpr std::string_view kSubscriptionTarget = "/api/v1/push-subscription";
constexpr std::string_view kReadRecord = "notices.read";  // a JSON array of ids
constexpr std::size_t kIdSizeMax = 64;

struct Words {
  std::string_view kind, title_ja, title_en, text_ja, text_en;
};
constexpr auto kNotices = std::to_array<Words>({
    {"case_approved", "本人確認が終わりました", "Your identity check is done",
     "確認できました。ホームの「本人確認・申込みの状況」から、カードを受け取れます。",
     "You were identified. Receive your card under “Identity check and its progress” on the home screen."},
    {"case_rejected", "本人確認ができませんでした", "Your identity could not be confirmed",
     "理由と、もう一度申し込む方法は、ホームの「本人確認・申込みの状況」で見られます。",
     "The reason, and how to apply again, stand under “Identity check and its progress” on the home screen."},
    {"case_more_needed", "本人確認に追加の情報が必要です", "Your identity check needs something more",
     "何が必要かは、ホームの「本人確認・申込みの状況」で見られます。",
     "What is needed stands under “Identity check and its progress” on the home screen."},
    {"card_revoked", "カードが失効しました", "Your cards were revoked",
     "停止コードが使われたため、カードは使えなくなりました。心当たりがないときは、運営者にご連絡ください。",
     "Your revocation code was used, so your cards no longer work. If it was not you, contact the operator."},
    {"inquiry_answered", "お問い合わせに回答しました", "Your inquiry was answered",
     "回答は「お問い合わせ」で読めます。", "Read the answer under “Inquiries”."},
    {"file_lost", "提出されたファイルが失われました", "A file you handed in is lost",
     "本人確認で提出されたファイルの一つが、保管場所の故障で読めなくなりました。他の人に渡ってはいません。申し訳ありま"
     "せん。カードはそのまま使えます。審査が終わっていないときは、もう一度提出をお願いすることがあります。",
     "One of the files you handed in for your identity check can no longer be read, because our storage failed. Nobody "
     "else has it. We are sorry. Your cards work as before. If your check is not done yet, we may ask you for it "
     "again."},
});
constexpr Words kAnyNotice{
    "", "お知らせがあります", "There is a notice",
    "このバージョンのウォレットには、この種類のお知らせの説明がありません。新しいバージョンに切り替えてください。",
    "This version of the wallet has no words for this kind of notice. Switch to the new version."};

const Words& words_of(std::string_view kind) {
  const auto found = std::ranges::find(kNotices, kind, &Words::kind);
  return found == kNotices.end() ? kAnyNotice : *found;
}

Label label(std::string_view ja, std::string_view en) {
  return {std::string(ja), std::string(en)};
}

Result<std::set<std::string>> read_marks(Store& store) {
  const auto text = store.read(kReadRecord);
  if (!text && text.error().code == ErrorCode::not_found) return std::set<std::string>();
  if (!text) return std::unexpected(text.error());
  MIBUN_TRY(const json::Value value, json::parse(*text));
  if (!value.is_array()) return fail(ErrorCode::json_wrong_type, std::string(kReadRecord));
  MIBUN_TRY(const auto ids, json::string_array(value.get_array(), kReadRecord));
  return std::set<std::string>(ids.begin(), ids.end());
}

Status write_marks(Store& store, const std::set<std::string>& ids) {
  json::Array array;
  for (const std::string& id : ids) array.emplace_back(id);
  return store.write(kReadRecord, json::serialize(array));
}

bool is_id(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !id.empty() && id.size() <= kIdSizeMax && std::ranges::all_of(id, allowed);
}

Result<Notice> read_notice(const json::Value& value) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "notices");
  json::ObjectReader reader(value.get_object(), "notices");
  Notice notice;
  MIBUN_TRY(notice.id, reader.string("id"));
  MIBUN_TRY(const std::string_view at, reader.string("at"));
  MIBUN_TRY(notice.at, parse_jst(at));
  MIBUN_TRY(notice.kind, reader.string("kind"));
  MIBUN_TRY(notice.read, reader.boolean("read"));
  return notice;
}

Result<PublicNotice> read_public_notice(const json::Value& value) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "notices");
  json::ObjectReader reader(value.get_object(), "notices");
  PublicNotice notice;
  MIBUN_TRY(notice.id, reader.string("id"));
  MIBUN_TRY(notice.kind, reader.string("kind"));
  MIBUN_TRY(const json::Object* text, reader.object("text"));
  json::ObjectReader text_reader(*text, "notices.text");
  MIBUN_TRY(notice.text.ja, text_reader.string("ja"));
  MIBUN_TRY(notice.text.en, text_reader.string("en"));
  MIBUN_TRY(const std::string_view at, reader.string("published_at"));
  MIBUN_TRY(notice.published_at, parse_jst(at));
  const json::Value* until = reader.optional_any("until");
  if (until != nullptr && !until->is_null()) {
    MIBUN_TRY(const std::string_view until_text, reader.string("until"));
    MIBUN_TRY(notice.until, parse_jst(until_text));
  }
  return notice;
}

// What was read here and is still listed; the rest is forgotten.
Status apply_marks(Store& store, std::vector<Notice>& notices) {
  MIBUN_TRY(const auto marks, read_marks(store));
  std::set<std::string> kept;
  for (Notice& notice : notices) {
    if (!marks.contains(notice.id)) continue;
    if (!notice.read) kept.insert(notice.id);
    notice.read = true;
  }
  return kept == marks ? Status{} : write_marks(store, kept);
}

}  // namespace

Label Notice::title() const {
  return label(words_of(kind).title_ja, words_of(kind).title_en);
}
Label Notice::text() const {
  return label(words_of(kind).text_ja, words_of(kind).text_en);
}

Label PublicNotice::title() const {
  if (kind == "incident") return label("障害のお知らせ", "Something is not working");
  if (kind == "maintenance") return label("メンテナンスのお知らせ", "Maintenance");
  return label("変更のお知らせ", "Something changes");
}

Result<std::vector<Notice>> fetch_notices(const Host& host, ServerApi& api, Profile& profile) {
  MIBUN_TRY(const auto answer, api.account_request(profile, "GET", kTarget, "", "", "notices"));
  json::ObjectReader reader(answer.body, "notices");
  MIBUN_TRY(const json::Array* rows, reader.array("notices"));
  std::vector<Notice> notices;
  for (const json::Value& row : *rows) {
    MIBUN_TRY(Notice notice, read_notice(row));
    notices.push_back(std::move(notice));
  }
  MIBUN_CHECK(apply_marks(host.store, notices));
  return notices;
}

Status mark_notice_read(const Host& host, ServerApi& api, Profile& profile, std::string_view id) {
  if (!is_id(id)) return fail(ErrorCode::notice_not_found, "id");
  if (api.is_user_verified()) {
    const std::string target = std::string(kTarget) + "/" + std::string(id) + "/read";
    const auto told = api.account_request(profile, "POST", target, "", "", "notices");
    const bool unknown = !told && api.refusal() && api.refusal()->status == 404;
    if (unknown) return fail(ErrorCode::notice_not_found, "id");
  }
  MIBUN_TRY(auto marks, read_marks(host.store));
  marks.insert(std::string(id));
  return write_marks(host.store, marks);
}

Result<std::vector<PublicNotice>> fetch_public_notices(ServerApi& api) {
  MIBUN_TRY(const auto answer, api.open_request("GET", "/api/v1/public-notices", ""));
  json::ObjectReader reader(answer.body, "notices");
  MIBUN_TRY(const json::Array* rows, reader.array("notices"));
  std::vector<PublicNotice> notices;
  for (const json::Value& row : *rows) {
    MIBUN_TRY(PublicNotice notice, read_public_notice(row));
    notices.push_back(std::move(notice));
  }
  return notices;
}

Result<std::string> fetch_push_key(ServerApi& api) {
  MIBUN_TRY(const auto answer, api.open_request("GET", "/api/v1/push-key", ""));
  json::ObjectReader reader(answer.body, "push_key");
  MIBUN_TRY(const std::string_view key, reader.string("key"));
  return std::string(key);
}

Status subscribe_push(ServerApi& api, Profile& profile, const PushSubscription& subscription) {
  json::Object body{{"endpoint", subscription.endpoint}, {"p256dh", subscription.p256dh}, {"auth", subscription.auth}};
  if (!subscription.key.empty()) body["key"] = subscription.key;
  MIBUN_CHECK(
      api.account_request(profile, "PUT", kSubscriptionTarget, json::serialize(body), "application/json", "notices"));
  return {};
}

Status unsubscribe_push(ServerApi& api, Profile& profile) {
  MIBUN_CHECK(api.account_request(profile, "DELETE", kSubscriptionTarget, "", "", "notices"));
  return {};
}

}  // namespace mibun::wallet
