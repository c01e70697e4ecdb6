#include "cli/operator/legal_hold.h"

#include "core/codecs/json.h"
#include "core/crypto/hash.h"
#include "core/crypto/public_key.h"
#include "core/jose/jwe.h"
#include "core/jose/jwk.h"
#include "platform/files/files.h"
#include "server/legal_hold/envelope.h"

// What a law keeps is read here and nowhere else: the server hands out sealed texts, and the keys of the two people who
// open them are files of theirs.
namespace mibun::cli {
namespace {

constexpr std::size_t kKeyBytesMax = 16 * 1024;
const std::string kHolds = "/api/v1/staff/legal-holds";
const std::string kOpenings = "/api/v1/staff/legal-hold-openings";

struct Options {
  std::string hold_id, opening_id, case_number, authority, article, vault_key_file, recipient_file, out_file;
  std::vector<std::string> fields;
};

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr) return {};
  if (const auto* string = value->if_string()) return {string->data(), string->size()};
  return json::serialize(*value);
}

void show_hold(const Terminal& terminal, const json::Object& hold) {
  terminal.line(terminal.bold(text_of(hold, "hold_id")) + "  " + text_of(hold, "law") + " " + text_of(hold, "article") +
                "  " + text_of(hold, "controller") +
                terminal.dim(std::string(terminal.say({"  until ", "  期限 "})) + text_of(hold, "until")));
  terminal.line("  " + std::string(terminal.say({"account on the receipt: ", "受領証のアカウント: "})) +
                text_of(hold, "account"));
  terminal.line("  " + text_of(hold, "fields"));
}

void show_opening(const Terminal& terminal, const json::Object& opening) {
  terminal.line(terminal.bold(text_of(opening, "opening_id")) + "  " + text_of(opening, "case_number") + "  " +
                text_of(opening, "authority") + "  " + text_of(opening, "article"));
  terminal.line("  " + text_of(opening, "fields"));
  for (const char* step : {"requested", "approved"}) {
    if (!opening.contains(std::string(step) + "_at")) continue;
    terminal.line("  " + std::string(step) + ": " + text_of(opening, std::string(step) + "_by") + "  " +
                  text_of(opening, std::string(step) + "_at"));
  }
  if (opening.contains("read_at")) terminal.line("  read: " + text_of(opening, "read_at"));
}

Result<crypto::P256PrivateKey> read_vault_key(const std::string& file) {
  MIBUN_TRY(const Bytes text, files::read_file(file, kKeyBytesMax));
  return jose::parse_private_jwk(as_text(text));
}

// To the key that the authority gave, so that nothing in the clear leaves this terminal.
Result<std::string> seal_export(const json::Object& content, const std::string& recipient_file) {
  MIBUN_TRY(const std::string text, read_text_file(recipient_file));
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  MIBUN_TRY(const jose::Jwk jwk, jose::Jwk::parse(object));
  MIBUN_TRY(const crypto::P256PublicKey key, jwk.p256());
  crypto::SystemRng rng;
  return jose::encrypt_jwe(crypto::PublicKey(key), {}, as_bytes(json::serialize(content)), rng);
}

// The first of the two opens the outside and passes the inside on.
Status open_outside(ApiClient& client, const Terminal& terminal, const Options& options,
                    const crypto::P256PrivateKey& key) {
  MIBUN_TRY(const auto sealed, client.send("GET", kOpenings + "/" + options.opening_id + "/envelopes"));
  json::Object halves;
  for (const auto& member : sealed.body.at("fields").as_object()) {
    MIBUN_TRY(halves[member.key()], server::legal_hold::open_outer(std::string_view(member.value().as_string()), key));
  }
  const json::Object body{{"fields", std::move(halves)}};
  MIBUN_CHECK(client.send("POST", kOpenings + "/" + options.opening_id + "/halves", json::serialize(body)));
  terminal.line(Text{"Your half is open. The other person reads it within an hour.",
                     "あなたの鍵で開けました。もう 1 人が 1 時間以内に読み取ります。"});
  return {};
}

