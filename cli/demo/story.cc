#include "cli/demo/story.h"

#include <algorithm>
#include <filesystem>

#include "cli/client/api_client.h"
#include "cli/demo/direct.h"
#include "cli/demo/rogue.h"
#include "cli/demo/search.h"

namespace mibun::cli {
namespace {

constexpr std::string_view kPassphrase = "correct horse battery staple";
constexpr std::size_t kBatch = 10;

std::string lines(std::initializer_list<std::string_view> answers) {
  std::string text;
  for (const std::string_view answer : answers) text.append(answer).append("\n");
  return text;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// "https://...#response_code=abc" -> "abc"
std::string response_code_of(const std::string& redirect) {
  constexpr std::string_view kMark = "#response_code=";
  const auto at = redirect.find(kMark);
  return at == std::string::npos ? std::string() : redirect.substr(at + kMark.size());
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(" ").append(word);
  return text;
}

}  // namespace

Story::Story(const Terminal& terminal, DemoWorld world, std::string origin)
    : terminal_(terminal),
      world_(std::move(world)),
      origin_(std::move(origin)),
      ca_file_(world_.server_directory + "/keys/tls-root.crt"),
      home_(world_.state + "/wallet"),
      trust_file_(world_.state + "/mibun-trust.json") {}

void Story::chapter(const Text& title) {
  ++chapter_;
  terminal_.line();
  terminal_.line(terminal_.bold(std::to_string(chapter_) + "/9  " + std::string(terminal_.say(title))));
}

void Story::fact(const Text& text) const {
  terminal_.line("  " + terminal_.good("✓") + " " + std::string(terminal_.say(text)));
}

Status Story::require(bool held, std::string_view where) const {
  if (held) return {};
  return fail(ErrorCode::internal_error, "story: " + std::string(where), "the story went another way than it should");
}

Result<Finished> Story::command(std::vector<std::string> arguments, const std::string& input, int expected_exit,
                                bool show) {
  // What a person would type; the folders of the demonstration are left out.
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool names_a_folder =
        arguments[i].starts_with("--") && i + 1 < arguments.size() && arguments[i + 1].starts_with("/");
    if (names_a_folder || arguments[i] == "--server") {
      ++i;
    } else {
      shown.push_back(arguments[i].size() > 60 ? arguments[i].substr(0, 57) + "..." : arguments[i]);
    }
  }
  arguments.insert(arguments.begin(), {"--lang", terminal_.language() == Language::japanese ? "ja" : "en"});
  MIBUN_TRY(Finished finished, run_mibun(arguments, input));
  terminal_.line(terminal_.dim("  $ mibun" + joined(shown) + "   (" + std::to_string(finished.took.count()) + " ms)"));
  if (show) {
    std::string text = finished.output;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      terminal_.line("    │ " + text.substr(at, end - at));
      at = end + 1;
    }
  }
  if (finished.exit_code != expected_exit) {
    terminal_.error_line(finished.output);
    terminal_.error_line(finished.errors);
    return fail(ErrorCode::internal_error, "story: mibun" + joined(shown),
                "it ended with " + std::to_string(finished.exit_code));
  }
  return finished;
}

Result<Finished> Story::wallet(std::vector<std::string> arguments, const std::string& input, int expected_exit,
                               bool show) {
  arguments.insert(arguments.begin(), "wallet");
  if (std::ranges::find(arguments, "--home") == arguments.end()) {
    arguments.insert(arguments.end(), {"--home", home_});
  }
  return command(std::move(arguments), input, expected_exit, show);
}

Result<Finished> Story::reviewer(const std::string& name, std::vector<std::string> arguments, int expected_exit) {
  arguments.insert(arguments.begin(), "operator");
  const std::string id = "reviewer-" + name;
  arguments.insert(arguments.end(), {"--id", id, "--server", origin_, "--ca", ca_file_, "--key", world_.key_file(id)});
  return command(std::move(arguments), {}, expected_exit);
}

Result<Finished> Story::shop(std::vector<std::string> arguments, int expected_exit) {
  arguments.insert(arguments.begin(), "partner");
  arguments.insert(arguments.end(),
                   {"--id", "musubi-shop", "--server", origin_, "--ca", ca_file_, "--key", world_.key_file("shop")});
  return command(std::move(arguments), {}, expected_exit);
}

