#include "cli/partner/command.h"

#include <functional>
#include <memory>

#include "cli/client/options.h"
#include "core/crypto/certificate_make.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "platform/files/files.h"
#include "platform/qr/symbol.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kAnswerBytesMax = 2 * 1024 * 1024;

struct PartnerOptions {
  ClientOptions client;
  std::vector<std::string> claims;
  std::string vct = "urn:mibun:identity:1", query_file, transaction_file, request_id, session_secret, response_code,
              receipt_file, answer_file;
  bool same_device = false, cross_device = false, browser = false, unencrypted = false, by_value = false;
  std::string reader_name, directory = ".", deletion_id;
};

// "age_equal_or_over.20" -> ["age_equal_or_over","20"]
json::Array claims_path(std::string_view dotted) {
  json::Array path;
  while (true) {
    const auto dot = dotted.find('.');
    path.emplace_back(dotted.substr(0, dot));
    if (dot == std::string_view::npos) return path;
    dotted.remove_prefix(dot + 1);
  }
}

Result<json::Object> query(const PartnerOptions& options) {
  if (!options.query_file.empty()) {
    MIBUN_TRY(const std::string text, read_text_file(options.query_file));
    return json::parse_object(text);
  }
  json::Array claims;
  for (const std::string& name : options.claims) {
    json::Object claim;
    claim["path"] = claims_path(name);
    claims.push_back(std::move(claim));
  }
  json::Object meta;
  meta["vct_values"] = json::Array{json::Value(options.vct)};
  json::Object credential;
  credential["id"] = "identity";
  credential["format"] = "dc+sd-jwt";
  credential["meta"] = std::move(meta);
  credential["claims"] = std::move(claims);
  json::Object dcql;
  dcql["credentials"] = json::Array{std::move(credential)};
  return dcql;
}

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  const auto* string = value == nullptr ? nullptr : value->if_string();
  return string == nullptr ? std::string() : std::string(string->data(), string->size());
}

// As the partner's page would show it; only where somebody can scan it.
void draw_code(const Terminal& terminal, const std::string& link) {
  if (!terminal.is_colourful()) return;
  if (const auto symbol = qr::Symbol::encode(link))
    terminal.line(qr::half_blocks(*symbol, qr::Colours::black_on_white));
}

Status ask(ApiClient& client, const Terminal& terminal, const PartnerOptions& options) {
  json::Object body;
  MIBUN_TRY(body["dcql_query"], query(options));
  body["mode"] = options.browser ? "dc_api" : options.cross_device ? "cross_device" : "same_device";
  if (options.by_value) body["request_by"] = "value";
  if (options.unencrypted) body["response_mode"] = options.browser ? "dc_api" : "direct_post";
  if (!options.transaction_file.empty()) {
    MIBUN_TRY(const std::string text, read_text_file(options.transaction_file));
    MIBUN_TRY(json::Object transaction, json::parse_object(text));
    body["transaction_data"] = json::Array{std::move(transaction)};
  }
  MIBUN_TRY(const auto answer, client.send("POST", "/api/v1/partner/requests", json::serialize(body)));
  terminal.line("request_id: " + text_of(answer.body, "request_id"));
  if (const json::Value* requests = answer.body.if_contains("dc_api_requests")) {
    terminal.line("dc_api_requests: " + json::serialize(*requests));
  } else {
    terminal.line("wallet_link: " + text_of(answer.body, "wallet_link"));
  }
  terminal.line("session_secret: " + text_of(answer.body, "session_secret"));
  if (options.cross_device) {
    terminal.line("pairing_code: " + text_of(answer.body, "pairing_code"));
    draw_code(terminal, text_of(answer.body, "wallet_link"));
  }
  terminal.line("expires_at: " + text_of(answer.body, "expires_at"));
  return {};
}

Status show_state(ApiClient& client, const Terminal& terminal, const PartnerOptions& options) {
  MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/partner/requests/" + options.request_id));
  terminal.line("state: " + text_of(answer.body, "state"));
  return {};
}

