#include "cli/keys/command.h"

#include <algorithm>
#include <memory>

#include "core/crypto/hash.h"
#include "core/crypto/x509.h"
#include "platform/files/files.h"
#include "platform/keyd/open_key_holder.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kConfigBytesMax = 1024 * 1024;

struct Options {
  std::string data, config, name;
};

// The member "keyd" of `mibun serve --config`, which is the one that says where the keys are.
Result<keyd::Settings> read_config(const std::string& path) {
  if (path.empty()) return keyd::Settings();
  MIBUN_TRY(const Bytes text, files::read_file(path, kConfigBytesMax));
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(text)));
  json::ObjectReader reader(object, "config");
  MIBUN_TRY(const json::Object* keyd, reader.optional_object("keyd"));  // the others are the server's
  if (keyd == nullptr) return keyd::Settings();
  json::ObjectReader of_keyd(*keyd, "config.keyd");
  MIBUN_TRY(keyd::Settings settings, keyd::read_settings(of_keyd));
  MIBUN_CHECK(of_keyd.finish());
  return settings;
}

Result<std::unique_ptr<keyd::SigningKeys>> open_keys(const Options& options, Rng& rng) {
  MIBUN_TRY(const keyd::Settings configured, read_config(options.config));
  const keyd::Settings settings = keyd::reached(configured, options.data);
  const std::string directory = options.data + "/keys";
  // Nothing is begun here: a wrong path is an error.
  if (settings.socket.empty() && !files::exists(directory + "/master.key")) {
    return fail(ErrorCode::not_found, directory, "is not the key directory of a server");
  }
  const std::string table = options.data + "/keyd";
  return keyd::open_signing_keys(
      settings, {.directory = directory, .default_directory = table, .default_memory = keyd::memory_beside(table)},
      rng);
}

struct State {
  Text text;
  std::string until;
};

// `signing`: the generation of that name that signs now; 0: none.
Result<State> state_of(const keyd::SigningKey& key, std::uint32_t signing) {
  State state{{"waits for its certificate", "証明書の発行待ち"}, {}};
  if (key.is_retired) {
    state.text = {"retired", "引退"};
  } else if (key.id.generation == signing) {
    state.text = {"signs", "署名に使用中"};
  } else if (!keyd::find_signing_name(key.id.name)->is_certified) {
    state.text = {"serves who subscribed to it", "この鍵で登録済みの通知に使用中"};
  } else if (!key.chain.empty()) {
    state.text = {"verifies", "検証のみ"};
  }
  if (!key.chain.empty()) {
    MIBUN_TRY(const auto certificate, crypto::Certificate::parse(key.chain.front()));
    state.until = to_jst_string(certificate.not_after());
  }
  return state;
}

Status list(const Options& options, const Terminal& terminal) {
  crypto::SystemRng rng;
  MIBUN_TRY(const auto keys, open_keys(options, rng));
  MIBUN_TRY(const auto all, keys->list());
  for (const keyd::SigningKey& key : all) {
    const bool is_certified = keyd::find_signing_name(key.id.name)->is_certified;
    std::uint32_t signing = 0;
    for (const keyd::SigningKey& other : all) {
      if (other.id.name == key.id.name && !other.is_retired && (!is_certified || !other.chain.empty())) {
        signing = std::max(signing, other.id.generation);
      }
    }
    MIBUN_TRY(const State state, state_of(key, signing));
    std::string line =
        key.id.name + " " + std::to_string(key.id.generation) + "  " + std::string(terminal.say(state.text));
    if (!state.until.empty()) line += terminal.dim(std::string(terminal.say({"  until ", "  期限 "})) + state.until);
    terminal.line(line);
  }
  return {};
}

Status rotate(const Options& options, const Terminal& terminal) {
  const keyd::SigningName* row = keyd::find_signing_name(options.name);
  if (row == nullptr) return fail(ErrorCode::invalid_argument, "name", "there is no such signing key: mibun keys list");
  crypto::SystemRng rng;
  MIBUN_TRY(const auto keys, open_keys(options, rng));
  MIBUN_TRY(const auto all, keys->list());
  const keyd::SigningKey* newest = nullptr;
  for (const keyd::SigningKey& key : all) {
    if (key.id.name == options.name) newest = &key;  // by generation
  }
  if (newest == nullptr)
    return fail(ErrorCode::not_found, options.name, "the server makes the first one when it starts");
  if (row->is_certified && newest->chain.empty()) {
    return fail(ErrorCode::keyd_key_exists, options.name,
                "the newest has no certificate yet: let the server give it one");
  }
  const keyd::SigningKeyId next{options.name, newest->id.generation + 1};
  MIBUN_CHECK(keys->create(next));
  terminal.line(std::string(terminal.say({"made: ", "作成しました: "})) + next.name + " " +
                std::to_string(next.generation));
  if (row->purpose == keyd::Purpose::certify) {
    terminal.line(Text{"Start the server again: it publishes this authority, and signs below it seven days later.",
                       "サーバーを再起動してください。公開されてから 7 日後に、署名に使われ始めます。"});
  } else if (!row->is_certified) {
    terminal.line(
        Text{"The server takes it up within a minute. Browsers that subscribed to the one before are served with it "
             "until they subscribe again.",
             "サーバーが 1 分以内に使い始めます。以前の鍵で登録したブラウザには、登録し直すまで以前の鍵で届けます。"});
  } else {
    terminal.line(Text{"The server certifies it within a minute and signs with it from then on.",
                       "サーバーが 1 分以内に証明書を発行し、以後この鍵で署名します。"});
  }
  return {};
}

}  // namespace

void add_keys_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  CLI::App* command = app.add_subcommand("keys", "signing keys: list, make a successor / 署名鍵の一覧と後継の作成");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* description, auto deed) {
    auto options = std::make_shared<Options>();
    CLI::App* one = command->add_subcommand(name, description);
    one->add_option("--data", options->data, "the server's data directory")->required();
    one->add_option("--config", options->config, "the server's configuration: its \"keyd\" says where the keys are");
    one->callback([=, &terminal, &exit_code] {
      const Status done = deed(*options, terminal);
      exit_code = done ? kExitOk : terminal.report(done.error());
    });
    return std::pair(one, options);
  };
  add("list", "every signing key, whether it signs, and until when it verifies", list);
  const auto [one, options] = add("rotate", "make the next key of a name; the one before verifies to its end", rotate);
  one->add_option("name", options->name, "issuer, document-signer, receipt, ...: mibun keys list")->required();
}

}  // namespace mibun::cli