Status Story::registration() {
  chapter({"Register: one key, made on this device", "登録: この端末だけの鍵を作る"});
  MIBUN_CHECK(wallet({"register", "--server", origin_, "--ca", ca_file_}, lines({"y", kPassphrase, kPassphrase})));
  fact({"The key stays in a file sealed by the passphrase (Argon2id); the server keeps the public half.",
        "鍵はパスフレーズ(Argon2id)で封印したファイルにあり、サーバーには公開鍵だけが残ります。"});
  MIBUN_CHECK(
      wallet({"register", "--server", origin_, "--ca", ca_file_}, lines({"y", kPassphrase}), kExitRefused, false));
  MIBUN_TRY(const Refused second, register_twice(*client_, origin_, clock_, rng_));
  MIBUN_CHECK(require(second.status == 409 && second.code == "key_exists", "second registration"));
  fact({"A second registration is refused: 409 key_exists.", "二度目の登録は拒否されます: 409 key_exists"});
  MIBUN_TRY(const Refused key, send_private_key(*client_, origin_));
  MIBUN_CHECK(require(key.status == 400 && key.code == "private_key_rejected", "private key"));
  fact({"A private key that is sent is refused and not kept: 400 private_key_rejected.",
        "秘密鍵が送られても受け取りません: 400 private_key_rejected"});
  return {};
}

Status Story::proof_of_identity() {
  chapter(
      {"Prove identity: a passport chip (simulated), two people decide", "本人確認: 旅券のICチップ(模擬)と二人の審査"});
  MIBUN_TRY(const Finished proved, wallet({"prove", "--passport", world_.passport_directory()}, lines({kPassphrase})));
  case_id_ = proved.essential("case");
  MIBUN_CHECK(require(!case_id_.empty(), "case id"));
  MIBUN_CHECK(reviewer("akari", {"case", "show", case_id_}));
  MIBUN_CHECK(reviewer("akari", {"case", "approve", case_id_}));
  MIBUN_CHECK(reviewer("akari", {"case", "approve", case_id_}, kExitRefused));
  fact({"The same person cannot approve twice.", "同じ担当者が二度承認することはできません。"});
  MIBUN_CHECK(reviewer("minoru", {"case", "approve", case_id_}));
  fact({"Two different people approved.", "異なる二人が承認しました。"});
  return {};
}

Status Story::receiving() {
  chapter({"Receive: a batch of ten cards", "受け取り: カード10枚の控え"});
  MIBUN_TRY(const Finished received, wallet({"receive"}, lines({kPassphrase, "1"})));
  MIBUN_CHECK(require(received.essential("copies") == std::to_string(kBatch), "ten copies"));
  fact({"Ten SD-JWT VCs by OpenID4VCI: each with its own key, salts and status index.",
        "OpenID4VCI による SD-JWT VC 10枚: それぞれに別の鍵・ソルト・失効番号"});
  return {};
}

Status Story::asking() {
  chapter({"Be asked: a shop wants a name and an age over 20", "求められる: お店が氏名と20歳以上かを確認したい"});
  MIBUN_CHECK(reviewer("akari", {"partner", "register", world_.demo_directory + "/shop.json"}));
  MIBUN_CHECK(shop({"request", "--claims", "given_name,birthdate"}, kExitRefused));
  fact({"The gateway refuses what is outside the shop's registration.", "登録外の項目の要求は窓口が拒否します。"});
  MIBUN_TRY(const auto rogue, RogueGateway::start(world_.server_directory + "/keys", origin_, clock_, rng_));
  MIBUN_TRY(const Finished inside, wallet({"present", rogue.wallet_link()}, lines({kPassphrase}), kExitRefused, false));
  MIBUN_CHECK(require(contains(inside.errors, "http_url_not_allowed") && !rogue.was_asked(),
                      "a link into the own network is not followed"));
  MIBUN_TRY(const Finished stopped, wallet({"present", rogue.wallet_link(), "--allow-origin", rogue.origin()},
                                           lines({kPassphrase, "y", kPassphrase}), kExitRefused, false));
  MIBUN_CHECK(require(contains(stopped.errors, "oid4vp_claim_not_registered") && !rogue.was_answered(),
                      "the wallet stops over-asking"));
  fact({"The wallet stops such a request by itself, even when a gateway signs it; nothing is sent.",
        "窓口が署名しても、ウォレット自身がその要求を止めます。何も送信されません。"});
  MIBUN_TRY(const Finished asked, shop({"request", "--claims", "given_name,family_name,age_equal_or_over.20"}));
  request_id_ = asked.essential("request_id");
  wallet_link_ = asked.essential("wallet_link");
  session_secret_ = asked.essential("session_secret");
  return require(!request_id_.empty() && !wallet_link_.empty(), "request");
}

