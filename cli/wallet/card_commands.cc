#include "cli/wallet/choice_screens.h"
#include "cli/wallet/commands.h"
#include "cli/wallet/nearby_screens.h"
#include "cli/wallet/offer_screens.h"
#include "cli/wallet/receive_screens.h"
#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "cli/wallet/session.h"
#include "cli/world/passport.h"
#include "platform/files/files.h"
#include "platform/qr/svg.h"
#include "wallet/receipts.h"

// prove, receive, present, history, receipts: what is done with cards.
namespace mibun::cli {
namespace {

constexpr std::size_t kBrowserRequestBytesMax = 256 * 1024;

void say_simulated(const Terminal& terminal) {
  terminal.line(terminal.bold("⚠ " + pick(terminal, wallet::word(wallet::Word::simulated_chip))));
  terminal.line(
      Text{"What is read: name, date of birth, sex, nationality, number and expiry of the passport, portrait, and a "
           "signature of the chip made for this wallet.",
           "読み取るもの: 氏名・生年月日・性別・国籍・旅券番号・有効期限・顔写真、およびこのウォレットのために"
           "チップが作る署名。"});
}

Status do_prove(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_TRY(const auto chip, open_passport_directory(options.passport));
  say_simulated(terminal);
  auto proof = wallet::prove(session->host(), session->api(), session->profile(), *chip);
  if (!proof) {
    const auto& refusal = session->api().refusal();
    if (refusal) {
      if (const auto findings = wallet::read_findings(refusal->document)) draw_findings(terminal, *findings);
    }
    return pass_error(proof);
  }
  draw_findings(terminal, proof->findings);
  essential(terminal, "case", proof->case_id);
  essential(terminal, "state", proof->state);
  terminal.line(Text{"Two people will look at it. See how it goes with: mibun wallet status",
                     "二人の担当者が審査します。状況は mibun wallet status で確認できます。"});
  return {};
}

// An offer that came by link is asked about; one of our own server was asked for by this command itself, and its code
// came over the authenticated way.
wallet::ReceiveDecision ask_to_receive(const Terminal& terminal, Session& session, Agreement agreement,
                                       const oid4vci::AskHolder& question) {
  wallet::ReceiveDecision decision;
  if (!draw_offer(terminal, session, question)) return decision;
  const auto chosen = choose_card(terminal, question, agreement);
  decision.agreed = chosen.has_value();
  decision.configuration_id = chosen.value_or("");
  return decision;
}

wallet::ReceiveDecision ask_with_code(const Terminal& terminal, Session& session, const oid4vci::AskHolder& question) {
  wallet::ReceiveDecision decision = ask_to_receive(terminal, session, Agreement::ask, question);
  if (!decision.agreed || !question.tx_code) return decision;
  const auto code = terminal.ask_secret({"Code you were given:", "お知らせした番号:"});
  decision.agreed = code.has_value();
  if (code) decision.tx_code = std::string(as_text(code->reveal()));
  return decision;
}

// At the server of this wallet its own key signs in; everywhere else the person does it in a browser and brings back
// the address that they ended at.
Result<std::string> visit_server(const Terminal& terminal, Session& session, const oid4vci::OpenAuthorization& visit) {
  if (wallet::is_own_server(visit, session.profile())) {
    return wallet::sign_in(session.host(), session.api(), session.profile(), visit);
  }
  terminal.line(Text{"Open this address in a browser and sign in there:",
                     "次のアドレスをブラウザーで開き、そこで"
                     "サインインしてください:"});
  essential(terminal, "open", visit.url);
  const auto pasted = terminal.ask_secret({"Paste the address that the browser ended at (mibun-wallet://...):",
                                           "最後に開いたアドレス (mibun-wallet://...) を貼り付けてください:"});
  if (!pasted) return std::unexpected(pasted.error());
  return std::string(as_text(pasted->reveal()));
}

// An offer by reference is fetched only when the person says so; one of our own server is nobody else's.
bool may_fetch_offer(const Terminal& terminal, const std::string& own_server,
                     const oid4vci::OfferReference& reference) {
  if (reference.origin() == own_server) return true;
  terminal.line(Text{"The offer has to be fetched from:", "次の場所から受け取り案内を読み込みます:"});
  essential(terminal, "from", printable(reference.origin()));
  return terminal.ask_yes({"Fetch it? [y/N]", "読み込みますか? [y/N]"});
}

wallet::ReceiveTalk talk_to_person(const Terminal& terminal, Session& session) {
  return {.ask = [&](const auto& question) { return ask_with_code(terminal, session, question); },
          .visit = [&](const auto& visit) { return visit_server(terminal, session, visit); },
          .may_fetch =
              [&](const auto& reference) { return may_fetch_offer(terminal, session.profile().origin, reference); }};
}

Result<wallet::ReceiveOutcome> receive_card(const Terminal& terminal, Session& session, const WalletOptions& options) {
  wallet::WalletProvider provider(session.host(), session.api(), session.profile());
  if (!options.issuer.empty()) {
    return wallet::receive_from(session.host(), provider,
                                {.credential_issuer = options.issuer, .configuration_id = options.configuration},
                                talk_to_person(terminal, session));
  }
  if (!options.link.empty()) {
    return wallet::receive(session.host(), provider, options.link, talk_to_person(terminal, session),
                           options.configuration);
  }
  MIBUN_TRY(const auto offer,
            wallet::open_offer(session.host(), session.api(), session.profile(), options.before_decision));
  const auto answer = [&](const oid4vci::AskHolder& question) {
    // A code that was wrong once is wrong again.
    if (question.tx_code_was_wrong) return wallet::ReceiveDecision{};
    wallet::ReceiveDecision decision = ask_to_receive(terminal, session, Agreement::given, question);
    if (question.tx_code) decision.tx_code = offer.tx_code;
    return decision;
  };
  return wallet::receive(session.host(), provider, offer.credential_offer, {.ask = answer}, options.configuration);
}

Status do_receive(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_TRY(const auto outcome, receive_card(terminal, *session, options));
  draw_outcome(terminal, outcome, session->host().clock.now());
  return {};
}

// The person may keep the card in a wallet that somebody else made.
Status do_offer(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_TRY(const auto offer,
            wallet::open_offer(session->host(), session->api(), session->profile(), options.before_decision));
  terminal.line(Text{
      "Scan the QR code with the other wallet, or open the link there, and type the code. They work once; show them to "
      "nobody.",
      "QRコードを別のウォレットで読み取るか、リンクを開き、番号を入力してください。一度だけ使えます。人に見せないで"
      "ください。"});
  MIBUN_TRY(const qr::Symbol symbol, qr::Symbol::encode(offer.by_reference));
  terminal.line(qr::half_blocks(symbol, terminal.is_colourful() ? qr::Colours::black_on_white : qr::Colours::terminal));
  essential(terminal, "offer", offer.credential_offer);
  essential(terminal, "offer by reference", offer.by_reference);
  essential(terminal, "tx_code", offer.tx_code);
  if (options.save_file.empty()) return {};
  const std::string title(terminal.say(
      {"QR code: an offer to add a card. The same as a link: ", "QRコード: カードの受け取り案内。リンクで開く場合: "}));
  MIBUN_CHECK(files::write_file_atomic(options.save_file, as_bytes(qr::svg(symbol, title + offer.by_reference))));
  essential(terminal, "saved", options.save_file);
  return {};
}

// The device key of this wallet signs in where the page would have asked for the passkey.
Status do_sign_in(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  terminal.line(printable(options.link));
  if (!terminal.ask_yes({"Does another wallet of yours ask for this? It will receive your card. [y/N]",
                         "あなたの別のウォレットからの依頼ですか? そのウォレットがカードを受け取ります。[y/N]"})) {
    return fail(ErrorCode::wallet_holder_refused, "sign-in");
  }
  MIBUN_TRY(const std::string redirect,
            wallet::sign_in(session->host(), session->api(), session->profile(), {options.link, {}}));
  essential(terminal, "redirect", redirect);
  return {};
}

std::optional<std::string> ask_code(const Terminal& terminal) {
  const auto code = terminal.ask_secret({"The six digits that the page shows:", "画面に表示された6桁の番号:"});
  return code ? std::optional(std::string(as_text(code->reveal()))) : std::nullopt;
}

// The page that asks is on another device. A QR code can be copied to any page; the person is the only one who can see
// on which page this one stands.
std::optional<std::string> ask_pairing_code(const Terminal& terminal, const oid4vp::AskHolder& ask) {
  draw_website_check(terminal, ask);
  if (!terminal.ask_yes(
          {"Does the address begin exactly like that? [y/N]", "アドレスはこのとおりに始まっていますか? [y/N]"})) {
    return std::nullopt;
  }
  return ask_code(terminal);
}

std::optional<std::string> ask_code_again(const Terminal& terminal, const std::string& website) {
  terminal.error_line(terminal.bad(terminal.say({"That is not the code on the page of ", "番号が違います: "})) +
                      printable(website));
  const auto code = ask_code(terminal);
  return code && oid4vp::is_pairing_code(*code) ? code : std::nullopt;
}

Result<wallet::Answer> ask_to_share(const Terminal& terminal, const WalletOptions& options,
                                    const wallet::ConsentQuestion& question) {
  wallet::Answer answer;
  answer.language = terminal.language() == Language::japanese ? "ja" : "en";
  if (!question.can_share()) {
    draw_missing(terminal, question);
    return answer;
  }
  MIBUN_TRY(const wallet::Choosing choosing, choose(question, options));
  if (options.look) {
    draw_consent(terminal, question, choosing);
    return fail(ErrorCode::wallet_holder_refused, "--look");
  }
  if (choosing.shown().empty()) {  // all of it is optional
    draw_consent(terminal, question, choosing);
    return fail(ErrorCode::oid4vp_nothing_to_present, "--also");
  }
  if (question.ask.pairing) {
    answer.pairing_code = ask_pairing_code(terminal, question.ask);
    if (!answer.pairing_code) return answer;
  }
  draw_consent(terminal, question, choosing);
  const bool yes = terminal.ask_yes({"Share this? y: share, anything else: stop [y/N]",
                                     "この内容を提供しますか? y: 提供する、その他: 中止する [y/N]"});
  if (!yes) return answer;
  answer.decision = wallet::Decision::agree;
  answer.choice = choosing.choice();
  return answer;
}

// Cards that might have answered, if their issuers had not stopped them.
void draw_stopped_cards(const Terminal& terminal, const Session& session) {
  const wallet::Host& host = session.host();
  const auto cards = wallet::CardStore(host.store, host.keys).list();
  if (!cards) return;
  for (const wallet::Card& card : *cards) draw_stopped(terminal, card);
}

int report_presented(const Terminal& terminal, const Session& session, const wallet::Presented& presented) {
  using Outcome = wallet::Presented::Outcome;
  essential(terminal, "outcome", wallet::to_string(presented.outcome));
  if (presented.redirect_uri) essential(terminal, "redirect", *presented.redirect_uri);
  if (presented.outcome == Outcome::refused) return report_error(terminal, {ErrorCode::wallet_holder_refused, {}, {}});
  if (presented.outcome == Outcome::nothing_matches) {
    draw_stopped_cards(terminal, session);
    return report_error(terminal, {ErrorCode::wallet_no_matching_card, {}, {}});
  }
  if (presented.outcome == Outcome::pairing_code_locked) {
    return report_error(terminal, {ErrorCode::pairing_code_locked, {}, {}});
  }
  if (presented.outcome == Outcome::rejected) {
    terminal.error_line(terminal.bad(terminal.say(
        {"error: The organisation did not accept the answer: the card may be revoked, or the request was answered "
         "already.",
         "エラー: 提供先が回答を受け付けませんでした。カードが失効しているか、依頼に回答済みの可能性があります。"})));
    return kExitRefused;
  }
  if (presented.receipt) {
    essential(terminal, "receipt", *presented.receipt);
  } else if (presented.why_no_receipt) {
    terminal.error_line(std::string(terminal.say({"The receipt is not here yet: ", "受領証はまだ届いていません: "})) +
                        std::string(to_string(presented.why_no_receipt->code)) + " · mibun wallet receipts");
  }
  terminal.line(terminal.good(terminal.say({"✓ Shared. See it later with: mibun wallet history",
                                            "✓ 提供しました。履歴は mibun wallet history で確認できます。"})));
  return kExitOk;
}

int report(const Terminal& terminal, const WalletOptions& options, const Session& session,
           const Result<wallet::Presented>& presented) {
  if (presented) return report_presented(terminal, session, *presented);
  const bool looked = options.look && presented.error().code == ErrorCode::wallet_holder_refused;
  return looked ? kExitOk : report_error(terminal, presented.error());
}

// Answers in the clear only where the person says so.
oid4vp::RequestProfile answered_requests(const WalletOptions& options) {
  return options.also_unencrypted ? oid4vp::openid4vp_profile() : oid4vp::encrypted_profile();
}

// What an operating system does between browser and wallet, with two files.
Result<wallet::Presented> present_to_browser(const Terminal& terminal, Session& session, const WalletOptions& options) {
  if (options.browser_request.empty()) return fail(ErrorCode::invalid_argument, "link", "a link or --browser-request");
  MIBUN_TRY(const Bytes text, files::read_file(options.browser_request, kBrowserRequestBytesMax));
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(text), {.bytes_max = kBrowserRequestBytesMax}));
  json::ObjectReader reader(object, "request");
  wallet::BrowserRequest request;
  MIBUN_TRY(request.protocol, reader.string("protocol"));
  MIBUN_TRY(const json::Object* const data, reader.object("data"));
  request.data = *data;
  request.origin = options.origin;
  MIBUN_TRY(auto presented,
            wallet::answer_browser(
                session.host(), session.api(), session.profile(), request, answered_requests(options),
                [&](const wallet::ConsentQuestion& question) { return ask_to_share(terminal, options, question); }));
  if (presented.for_browser) {
    const json::Object answer{{"protocol", presented.for_browser->protocol}, {"data", presented.for_browser->data}};
    MIBUN_CHECK(files::write_file_atomic(options.save_file, as_bytes(json::serialize(answer))));
  }
  return presented;
}

