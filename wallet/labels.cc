#include "wallet/labels.h"

#include <algorithm>
#include <array>
#include <span>

#include "wallet/element_labels.h"

namespace mibun::wallet {
namespace {

struct Row {
  std::string_view name, ja, en;
};

// In the order in which a card is read.
constexpr auto kClaims = std::to_array<Row>({
    {R"(["family_name"])", "姓", "Family name"},
    {R"(["given_name"])", "名", "Given name"},
    {R"(["birthdate"])", "生年月日", "Date of birth"},
    {R"(["age_equal_or_over"])", "年齢の確認", "Age checks"},
    {R"(["age_equal_or_over","18"])", "18歳以上", "Aged 18 or over"},
    {R"(["age_equal_or_over","20"])", "20歳以上", "Aged 20 or over"},
    {R"(["age_equal_or_over","65"])", "65歳以上", "Aged 65 or over"},
    {R"(["sex"])", "性別", "Sex"},
    {R"(["nationality"])", "国籍", "Nationality"},
    {R"(["issuing_state"])", "発行国", "Issuing state"},
    {R"(["document_number"])", "旅券番号", "Passport number"},
    {R"(["document_expiry"])", "旅券の有効期限", "Passport valid until"},
    {R"(["provenance"])", "確認の記録", "How it was checked"},
});

// Where an issuer says that a claim comes from.
constexpr auto kSources = std::to_array<Row>({
    {"emrtd:DG1", "パスポートのICチップ", "Passport chip"},
    {"emrtd:DG2", "パスポートのICチップ(顔写真)", "Passport chip (portrait)"},
    {"emrtd:DG11", "パスポートのICチップ(追加の記録)", "Passport chip (additional details)"},
    {"derived", "生年月日から計算", "Computed from the date of birth"},
});

constexpr auto kKinds = std::to_array<Row>({
    {"registered", "登録しました", "Registered"},
    {"terms_accepted", "新しい利用規約に同意しました", "Accepted new terms"},
    {"proofing_started", "本人確認を申し込みました", "Identity check started"},
    {"evidence_accepted", "本人確認書類を受け付けました", "Evidence accepted"},
    {"proofing_approved", "本人確認が完了しました", "Identity confirmed"},
    {"proofing_rejected", "本人確認ができませんでした", "Identity not confirmed"},
    {"proofing_asked_again", "写真の撮り直しを求められました", "Photos asked for"},
    {"proofing_photos_accepted", "写真を受け付けました", "Photos accepted"},
    {"proofing_appealed", "結果への不服を申し出ました", "Appealed the result"},
    {"staff_viewed", "審査担当者が閲覧しました", "A reviewer looked at your case"},
    {"card_offered", "カードを受け取れるようになりました", "A card is ready for you"},
    {"card_deferred", "審査が終わるとカードを受け取れます", "The card comes when the review is done"},
    {"card_received", "カードを追加しました", "Card added"},
    {"card_stored", "カードがこの端末に保存されました", "The card was stored on this device"},
    {"card_not_stored", "カードは保存されませんでした", "The card was not stored"},
    {"card_renewed", "カードを更新しました", "Card renewed"},
    {"card_deleted", "カードを削除しました", "Card deleted"},
    {"card_revoked", "カードが失効しました", "Card revoked"},
    {"card_suspended", "カードが一時停止されました", "Card suspended"},
    {"card_valid_again", "カードの一時停止が解除されました", "Card no longer suspended"},
    {"partner_reported", "提供先を通報しました", "You reported an organisation"},
    {"report_viewed", "担当者が通報を読みました", "Staff read your report"},
    {"inquiry_sent", "お問い合わせを送りました", "You sent an inquiry"},
    {"inquiry_viewed", "担当者がお問い合わせを読みました", "Staff read your inquiry"},
    {"inquiry_answered", "お問い合わせに回答がありました", "Your inquiry was answered"},
    {"file_lost", "提出されたファイルが保管中に失われました", "A file you handed in was lost by our storage"},
    {"device_moved", "新しい端末に移りました", "Moved to a new device"},
    {"shared", "提供しました", "Shared"},
    {"refused", "提供を中止しました", "Sharing stopped"},
    {"failed", "提供できませんでした", "Sharing failed"},
    {"uncertain", "提供が届いたか確認できません", "Sharing may have failed"},
});

constexpr auto kStates = std::to_array<Row>({
    {"open", "書類の提出待ち", "Waiting for your document"},
    {"in_review", "審査中", "In review"},
    {"more_needed", "追加の写真が必要です", "More is needed"},
    {"approved", "確認済み", "Approved"},
    {"rejected", "確認できませんでした", "Not approved"},
    {"expired", "期限切れ", "Expired"},
});

constexpr auto kCaseReasons = std::to_array<Row>({
    {"portrait_mismatch", "写真の人物が、パスポートの本人と同じだと確認できませんでした。",
     "We could not confirm that the person in the photos is the one in the passport."},
    {"document_damaged", "パスポートが傷んでいるため、確認できませんでした。",
     "The passport is damaged and could not be checked."},
    {"document_expired", "パスポートの有効期限が切れています。", "The passport has expired."},
    {"suspected_fraud", "提出された内容に不審な点がありました。",
     "Something about what was handed in did not seem genuine."},
    {"applicant_withdrew", "取り下げの申し出を受けました。", "The application was withdrawn."},
    {"photo_missing", "パスポートの写真とご本人の写真が必要です。",
     "A photo of the passport and a photo of you are needed."},
    {"photo_unreadable", "写真が不鮮明で、確認できませんでした。", "The photos are not clear enough to be checked."},
    {"document_not_readable", "パスポートの写真の文字が読み取れませんでした。",
     "The text in the photo of the passport cannot be read."},
    {"document_not_whole", "パスポートのページ全体が写っていませんでした。",
     "The photo does not show the whole page of the passport."},
    {"face_not_visible", "ご本人の写真に、顔がはっきり写っていませんでした。",
     "Your face cannot be seen well in the photo of you."},
    {"face_blurred", "ご本人の写真がぶれていました。", "The photo of you is blurred."},
});

constexpr auto kDeletions = std::to_array<Row>({
    {"sent", "依頼を送りました", "Sent"},
    {"received", "提供先が受け付けました", "Received by the organisation"},
    {"done", "提供先が削除しました", "Deleted, says the organisation"},
    {"overdue", "期限を過ぎています", "Overdue"},
});

constexpr auto kInquiryKinds = std::to_array<Row>({
    {"using_the_wallet", "使い方", "Using the wallet"},
    {"identity_check", "本人確認", "Identity check"},
    {"card", "カード", "Cards"},
    {"sharing", "情報の提供", "Sharing"},
    {"my_data", "個人情報の取り扱い", "My personal data"},
    {"other", "その他", "Something else"},
});

constexpr auto kInquiryStates = std::to_array<Row>({
    {"open", "回答をお待ちください", "Waiting for an answer"},
    {"answered", "回答があります", "Answered"},
});

constexpr auto kChecks = std::to_array<Row>({
    {"sod_signature", "発行国の署名", "Signed by the issuing state"},
    {"signer_chain", "署名者の証明書", "The signer's certificates"},
    {"signer_revocation", "署名者の失効確認", "The signer is not revoked"},
    {"data_group_digests", "記録内容が改ざんされていないこと", "Contents unchanged"},
    {"data_groups_not_supplied", "読み取っていない記録", "Parts that were not read"},
    {"mrz_check_digits", "検査数字", "Check digits"},
    {"issuing_state", "発行国の一致", "Issuing state matches"},
    {"document_expiry", "有効期限", "Not expired"},
    {"active_authentication", "本物のチップ", "Genuine chip"},
});

constexpr auto kOutcomes = std::to_array<Row>({
    {"passed", "合格", "passed"},
    {"failed", "不合格", "failed"},
    {"not_done", "未実施", "not done"},
    {"done", "完了", "done"},
    {"shared", "提供済み", "shared"},
    {"stopped", "ご自身で中止", "stopped by you"},
    {"nothing_matches", "該当するカードなし", "no card matches"},
    {"pairing_code_locked", "画面の番号を間違えた回数が上限に達しました", "the code from the page was wrong too often"},
    {"wallet_pairing_code_needed", "画面の番号が入力されませんでした", "no code from the page was typed"},
    {"rejected", "提供先が受け付けませんでした", "not accepted by the organisation"},
    {"oid4vp_claim_not_registered", "登録範囲を超える要求のため遮断", "blocked: asked for more than registered"},
    {"wallet_user_verification_failed", "本人確認ができず中止", "stopped: we could not confirm that it is you"},
    {"in_review", "審査中", "in review"},
    {"ended_by_reader", "読み取り側が終了", "ended by the reader"},
    {"wallet_connection_lost", "接続が切れました", "the connection was lost"},
    {"wallet_reader_untrusted", "読み取り機を確認できないため中止", "stopped: the reader could not be verified"},
});

constexpr auto kDetails = std::to_array<Row>({
    {"reviewer", "担当者", "Reviewer"},
    {"inquiry", "お問い合わせ番号", "Number of the inquiry"},
    {"copies", "控えの数", "Copies"},
    {"terms_version", "利用規約", "Terms of use"},
    {"reason_code", "理由", "Reason"},
    {"reason", "理由", "Reason"},
    {"clock_status", "サーバーの時計の状態", "State of the server's clock"},
});

// What a receipt of erasure calls the parts of an account.
constexpr auto kDataClasses = std::to_array<Row>({
    {"history", "利用履歴", "History"},
    {"notices", "お知らせ", "Notices"},
    {"push subscription", "通知の宛先", "Where notices were sent"},
    {"proofing", "本人確認の書類と審査", "Identity check"},
    {"authorizations", "サインインの許可", "Sign-ins that were allowed"},
    {"cards and offers", "カードと受け取りの案内", "Cards and offers"},
    {"access tokens", "一時的な利用許可", "Access that was open"},
    {"attested keys", "端末の鍵の証明", "Statements about this device's keys"},
    {"moves", "機種変更の記録", "Moves to a new device"},
    {"account", "アカウント", "Account"},
    {"reports", "通報", "Reports"},
    {"inquiries", "お問い合わせと回答", "Inquiries and answers"},
    {"data key", "データを読むための鍵", "The key to the data"},
    {"repeated answers", "送り直しのための控え", "Answers kept for repeats"},
    {"kept by law", "法令で保存する記録", "A record that a law keeps"},
});

std::optional<Label> find(std::span<const Row> rows, std::string_view name) {
  for (const Row& row : rows) {
    if (row.name == name) return Label{std::string(row.ja), std::string(row.en)};
  }
  return std::nullopt;
}

Label same(std::string_view text) {
  return {std::string(text), std::string(text)};
}

Label named(std::span<const Row> rows, std::string_view name) {
  return find(rows, name).value_or(same(name));
}

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

Label sex_label(std::string_view sex) {
  if (sex == "F") return {"女", "Female"};
  if (sex == "M") return {"男", "Male"};
  return {"記載なし", "Unspecified"};
}

// "age_equal_or_over","21" and the like, which no table foresees.
std::optional<Label> age_label(const dcql::ClaimPath& path) {
  if (path.steps().size() != 2) return std::nullopt;
  const auto* first = std::get_if<std::string>(&path.steps()[0]);
  const auto* second = std::get_if<std::string>(&path.steps()[1]);
  if (first == nullptr || second == nullptr || *first != "age_equal_or_over") return std::nullopt;
  return Label{*second + "歳以上", "Aged " + *second + " or over"};
}

std::optional<Label> mdoc_label(const dcql::ClaimPath& path) {
  const std::string* element = mdoc_element(path);
  return element != nullptr ? element_label(*element) : std::nullopt;
}

}  // namespace

Label claim_label(const dcql::ClaimPath& path) {
  if (auto label = find(kClaims, path.to_string())) return *label;
  if (auto label = age_label(path)) return *label;
  if (auto label = mdoc_label(path)) return *label;
  std::string joined;
  for (const auto& step : path.steps()) {
    if (!joined.empty()) joined += " › ";
    if (const auto* name = std::get_if<std::string>(&step))
      joined += *name;
    else if (const auto* index = std::get_if<std::uint64_t>(&step))
      joined += std::to_string(*index + 1);
    else
      joined += "*";
  }
  return same(joined);
}

Label claim_label(std::string_view path_text) {
  const auto value = json::parse(path_text);
  if (!value || !value->is_array()) return same(path_text);
  const auto path = dcql::ClaimPath::parse(value->get_array());
  return path ? claim_label(*path) : same(path_text);
}

Label claim_value(const dcql::ClaimPath& path, const json::Value& value) {
  if (const std::string* element = mdoc_element(path)) {
    if (auto label = element_value(*element, value)) return *label;
  }
  if (value.is_bool()) return value.get_bool() ? Label{"はい", "Yes"} : Label{"いいえ", "No"};
  if (!value.is_string()) return same(json::serialize(value));
  const std::string_view text(value.get_string().data(), value.get_string().size());
  if (path.to_string() == R"(["sex"])") return sex_label(text);
  if (const auto date = CalendarDate::parse(text)) return date_label(*date);
  return same(text);
}

Label date_label(const CalendarDate& date) {
  return {std::to_string(date.year) + "年" + std::to_string(date.month) + "月" + std::to_string(date.day) + "日",
          std::to_string(date.day) + " " + std::string(kMonths[date.month - 1]) + " " + std::to_string(date.year)};
}

Label source_label(std::string_view source) {
  return named(kSources, source);
}

std::size_t claim_rank(const dcql::ClaimPath& path) {
  const auto rank_of = [](std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find(kClaims, text, &Row::name) - kClaims.begin());
  };
  if (const std::string* element = mdoc_element(path)) {
    if (element->starts_with("age_")) return rank_of(R"(["age_equal_or_over"])");
    return rank_of("[\"" + (*element == "birth_date" ? "birthdate" : *element) + "\"]");
  }
  return rank_of(age_label(path) ? R"(["age_equal_or_over"])" : path.to_string());
}