Status Story::consent() {
  chapter({"Consent and present: exactly these facts, this once", "同意して提供: この項目だけを、今回だけ"});
  MIBUN_TRY(const Finished shown, wallet({"present", wallet_link_}, lines({kPassphrase, "y", kPassphrase})));
  response_code_ = response_code_of(shown.essential("redirect"));
  MIBUN_CHECK(require(!response_code_.empty(), "response_code"));
  // Somebody else's session asks with the code that came back: nothing is handed over, and nothing is lost.
  MIBUN_TRY(const Finished stranger, shop({"request", "--claims", "given_name"}));
  MIBUN_CHECK(shop({"result", request_id_, "--session-secret", stranger.essential("session_secret"), "--response-code",
                    response_code_},
                   kExitRefused));
  fact({"Only the browser session that asked gets the answer.", "回答を受け取れるのは、求めたブラウザーだけです。"});
  const std::vector<std::string> take{
      "result",          request_id_,    "--session-secret", session_secret_,
      "--response-code", response_code_, "--receipt",        world_.state + "/shop-receipt.jwt"};
  MIBUN_TRY(const Finished result, shop(take));
  MIBUN_TRY(const DemoPerson person, read_demo_person(world_));
  MIBUN_CHECK(require(contains(result.output, person.given_name) && contains(result.output, "\"20\":true"), "claims"));
  MIBUN_CHECK(require(!contains(result.output, person.birthdate), "the birth date stays"));
  fact({"The shop has the name and \"over 20\", and no birth date.",
        "お店に渡ったのは氏名と「20歳以上」だけで、生年月日は渡っていません。"});
  MIBUN_CHECK(shop(take, kExitRefused));
  fact({"The result is handed over once.", "結果を受け取れるのは一度だけです。"});

  MIBUN_TRY(const Finished again, shop({"request", "--claims", "given_name"}));
  MIBUN_TRY(const Finished refused,
            wallet({"present", again.essential("wallet_link")}, lines({kPassphrase, "n"}), kExitRefused, false));
  MIBUN_CHECK(require(refused.essential("outcome") == "refused", "refusing"));
  MIBUN_TRY(const Finished state, shop({"status", again.essential("request_id")}));
  MIBUN_CHECK(require(state.essential("state") == "refused", "refused"));
  fact({"Asked once more, the person stops: the shop gets access_denied and nothing else.",
        "もう一度求められて中止すると、お店には access_denied だけが伝わります。"});
  return {};
}

Status Story::another_device() {
  chapter({"On another device: a code from the page", "別の端末で: 画面の番号を入力する"});
  MIBUN_TRY(const Finished asked, shop({"request", "--cross-device", "--claims", "given_name"}));
  const std::string code = asked.essential("pairing_code");
  const std::string wrong = std::string(code.begin(), code.end() - 1) + (code.back() == '0' ? "1" : "0");
  MIBUN_TRY(const Finished shown, wallet({"present", asked.essential("wallet_link")},
                                         lines({kPassphrase, "y", wrong, "y", kPassphrase, code})));
  MIBUN_CHECK(require(shown.essential("outcome") == "shared" && shown.essential("redirect").empty(), "another device"));
  MIBUN_TRY(const Finished result,
            shop({"result", asked.essential("request_id"), "--session-secret", asked.essential("session_secret")}));
  MIBUN_CHECK(require(result.essential("presentation_channel") == "cross_device_code", "the lower label"));
  fact({"On another device the code from the page decides, and the shop sees the lower label.",
        "別の端末では画面の番号が必要です。お店には確かさの低い方法だったことも伝わります。"});
  return {};
}

Status Story::receipts() {
  chapter({"Proof for both: the same signed receipt", "双方の証拠: 同じ署名付き受領証"});
  const std::string mine = world_.state + "/wallet-receipt.jwt";
  const std::string theirs = world_.state + "/shop-receipt.jwt";
  MIBUN_CHECK(wallet({"receipts", "--save", mine}, lines({kPassphrase}), kExitOk, false));
  MIBUN_TRY(const std::string mine_text, read_text_file(mine));
  MIBUN_TRY(const std::string theirs_text, read_text_file(theirs));
  MIBUN_CHECK(require(!mine_text.empty() && mine_text == theirs_text, "same receipt"));
  fact({"Wallet and shop hold the same bytes.", "ウォレットとお店の受領証は同じものです。"});
  MIBUN_CHECK(command({"check", "receipt", mine, "--trust", trust_file_}, {}));
  std::string forged = theirs_text;
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  MIBUN_CHECK(write_text_file(world_.state + "/forged-receipt.jwt", forged));
  MIBUN_CHECK(command({"check", "receipt", world_.state + "/forged-receipt.jwt", "--trust", trust_file_}, {},
                      kExitRefused, false));
  fact({"Checked offline with public keys; one changed character is noticed.",
        "公開鍵だけで手元で確認できます。1文字の変更も見つかります。"});
  return {};
}