// What the page got from the browser: the DigitalCredential's data.
Status hand_over(ApiClient& client, const Terminal& terminal, const PartnerOptions& options) {
  MIBUN_TRY(const std::string text, read_text_file(options.answer_file));
  MIBUN_TRY(json::Object data, json::parse_object(text, {.bytes_max = kAnswerBytesMax}));
  json::Object body;
  body["session_secret"] = options.session_secret;
  body["data"] = std::move(data);
  const std::string path = "/api/v1/partner/requests/" + options.request_id + "/answer";
  MIBUN_TRY(const auto answer, client.send("POST", path, json::serialize(body)));
  terminal.line("state: " + text_of(answer.body, "state"));
  return {};
}

Status take_result(ApiClient& client, const Terminal& terminal, const PartnerOptions& options) {
  json::Object body;
  body["session_secret"] = options.session_secret;
  if (!options.response_code.empty()) body["response_code"] = options.response_code;
  MIBUN_TRY(const auto answer,
            client.send("POST", "/api/v1/partner/requests/" + options.request_id + "/result", json::serialize(body)));
  if (const json::Value* claims = answer.body.if_contains("claims"))
    terminal.line("claims: " + json::serialize(*claims));
  terminal.line("presentation_channel: " + text_of(answer.body, "presentation_channel"));
  terminal.line("verified_at: " + text_of(answer.body, "verified_at"));
  if (options.receipt_file.empty()) return {};
  const std::string receipt = text_of(answer.body, "consent_receipt");
  if (receipt.empty()) {
    terminal.line(Text{"There is no receipt: the person's wallet is one that proves no consent.",
                       "受領証はありません: 同意を証明しないウォレットからの回答です。"});
    return {};
  }
  MIBUN_CHECK(write_text_file(options.receipt_file, receipt));
  terminal.line("receipt: " + options.receipt_file);
  return {};
}

// The key is made here and stays here; the server certifies its public half.
Status certify_reader(ApiClient& client, const Terminal& terminal, const PartnerOptions& options) {
  const std::string base = options.directory + "/reader";
  const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const SecretBytes pem = crypto::private_key_pem(key);
  MIBUN_CHECK(files::write_new_file(base + ".key", pem.reveal()));
  const json::Object body{{"name", options.reader_name}, {"jwk", jose::Jwk(key.public_key()).to_json()}};
  MIBUN_TRY(const auto answer, client.send("POST", "/api/v1/partner/readers", json::serialize(body)));
  MIBUN_CHECK(write_text_file(base + ".pem", text_of(answer.body, "certificate")));
  MIBUN_CHECK(write_text_file(base + ".registration", text_of(answer.body, "registration")));
  terminal.line("reader_id: " + text_of(answer.body, "reader_id"));
  terminal.line("expires_at: " + text_of(answer.body, "expires_at"));
  terminal.line("files: " + base + ".key, " + base + ".pem, " + base + ".registration");
  return {};
}

// deletion_id, state, when it is due, and the receipt that it is about.
void show_deletion(const Terminal& terminal, const json::Object& deletion) {
  terminal.line(text_of(deletion, "deletion_id") + "  " + text_of(deletion, "state") +
                terminal.dim(std::string(terminal.say({"  due ", "  期限 "})) + text_of(deletion, "due_at")));
  terminal.line("  receipt_id: " + text_of(deletion, "receipt_id") + "  shared_at: " + text_of(deletion, "shared_at"));
}

Status list_deletions(ApiClient& client, const Terminal& terminal, const PartnerOptions&) {
  MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/partner/deletion-requests"));
  const json::Array& rows = answer.body.at("deletion_requests").as_array();
  if (rows.empty()) terminal.line(Text{"Nobody asked for a deletion.", "削除の依頼はありません。"});
  for (const json::Value& row : rows) show_deletion(terminal, row.as_object());
  return {};
}

Status answer_deletion(ApiClient& client, const Terminal& terminal, const PartnerOptions& options,
                       std::string_view state) {
  const std::string body = json::serialize(json::Object{{"state", state}});
  MIBUN_TRY(const auto answer, client.send("POST", "/api/v1/partner/deletion-requests/" + options.deletion_id, body));
  show_deletion(terminal, answer.body);
  return {};
}

Status receive_deletion(ApiClient& client, const Terminal& terminal, const PartnerOptions& options) {
  return answer_deletion(client, terminal, options, "received");
}