Label data_class_label(std::string_view data_class) {
  return named(kDataClasses, data_class);
}

Label kind_label(std::string_view kind) {
  return named(kKinds, kind);
}
Label state_label(std::string_view state) {
  return named(kStates, state);
}
Label deletion_label(std::string_view state) {
  return named(kDeletions, state);
}
Label inquiry_kind_label(std::string_view kind) {
  return named(kInquiryKinds, kind);
}
Label inquiry_state_label(std::string_view state) {
  return named(kInquiryStates, state);
}
Label check_label(std::string_view check) {
  return named(kChecks, check);
}
Label outcome_label(std::string_view outcome) {
  return named(kOutcomes, outcome);
}

Label case_reason_label(std::string_view reason) {
  return named(kCaseReasons, reason);
}

std::optional<Label> detail_label(std::string_view name) {
  return find(kDetails, name);
}

Label channel_label(receipt::PresentationChannel channel) {
  switch (channel) {
    case receipt::PresentationChannel::same_device:
      return {"同じ端末のブラウザーから", "the browser on the same device"};
    case receipt::PresentationChannel::cross_device_code:
      return {"別の端末の画面の番号で(確かさは低め)", "a code from another device's screen (less certain)"};
    case receipt::PresentationChannel::dc_api:
      return {"ブラウザーの身分証機能で", "the browser's own wallet interface"};
  }
  return {};
}