Status Story::history() {
  chapter({"History: everything that happened, in Japan time", "利用履歴: すべての出来事を日本時間で"});
  MIBUN_TRY(const Finished shown, wallet({"history"}, lines({kPassphrase})));
  MIBUN_TRY(const Finished as_json, wallet({"history", "--json"}, lines({kPassphrase}), kExitOk, false));
  for (const std::string_view kind : {"registered", "proofing", "received", "shared", "refused", "staff_viewed"}) {
    MIBUN_CHECK(require(contains(as_json.output, kind), kind));
  }
  MIBUN_CHECK(require(contains(shown.output, "+09:00") || contains(as_json.output, "+09:00"), "JST"));
  fact({"Registered, proved, received, shared, refused, and each look by staff.",
        "登録・本人確認・受け取り・提供・中止、そして担当者の閲覧まで記録されています。"});
  return {};
}

Status Story::disappearing() {
  chapter({"Disappear: erased, and shown to be erased", "消える: 消去し、消えたことを示す"});
  // A thief's copy of the wallet, taken before.
  const std::string stolen = world_.state + "/stolen-wallet";
  std::error_code error;
  std::filesystem::copy(home_, stolen, std::filesystem::copy_options::recursive, error);
  MIBUN_CHECK(require(!error, "copy of the wallet"));
  MIBUN_TRY(const Finished asked, shop({"request", "--claims", "given_name"}));

  const std::string receipt = world_.state + "/erasure-receipt.jwt";
  MIBUN_CHECK(wallet({"delete-account", "--receipt", receipt}, lines({kPassphrase, "y", kPassphrase})));
  MIBUN_CHECK(command({"check", "receipt", receipt, "--trust", trust_file_}, {}));

  MIBUN_TRY(const DemoPerson person, read_demo_person(world_));
  const std::vector<std::string> values{person.given_name, person.family_name, person.birthdate,
                                        person.document_number};
  const ValueSearch search(values);
  MIBUN_CHECK(require(search.control(person.given_name) == search.encodings(), "the search finds what is there"));
  MIBUN_TRY(const auto report, search.folder(world_.server_directory));
  for (const std::string& hit : report.hits) terminal_.error_line(hit);
  MIBUN_CHECK(require(report.files > 5 && report.hits.empty(), "nothing left"));
  const std::string files = std::to_string(report.files), kib = std::to_string(report.bytes / 1024),
                    patterns = std::to_string(report.patterns), encodings = std::to_string(search.encodings());
  const std::string en = "Searched " + files + " files (" + kib + " KiB) of the server for " + patterns +
                         " forms of the person's values: 0 hits. (Control: planted values are found in " + encodings +
                         " of " + encodings + " encodings.)";
  const std::string ja = "サーバーの全ファイル " + files + " 個 (" + kib + " KiB) を本人の値の " + patterns +
                         " 通りの形で検索: 0 件 (対照: 置いた値は " + encodings + " 通りすべてで見つかります)";
  fact({en, ja});

  MIBUN_TRY(const std::size_t revoked, count_revoked(*client_, origin_, trust_json_, clock_.now()));
  MIBUN_CHECK(require(revoked == kBatch, "status list"));
  fact({"The status list says revoked for all ten copies.", "失効リストで10枚すべてが失効になっています。"});
  MIBUN_TRY(const Finished late, wallet({"present", asked.essential("wallet_link"), "--home", stolen},
                                        lines({kPassphrase, "y", kPassphrase, kPassphrase}), kExitRefused, false));
  MIBUN_CHECK(require(late.essential("outcome") == "rejected", "stolen copy"));
  MIBUN_TRY(const Finished state, shop({"status", asked.essential("request_id")}));
  MIBUN_CHECK(require(state.essential("state") == "waiting", "nothing was accepted"));
  fact({"A stolen copy of the wallet is refused with the old card.", "盗まれた控えの古いカードは受け付けられません。"});
  return {};
}

Status Story::tell() {
  MIBUN_TRY(const std::string ca_pem, read_text_file(ca_file_));
  MIBUN_TRY(auto server, http::Destinations::only({origin_}));
  client_ = std::make_unique<http::Client>(http::ClientOptions{.destinations = std::move(server), .trust_pem = ca_pem});
  MIBUN_TRY(trust_json_, fetch(*client_, origin_ + "/.well-known/mibun-trust.json"));
  MIBUN_CHECK(write_text_file(trust_file_, trust_json_));
  MIBUN_CHECK(registration());
  MIBUN_CHECK(proof_of_identity());
  MIBUN_CHECK(receiving());
  MIBUN_CHECK(asking());
  MIBUN_CHECK(consent());
  MIBUN_CHECK(receipts());
  MIBUN_CHECK(another_device());
  MIBUN_CHECK(history());
  return disappearing();
}

}  // namespace mibun::cli