Status do_history(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_TRY(const auto view, wallet::merged_history(session->host(), session->api(), session->profile()));
  if (options.as_json)
    terminal.line(history_json(view));
  else
    draw_history(terminal, view);
  return {};
}

// The text of the latest one, of either kind; nullptr: none.
const std::string* latest(const std::vector<wallet::KeptReceipt>& receipts,
                          const std::vector<wallet::KeptNearbyReceipt>& nearby) {
  const std::string* newest = nullptr;
  Instant newest_at;
  const auto look_at = [&](const std::string& text, Instant at) {
    if (newest != nullptr && at <= newest_at) return;
    newest = &text;
    newest_at = at;
  };
  for (const auto& kept : receipts) {
    const auto* consent = std::get_if<receipt::ConsentReceipt>(&kept.checked.content);
    look_at(kept.text, consent != nullptr ? consent->issued_at : Instant());
  }
  for (const auto& kept : nearby) look_at(kept.text, kept.receipt.at);
  return newest;
}

Status do_receipts(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_TRY(const std::size_t missing, wallet::fetch_missing_receipts(session->host()));
  MIBUN_TRY(const auto receipts, wallet::list_receipts(session->host()));
  for (const wallet::KeptReceipt& kept : receipts) {
    draw_receipt(terminal, kept.checked);
    essential(terminal, "receipt", kept.name);
  }
  MIBUN_TRY(const auto nearby, wallet::list_nearby_receipts(session->host()));
  for (const wallet::KeptNearbyReceipt& kept : nearby) {
    draw_nearby_receipt(terminal, kept.receipt);
    essential(terminal, "receipt", kept.name);
  }
  essential(terminal, "receipts", std::to_string(receipts.size() + nearby.size()));
  essential(terminal, "missing", std::to_string(missing));
  if (options.save_file.empty()) return {};
  const std::string* newest = latest(receipts, nearby);
  if (newest == nullptr) return fail(ErrorCode::not_found, "receipt");
  MIBUN_CHECK(files::write_file_atomic(options.save_file, as_bytes(*newest)));
  essential(terminal, "saved", options.save_file);
  return {};
}