Label identified_label(oid4vp::Identified identified) {
  switch (identified) {
    case oid4vp::Identified::by_certificate:
      return word(Word::verified);
    case oid4vp::Identified::by_attestation:
      return {"確認済み(登録機関の証明による)", "Verified (a registrar vouches for it)"};
    case oid4vp::Identified::by_wallet:
      return {"確認済み(このウォレットに登録済み)", "Verified (known to this wallet)"};
    case oid4vp::Identified::by_address:
      return {"未確認:署名のない依頼です。確かなのは送り先のアドレスだけです",
              "Not verified: nobody signed this request. Only the address that it goes to is certain"};
  }
  return {};
}

std::optional<Label> readable_label(oid4vp::ResponseMode mode) {
  switch (mode) {
    case oid4vp::ResponseMode::direct_post_jwt:
    case oid4vp::ResponseMode::dc_api_jwt:
      return std::nullopt;
    case oid4vp::ResponseMode::direct_post:
      return Label{"提供先のサーバーの通り道で読まれるおそれがあります(暗号化の追加なし)",
                   "It could be read on the way inside the organisation's servers (not encrypted further)"};
    case oid4vp::ResponseMode::fragment:
    case oid4vp::ResponseMode::dc_api:
      return Label{"この端末のブラウザーにも読めます(暗号化の追加なし)",
                   "The browser on this device can read it, too (not encrypted further)"};
  }
  return std::nullopt;
}