Status read_inside(ApiClient& client, const Terminal& terminal, const Options& options, const json::Object& opening,
                   const crypto::P256PrivateKey& key) {
  MIBUN_TRY(const auto halves, client.send("POST", kOpenings + "/" + options.opening_id + "/reading", "{}"));
  json::Object content{{"opening", opening}}, values;
  const std::string hold_id = text_of(opening, "hold_id");
  for (const auto& member : halves.body.at("fields").as_object()) {
    MIBUN_TRY(values[member.key()],
              server::legal_hold::open_inner(std::string_view(member.value().as_string()), key, hold_id, member.key()));
  }
  if (options.recipient_file.empty()) {
    for (const auto& member : values) {
      terminal.line("  " + std::string(member.key()) + ": " + json::serialize(member.value()));
    }
    return {};
  }
  content["values"] = std::move(values);
  MIBUN_TRY(const std::string exported, seal_export(content, options.recipient_file));
  MIBUN_CHECK(files::write_new_file(options.out_file, as_bytes(exported)));
  terminal.line(options.out_file);
  return {};
}

Status open_opening(ApiClient& client, const Terminal& terminal, const Options& options, const std::string& own_id) {
  MIBUN_TRY(const crypto::P256PrivateKey key, read_vault_key(options.vault_key_file));
  MIBUN_TRY(const auto opening, client.send("GET", kOpenings + "/" + options.opening_id));
  show_opening(terminal, opening.body);
  if (text_of(opening.body, "second_person") == own_id) {
    return read_inside(client, terminal, options, opening.body, key);
  }
  return open_outside(client, terminal, options, key);
}

}  // namespace

void add_legal_hold_commands(CLI::App& operator_command, const Terminal& terminal, const BindDeed& deed,
                             const std::string& own_id) {
  auto options = std::make_shared<Options>();
  CLI::App* holds =
      operator_command.add_subcommand("legal-hold", "what a law keeps of people who have gone / 法令による保存");
  holds->require_subcommand(1);
  holds->fallthrough();
  deed(holds->add_subcommand("list", "what is kept, until when, without a value"),
       [&terminal](ApiClient& client) -> Status {
         MIBUN_TRY(const auto answer, client.send("GET", kHolds));
         for (const json::Value& row : answer.body.at("holds").as_array()) show_hold(terminal, row.as_object());
         return {};
       });
  deed(holds->add_subcommand("openings", "who had what opened, newest first"),
       [&terminal](ApiClient& client) -> Status {
         MIBUN_TRY(const auto answer, client.send("GET", kOpenings));
         for (const json::Value& row : answer.body.at("openings").as_array()) show_opening(terminal, row.as_object());
         return {};
       });

  CLI::App* request = holds->add_subcommand("request", "ask to open fields for an order of an authority");
  request->add_option("hold_id", options->hold_id)->required();
  request->add_option("--case", options->case_number, "the authority's number")->required();
  request->add_option("--authority", options->authority, "who orders it")->required();
  request->add_option("--article", options->article, "by which article")->required();
  request->add_option("--field", options->fields, "one that the order names; may be given again")->required();
  deed(request, [=, &terminal](ApiClient& client) -> Status {
    json::Array fields;
    for (const std::string& field : options->fields) fields.push_back(json::Value(field));
    const json::Object body{{"case_number", options->case_number},
                            {"authority", options->authority},
                            {"article", options->article},
                            {"fields", std::move(fields)}};
    MIBUN_TRY(const auto answer,
              client.send("POST", kHolds + "/" + options->hold_id + "/openings", json::serialize(body)));
    show_opening(terminal, answer.body);
    return {};
  });

  CLI::App* approve = holds->add_subcommand("approve", "approve an opening that somebody else asked for");
  approve->add_option("opening_id", options->opening_id)->required();
  deed(approve, [=, &terminal](ApiClient& client) -> Status {
    MIBUN_TRY(const auto answer, client.send("POST", kOpenings + "/" + options->opening_id + "/approval", "{}"));
    show_opening(terminal, answer.body);
    return {};
  });

  CLI::App* open = holds->add_subcommand("open", "with your vault key; the first opens, then the second reads");
  open->add_option("opening_id", options->opening_id)->required();
  open->add_option("--vault-key", options->vault_key_file, "your private key of the vault (JWK file)")->required();
  CLI::Option* out = open->add_option("--out", options->out_file, "a new file, sealed to --recipient");
  CLI::Option* recipient = open->add_option("--recipient", options->recipient_file, "the authority's public key (JWK)");
  out->needs(recipient);
  recipient->needs(out);
  deed(open, [=, &terminal, &own_id](ApiClient& client) -> Status {
    return open_opening(client, terminal, *options, own_id);
  });
}

}  // namespace mibun::cli
