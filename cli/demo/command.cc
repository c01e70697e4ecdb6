#include "cli/demo/command.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <utility>

#include "cli/demo/story.h"
#include "cli/serve/serve.h"
#include "platform/files/files.h"
#include "server/web/files.h"

namespace mibun::cli {
namespace {

struct DemoOptions {
  std::string state = ".mibun/demo";
  std::uint16_t port = 8443;
  bool once = false;
};

constexpr std::string_view kMark = "this folder is made anew by each `mibun demo`\n";

// One demonstration per folder; the lock goes with the process.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path) : file_(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    held_ = file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) == 0;
  }
  ~FolderLock() {
    if (file_ >= 0) ::close(file_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return held_; }

 private:
  int file_;
  bool held_ = false;
};

// Puts away what an earlier run left, also one that was cut off. Only a folder with our mark is ever removed.
Status start_fresh(const std::string& state) {
  const std::string mark = state + "/MADE-BY-MIBUN-DEMO";
  std::error_code error;
  if (files::exists(state)) {
    if (!files::exists(mark) && !std::filesystem::is_empty(state, error)) {
      return fail(ErrorCode::invalid_argument, "--state", "the folder is not one that mibun demo made; choose another");
    }
    std::filesystem::remove_all(state, error);
    if (error) return fail(ErrorCode::io_error, "--state", "the folder of the last run could not be removed");
  }
  MIBUN_CHECK(files::make_private_directory(state));
  return files::write_new_file(mark, as_bytes(kMark));
}

void show_addresses(const Terminal& terminal, const std::string& origin, const LoopbackPorts& ports,
                    const DemoWorld& world) {
  const auto address = [&](const std::string& url, const Text& what) {
    terminal.line("  " + url + std::string(url.size() < 34 ? 34 - url.size() : 1, ' ') +
                  std::string(terminal.say(what)));
  };
  terminal.line();
  terminal.line(terminal.bold(terminal.say({"Still serving. Addresses for a browser on this machine:",
                                            "引き続き動いています。このマシンのブラウザーで開くアドレス:"})));
  if (server::web::embedded_files().empty()) {
    terminal.line(
        terminal.say({"  (built without the wallet's page)", "  (ウォレットのページなしでビルドされています)"}));
  } else {
    address(ports.wallet_origin() + "/", {"the wallet", "ウォレット"});
  }
  address(ports.shop_origin() + "/", {"a shop that asks", "確認を求めるお店"});
  address(ports.office_origin() + "/", {"the review office: two people approve there what the wallet handed in",
                                        "審査室 (ウォレットから提出された本人確認を、二人が承認する)"});
  address(origin + "/", {"what runs here", "このサーバーの説明"});
  address(origin + "/openapi.json", {"the API", "API の説明"});
  terminal.line("  " + std::string(terminal.say({"certificate to trust: ", "信頼する証明書: "})) +
                world.server_directory + "/keys/tls-root.crt");
  terminal.line(terminal.say(
      {"  By hand: register in the wallet and prove your identity with the simulated passport, approve the case in the "
       "office as both reviewers, receive the card in the wallet, and share in the shop.",
       "  手で試すには: ウォレットで登録し、模擬パスポートで本人確認 → 審査室で二人が承認 → "
       "ウォレットでカードを受け取る → お店で提供する。"}));
  terminal.line(terminal.say({"  Ctrl-C ends it.", "  Ctrl-C で終了します。"}));
}

int run_demo(const DemoOptions& options, const Terminal& terminal) {
  const auto started = std::chrono::steady_clock::now();
  const std::string state = std::filesystem::absolute(options.state).lexically_normal().string();
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(state).parent_path(), error);
  const FolderLock lock(state + ".lock");
  if (!lock.held()) {
    terminal.error_line(terminal.bad(
        terminal.say({"Another demonstration runs in this folder. End it, or choose another "
                      "--state.",
                      "このフォルダーで別のデモが動いています。終了するか、別の --state を選んでください。"})));
    return kExitAlreadyRunning;
  }
  if (auto fresh = start_fresh(state); !fresh) return terminal.report(fresh.error());
  auto world = open_demo_world(state, SystemClock().now());
  if (!world) return terminal.report(world.error());

  std::signal(SIGPIPE, SIG_IGN);
  int server_exit = kExitRefused;
  auto server = ServerChild::start({"--lang", terminal.language() == Language::japanese ? "ja" : "en", "serve",
                                    "--demo", "--own-keyd", "--state", state, "--port", std::to_string(options.port)},
                                   server_exit);
  if (!server) return server_exit == kExitOk ? kExitRefused : server_exit;  // the server has said why
  const std::string origin = "https://localhost:" + std::to_string(options.port);
  terminal.line(terminal.bold("mibun 身分") + terminal.dim("  " + origin));

  Story story(terminal, *world, origin);
  if (const Status told = story.tell(); !told) return terminal.report(told.error());
  const auto seconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  terminal.line();
  const std::string time = std::to_string(seconds.count() / 1000) + "." + std::to_string(seconds.count() % 1000 / 100);
  terminal.line(terminal.good(terminal.language() == Language::japanese
                                  ? "物語は最後まで進みました (" + time + " 秒)。"
                                  : "The story is told to its end (" + time + " s)."));
  if (options.once) return kExitOk;
  show_addresses(terminal, origin, LoopbackPorts::beside(options.port), *world);
  // Ctrl-C reaches the server as well, which ends by itself; this process only waits for it.
  std::signal(SIGINT, SIG_IGN);
  return server->wait();
}

}  // namespace

void add_demo_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* command =
      app.add_subcommand("demo", "the whole life story against a server of its own / 一連の物語を再生する");
  command->add_flag("--once", options->once, "end after the story");
  command->add_option("--port", options->port, "port of the server")->capture_default_str();
  command->add_option("--state", options->state, "folder; made anew each time")->capture_default_str();
  command->callback([=, &terminal, &exit_code] { exit_code = run_demo(*options, terminal); });
}

}  // namespace mibun::cli
