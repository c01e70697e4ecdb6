#include "cli/reader/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/client/api_client.h"
#include "cli/reader/question.h"
#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "core/mdoc/doc_types.h"
#include "platform/transport/socket.h"
#include "wallet/element_labels.h"
#include "wallet/trust.h"

namespace mibun::cli {
namespace {

using proximity::ReaderFinished;
using proximity::ReaderStep;

struct ReaderOptions {
  std::string engagement, trust_file, certificate_file, key_file, registration_file;
  std::string doc_type{mdoc::kMdlDocType};
  std::vector<std::string> elements, retained, status_files, issuer_list_files;
  bool anonymous = false, accept_without_status = false;
};

// What a reader knows before it meets anybody.
struct ReaderDesk {
  wallet::TrustList trust;
  std::optional<crypto::P256PrivateKey> key;
  std::vector<Bytes> chain;
  std::string registration;
  std::vector<status_list::VerifiedStatusList> status_lists;
};

Result<std::string> read_line_file(const std::string& path) {
  MIBUN_TRY(std::string line, read_text_file(path));
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return line;
}

Status read_identity(ReaderDesk& desk, const ReaderOptions& options) {
  if (options.anonymous) return {};
  if (options.certificate_file.empty() || options.key_file.empty()) {
    return fail(ErrorCode::invalid_argument, "--certificate, --key", "who asks; or say --anonymous");
  }
  MIBUN_TRY(const std::string certificates, read_text_file(options.certificate_file));
  MIBUN_TRY(desk.chain, crypto::certificates_from_pem(certificates));
  MIBUN_TRY(const std::string key, read_text_file(options.key_file));
  MIBUN_TRY(desk.key, crypto::private_key_from_pem(key));
  if (options.registration_file.empty()) return {};
  MIBUN_TRY(desk.registration, read_line_file(options.registration_file));
  return {};
}

// "https://issuer.example/status/1=FILE": a token names its list, and the reader must know which one it wanted.
Status read_status_list(ReaderDesk& desk, const std::string& option, Instant now) {
  const auto equals = option.rfind('=');
  if (equals == std::string::npos) return fail(ErrorCode::invalid_argument, "--status-list", "URI=FILE");
  const std::string uri = option.substr(0, equals);
  MIBUN_TRY(const std::string token, read_line_file(option.substr(equals + 1)));
  auto list = status_list::VerifiedStatusList::verify(token, {.expected_uri = uri, .issuers = desk.trust.iaca}, now);
  if (!list) {  // an issuer of both formats keeps one list for them
    list = status_list::VerifiedStatusList::verify(
        token, {.expected_uri = uri, .issuers = desk.trust.credential_issuers}, now);
  }
  if (!list) return pass_error(list);
  desk.status_lists.push_back(std::move(*list));
  return {};
}

Result<crypto::Crl> read_issuer_list(const std::string& path) {
  MIBUN_TRY(const std::string text, read_text_file(path));
  return text.starts_with("-----BEGIN") ? crypto::Crl::from_pem(text) : crypto::Crl::parse(as_bytes(text));
}

// Nobody is asked for what could not be believed: issuers of this type have lists, and there is none.
Status check_issuer_lists(const wallet::TrustList& trust, const ReaderOptions& options) {
  if (!options.issuer_list_files.empty()) return {};
  for (const auto& row : trust.issuers_crl) {
    if (!row.is_mdoc) continue;
    const auto& types = trust.mdoc_issuers.issuers().at(row.row).types;
    if (std::ranges::find(types, options.doc_type) == types.end()) continue;
    return fail(ErrorCode::invalid_argument, "--issuer-list", "the trust list names " + row.paths.front());
  }
  return {};
}

Result<wallet::TrustList> read_trust(const ReaderOptions& options) {
  MIBUN_TRY(const std::string text, read_text_file(options.trust_file));
  std::vector<crypto::Crl> lists;
  for (const std::string& path : options.issuer_list_files) {
    MIBUN_TRY(crypto::Crl list, read_issuer_list(path));
    lists.push_back(std::move(list));
  }
  MIBUN_TRY(wallet::TrustList trust, wallet::parse_trust(text, lists));
  MIBUN_CHECK(check_issuer_lists(trust, options));
  return trust;
}

Result<ReaderDesk> open_desk(const ReaderOptions& options, Instant now) {
  MIBUN_TRY(wallet::TrustList trust, read_trust(options));
  ReaderDesk desk{.trust = std::move(trust), .key = {}, .chain = {}, .registration = {}, .status_lists = {}};
  MIBUN_CHECK(read_identity(desk, options));
  for (const std::string& option : options.status_files) MIBUN_CHECK(read_status_list(desk, option, now));
  return desk;
}

proximity::ReaderPolicy policy_of(const ReaderDesk& desk, const ReaderOptions& options) {
  using enum proximity::WithoutStatus;
  proximity::ReaderPolicy policy{.issuers = desk.trust.mdoc_issuers,
                                 .identity = proximity::AnonymousReader{},
                                 .status_lists = desk.status_lists,
                                 .without_status = options.accept_without_status ? accept_and_say : refuse};
  if (desk.key) policy.identity.emplace<proximity::ReaderIdentity>(*desk.key, desk.chain, desk.registration);
  return policy;
}

Result<ReaderStep> listen(proximity::ReaderFlow& flow, proximity::Wire& wire, Instant until, const Clock& clock) {
  auto received = wire.receive(until);
  if (!received) return flow.advance(proximity::ConnectionLost{}, clock.now());
  if (!*received) return flow.advance(proximity::TimePassed{}, clock.now());
  return flow.advance(proximity::MessageArrived{std::move(**received)}, clock.now());
}

Result<ReaderFinished> ask(const ReaderOptions& options, const ReaderDesk& desk, const Clock& clock) {
  MIBUN_TRY(auto question, make_question(options.doc_type, options.elements, options.retained));
  MIBUN_TRY(auto flow, proximity::ReaderFlow::make(policy_of(desk, options), {std::move(question)}));
  MIBUN_TRY(ReaderStep step, flow.advance(proximity::Scanned{options.engagement}, clock.now()));
  MIBUN_TRY(const auto address, proximity::find_socket(*flow.engagement()));
  MIBUN_TRY(const auto wire, transport::connect_to(address, clock, clock.now() + transport::kFrameTime));
  const auto first = std::get<proximity::SendMessage>(std::move(step));
  MIBUN_CHECK(wire->send(first.message));
  MIBUN_TRY(step, listen(flow, *wire, first.until, clock));
  while (const auto* wait = std::get_if<proximity::AwaitMessage>(&step)) {
    MIBUN_TRY(step, listen(flow, *wire, wait->until, clock));
  }
  auto finished = std::get<ReaderFinished>(std::move(step));
  if (finished.farewell) (void)wire->send(*finished.farewell);  // whether or not it arrives
  return finished;
}

std::string_view status_word(proximity::DocumentStatus status) {
  switch (status) {
    case proximity::DocumentStatus::valid:
      return "valid";
    case proximity::DocumentStatus::has_none:
      return "none";
    case proximity::DocumentStatus::not_checked:
      return "not_checked";
  }
  return "not_checked";
}

std::string_view age_word(mdoc::AgeAnswer age) {
  switch (age) {
    case mdoc::AgeAnswer::at_least:
      return "yes";
    case mdoc::AgeAnswer::below:
      return "no";
    case mdoc::AgeAnswer::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string value_text(const Terminal& terminal, const proximity::ElementAnswer& element) {
  if (element.age) return std::string(age_word(*element.age));
  if (!element.value) return std::string(terminal.say({"(not shown)", "(提示されていません)"}));
  return pick(terminal, wallet::element_value(element.identifier, *element.value));
}

void show_document(const Terminal& terminal, const proximity::DocumentAnswer& answer) {
  terminal.line(terminal.good(terminal.say({"✓ Verified: issued by ", "✓ 確認しました。発行者: "})) +
                printable(answer.document->document_signer().organization()));
  essential(terminal, "doctype", answer.document->doc_type());
  essential(terminal, "status", status_word(answer.status));
  if (answer.status == proximity::DocumentStatus::not_checked) {
    terminal.line(Text{"Whether this card still counts was NOT checked.", "このカードが有効かは確認していません。"});
  }
  for (const auto& element : answer.elements) essential(terminal, element.identifier, value_text(terminal, element));
}

int show(const Terminal& terminal, const ReaderFinished& finished) {
  if (finished.answer) {
    essential(terminal, "outcome", "answered");
    for (const auto& document : finished.answer->documents()) show_document(terminal, document);
    return kExitOk;
  }
  essential(terminal, "outcome", finished.outcome == proximity::ReaderOutcome::withheld ? "withheld" : "failed");
  return terminal.report(finished.why.value_or(Error{ErrorCode::wallet_connection_lost, {}, {}}));
}

int run(const Terminal& terminal, const ReaderOptions& options) {
  const SystemClock clock;
  const auto desk = open_desk(options, clock.now());
  if (!desk) return terminal.report(desk.error());
  const auto finished = ask(options, *desk, clock);
  return finished ? show(terminal, *finished) : terminal.report(finished.error());
}

}  // namespace

void add_reader_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  auto options = std::make_shared<ReaderOptions>();
  CLI::App* command =
      app.add_subcommand("reader", "asks a wallet that is here, by its QR code / 目の前のウォレットに求める");
  command->add_option("engagement", options->engagement, "mdoc:... as the wallet shows it")->required();
  command->add_option("--elements", options->elements, "age_over_20,family_name; or name.space/element")
      ->delimiter(',')
      ->required();
  command->add_option("--keep", options->retained, "those of them that you will keep; the person sees it")
      ->delimiter(',');
  command->add_option("--doctype", options->doc_type, "the kind of document")->capture_default_str();
  command->add_option("--trust", options->trust_file, "the trust list: /.well-known/mibun-trust.json")->required();
  command->add_option("--certificate", options->certificate_file, "your reader certificate (PEM)");
  command->add_option("--key", options->key_file, "its key (PEM, PKCS#8)");
  command->add_option("--registration", options->registration_file,
                      "what you are registered to ask, as issued with it");
  command->add_flag("--anonymous", options->anonymous, "do not say who asks; many wallets refuse that");
  command->add_option("--issuer-list", options->issuer_list_files,
                      "FILE of a current revocation list of who signs cards, as the trust list names them (may be "
                      "repeated)");
  command->add_option("--status-list", options->status_files, "URI=FILE of a current status list (may be repeated)");
  command->add_flag("--accept-without-status", options->accept_without_status,
                    "take a card whose status no list at hand knows, and say so");
  command->callback([=, &terminal, &exit_code] { exit_code = run(terminal, *options); });
}

}  // namespace mibun::cli