Status finish_deletion(ApiClient& client, const Terminal& terminal, const PartnerOptions& options) {
  return answer_deletion(client, terminal, options, "done");
}

}  // namespace

void add_partner_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  auto options = std::make_shared<PartnerOptions>();
  CLI::App* command = app.add_subcommand("partner", "an organisation that asks / 情報を求める提供先");
  command->require_subcommand(1);
  command->fallthrough();
  add_client_options(*command, options->client);
  using Deed = Status (*)(ApiClient&, const Terminal&, const PartnerOptions&);
  const auto deed = [=, &terminal, &exit_code](CLI::App* sub, Deed work) {
    sub->callback([=, &terminal, &exit_code] {
      const SystemClock clock;
      crypto::SystemRng rng;
      auto client = open_client(options->client, clock, rng);
      const Status done = client ? work(*client, terminal, *options) : Status(std::unexpected(client.error()));
      exit_code = done ? kExitOk : terminal.report(done.error());
    });
  };
  CLI::App* request = command->add_subcommand("request", "ask for claims; prints the link for the wallet");
  auto* what = request->add_option_group("what is asked for")->require_option(1);
  auto* claims =
      what->add_option("--claims", options->claims, "given_name,family_name,age_equal_or_over.20")->delimiter(',');
  what->add_option("--query", options->query_file, "file with a dcql_query: several cards, either format");
  request->add_option("--vct", options->vct, "type of the credential of --claims")
      ->capture_default_str()
      ->needs(claims);
  request->add_option("--transaction-data", options->transaction_file,
                      "file with one object of transaction_data: what the person approves by sharing");
  auto* same =
      request->add_flag("--same-device", options->same_device, "the wallet is on the device that asks (the default)");
  request->add_flag("--cross-device", options->cross_device, "the wallet is on another device: a code is shown, too")
      ->excludes(same);
  request->add_flag("--browser", options->browser, "the page passes the request on (Digital Credentials API)")
      ->excludes("--same-device")
      ->excludes("--cross-device");
  request->add_flag("--unencrypted", options->unencrypted,
                    "the answer comes in the clear, where the gateway's configuration allows it");
  request->add_flag("--by-value", options->by_value,
                    "the link has the whole request, where the gateway's configuration allows it");
  deed(request, ask);
  CLI::App* answer = command->add_subcommand("answer", "hand over what the page got from the browser");
  answer->add_option("request_id", options->request_id)->required();
  answer->add_option("file", options->answer_file, "{\"response\": \"...\"}")->required();
  answer->add_option("--session-secret", options->session_secret, "of the session that made the request")->required();
  deed(answer, hand_over);
  CLI::App* status = command->add_subcommand("status", "waiting, answered, delivered, refused, locked or expired");
  status->add_option("request_id", options->request_id)->required();
  deed(status, show_state);
  CLI::App* result = command->add_subcommand("result", "the verified claims, once");
  result->add_option("request_id", options->request_id)->required();
  result->add_option("--session-secret", options->session_secret, "of the session that made the request")->required();
  result->add_option("--response-code", options->response_code, "that came back with the person (same device)");
  result->add_option("--receipt", options->receipt_file, "keep the consent receipt in this file");
  deed(result, take_result);
  CLI::App* deletion = command->add_subcommand("deletion", "what people asked to have deleted / 削除の依頼");
  deletion->require_subcommand(1);
  deletion->fallthrough();
  deed(deletion->add_subcommand("list", "each with the id of its consent receipt"), list_deletions);
  CLI::App* received = deletion->add_subcommand("received", "tell the person that the request arrived");
  received->add_option("deletion_id", options->deletion_id)->required();
  deed(received, receive_deletion);
  CLI::App* done = deletion->add_subcommand("done", "tell the person that it is deleted; this is not taken back");
  done->add_option("deletion_id", options->deletion_id)->required();
  deed(done, finish_deletion);
  CLI::App* reader = command->add_subcommand("reader", "a certificate for a device that asks at close range");
  reader->add_option("name", options->reader_name, "what you call the device: Counter 1")->required();
  reader->add_option("--out", options->directory, "where its key, certificate and registration go")
      ->capture_default_str();
  deed(reader, certify_reader);
}

}  // namespace mibun::cli