Label word(Word word) {
  switch (word) {
    case Word::share:
      return {"提供する", "Share"};
    case Word::stop:
      return {"中止する", "Stop"};
    case Word::requested:
      return {"求められている情報", "Requested"};
    case Word::required:
      return {"必須", "Required"};
    case Word::optional:
      return {"任意", "Optional"};
    case Word::purpose:
      return {"利用目的", "Purpose"};
    case Word::kept_for:
      return {"保存期間", "Kept for"};
    case Word::cautions:
      return {"注意事項", "Please note"};
    case Word::activity:
      return {"利用履歴", "Activity"};
    case Word::card:
      return {"カード(デジタル身分証)", "Card (digital ID)"};
    case Word::add:
      return {"追加する", "Add"};
    case Word::organisation:
      return {"提供先", "Organisation"};
    case Word::verified:
      return {"確認済み", "verified"};
    case Word::not_verified:
      return {"未確認", "not verified"};
    case Word::expired:
      return {"期限切れ", "expired"};
    case Word::revoked:
      return {"失効", "revoked"};
    case Word::suspended:
      return {"一時停止", "suspended"};
    case Word::request_deletion:
      return {"削除を依頼する", "Request deletion"};
    case Word::report:
      return {"通報する", "Report"};
    case Word::revocation_code:
      return {"停止コード", "Revocation code"};
    case Word::move_to_new_phone:
      return {"機種変更", "Move to a new phone"};
    case Word::first_time:
      return {"この提供先への提供は初めてです", "First time sharing with this organisation"};
    case Word::last_shared:
      return {"前回の提供", "Last shared"};
    case Word::copies_left:
      return {"残りの控え", "copies left"};
    case Word::contact:
      return {"連絡先", "Contact"};
    case Word::simulated_chip:
      return {"模擬チップ(本物の旅券ではありません)", "SIMULATED chip (not a real passport)"};
  }
  return {};
}

Label time_label(Instant instant) {
  const Label date = date_label(jst_date(instant));
  const std::string clock = to_jst_string(instant).substr(11, 5) + " (JST)";
  return {date.ja + " " + clock, date.en + " " + clock};
}

}  // namespace mibun::wallet