int exit_code_of(const Terminal& terminal, const Status& status) {
  return status ? kExitOk : report_error(terminal, status.error());
}

}  // namespace

int run_prove(const Terminal& terminal, const WalletOptions& options) {
  return exit_code_of(terminal, do_prove(terminal, options));
}

int run_receive(const Terminal& terminal, const WalletOptions& options) {
  return exit_code_of(terminal, do_receive(terminal, options));
}

int run_offer(const Terminal& terminal, const WalletOptions& options) {
  return exit_code_of(terminal, do_offer(terminal, options));
}

int run_sign_in(const Terminal& terminal, const WalletOptions& options) {
  return exit_code_of(terminal, do_sign_in(terminal, options));
}

int run_present(const Terminal& terminal, const WalletOptions& options) {
  const auto session = Session::open(options, terminal);
  if (!session) return report_error(terminal, session.error());
  // The unlocking serves for the history's copy at the server; sharing asks again.
  if (const auto verified = (*session)->api().verify_user("present"); !verified) {
    return report_error(terminal, verified.error());
  }
  if (options.link.empty()) {
    return report(terminal, options, **session, present_to_browser(terminal, **session, options));
  }
  const auto presented = wallet::answer_request(
      (*session)->host(), (*session)->api(), (*session)->profile(), options.link, answered_requests(options),
      [&](const wallet::ConsentQuestion& question) { return ask_to_share(terminal, options, question); },
      [&](const std::string& website) { return ask_code_again(terminal, website); });
  return report(terminal, options, **session, presented);
}

int run_history(const Terminal& terminal, const WalletOptions& options) {
  return exit_code_of(terminal, do_history(terminal, options));
}

int run_receipts(const Terminal& terminal, const WalletOptions& options) {
  return exit_code_of(terminal, do_receipts(terminal, options));
}

}  // namespace mibun::cli
