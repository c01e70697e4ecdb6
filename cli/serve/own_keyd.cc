#include "cli/serve/own_keyd.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "core/codecs/json.h"
#include "platform/files/files.h"
#include "platform/keyd/open_key_holder.h"
#include "platform/keyd/pulse.h"
#include "platform/log/log.h"
#include "platform/process/process.h"

extern char** environ;

namespace mibun::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto kReadyTime = std::chrono::minutes(2);  // a passphrase is slow on purpose, and a token may be slow
constexpr auto kEndTime = std::chrono::seconds(10);
constexpr auto kLockTime = std::chrono::seconds(10);
constexpr milliseconds kLook{50};
constexpr milliseconds kPulse{1000};
constexpr milliseconds kPauseMin{100}, kPauseMax{10'000};
constexpr auto kWentWell = std::chrono::minutes(1);

// What is of another program: its supervisor's, or the backup's.
bool is_for_keyd(std::string_view variable) {
  return std::ranges::none_of(
      std::array<std::string_view, 5>{"NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_", "AWS_", "RESTIC_"},
      [&](std::string_view start) { return variable.starts_with(start); });
}

std::vector<std::string> environment() {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (is_for_keyd(*entry)) all.emplace_back(*entry);
  }
  return all;
}

// The file that the service reads: what the server's configuration says about keys, and the memory, which is outside of
// the directories as with keys in the server's own process.
Status write_config(const std::string& path, const std::string& config, const std::string& memory) {
  json::Object object;
  if (!config.empty()) {
    MIBUN_TRY(object, json::parse_object(config));
  }
  object.erase("service");
  if (!object.contains("memory")) object["memory"] = memory;
  return files::write_file_atomic(path, as_bytes(json::serialize(object)));
}

// Held by the last server here, or by its service, which the kernel is ending.
Result<int> lock(const std::string& path) {
  files::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return files::write_failure(path, "cannot be made");
  const auto until = SteadyClock::now() + kLockTime;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return files::write_failure(path, "cannot be locked");
    if (SteadyClock::now() >= until) return fail(ErrorCode::io_error, path, "another server has its key service here");
    std::this_thread::sleep_for(kLook);
  }
  return file.release();
}

}  // namespace

Result<std::unique_ptr<OwnKeyd>> OwnKeyd::start(const Options& options) {
  const std::string& data = options.data_directory;
  const std::string directory = data + "/keyd", config = data + "/keyd.json";
  MIBUN_TRY(const int locked, lock(data + "/keyd.own"));
  files::Descriptor held(locked);
  MIBUN_CHECK(write_config(config, options.config, keyd::memory_beside(directory)));
  std::vector<std::string> argv{"mibun",
                                "keyd",
                                "--directory",
                                directory,
                                "--signing-directory",
                                data + "/keys",
                                "--socket",
                                keyd::own_socket(data),
                                "--config",
                                config,
                                "--log",
                                data + "/log/keyd.jsonl"};
  if (!options.credentials.empty()) argv.insert(argv.end(), {"--credentials", options.credentials});
  files::Descriptor stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.valid()) return fail(ErrorCode::io_error, "eventfd", "none can be made");
  std::unique_ptr<OwnKeyd> own(
      new OwnKeyd(std::move(argv), keyd::own_socket(data), held.release(), stop.release(), options.health));
  std::unique_lock waiting(own->mutex_);
  own->changed_.wait(waiting, [&] { return own->first_.has_value(); });
  if (!*own->first_) return fail(ErrorCode::keyd_unavailable, "keyd", "the key service ended before it was ready");
  return own;
}

OwnKeyd::OwnKeyd(std::vector<std::string> argv, std::string socket, int lock, int stop,
                 std::shared_ptr<server::KeyServiceHealth> health)
    : argv_(std::move(argv)),
      socket_(std::move(socket)),
      lock_(lock),
      stop_(stop),
      health_(std::move(health)),
      thread_([this] { run(); }) {}

OwnKeyd::~OwnKeyd() {
  static_cast<void>(::eventfd_write(stop_.get(), 1));
  thread_.join();
}

void OwnKeyd::tell_first(bool is_well) {
  const std::lock_guard lock(mutex_);
  if (!first_) first_ = is_well;
  changed_.notify_all();
}

void OwnKeyd::run() {
  auto length = kPauseMin;
  for (bool is_first = true;; is_first = false) {
    const auto began = SteadyClock::now();
    const bool is_ready = start_child();
    if (is_ready && !is_first) log::info("key_service_started_again");
    tell_first(is_ready);
    if (!is_ready && is_first) return;
    health_->set(is_ready);
    const Seen seen = is_ready ? watch() : Seen::ended;
    health_->set(false);
    if (seen == Seen::stop) return end_child();
    if (seen == Seen::hung) {
      log::error("key_service_hung");
      ::kill(child_.pid, SIGKILL);
    }
    if (is_ready) {
      log::error("key_service_ended", {{"exit_code", static_cast<std::int64_t>(process::wait_for(child_.pid))}});
      ::close(std::exchange(child_.output, -1));
    }
    if (is_ready && SteadyClock::now() - began >= kWentWell) length = kPauseMin;
    if (!pause(length)) return;
    length = std::min(length * 2, kPauseMax);
  }
}

// Its first line on standard output is that it is ready.
bool OwnKeyd::start_child() {
  process::Command command{.argv = argv_, .environment = environment(), .timeout = {}};
  command.program = "/proc/self/exe";  // this very program, also when another was installed meanwhile
  command.keeps_open = lock_.get();
  const auto started = process::start(command);
  if (!started) {
    log::error("key_service_not_started", {{"code", to_string(started.error().code)}});
    return false;
  }
  child_ = {started->pid, started->output};
  const auto until = SteadyClock::now() + kReadyTime;
  char c = 0;
  while (c != '\n') {
    const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now()).count();
    std::array<pollfd, 2> open{{{child_.output, POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    const int ready = left <= 0 ? 0 : ::poll(open.data(), open.size(), static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready > 0 && open[1].revents == 0 && ::read(child_.output, &c, 1) == 1) continue;
    ::kill(child_.pid, SIGKILL);
    log::error("key_service_not_started", {{"exit_code", static_cast<std::int64_t>(process::wait_for(child_.pid))}});
    ::close(std::exchange(child_.output, -1));
    return false;
  }
  return true;
}

OwnKeyd::Seen OwnKeyd::watch() {
  keyd::Pulse pulse(socket_);
  for (;;) {
    if (!pulse.beats(SteadyClock::now())) return Seen::hung;
    std::array<pollfd, 2> open{{{child_.output, POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    if (::poll(open.data(), open.size(), static_cast<int>(kPulse.count())) <= 0) continue;
    if (open[1].revents != 0) return Seen::stop;
    std::array<char, 256> said{};
    const ssize_t got = ::read(child_.output, said.data(), said.size());
    if (got == 0 || (got < 0 && errno != EINTR)) return Seen::ended;
  }
}

void OwnKeyd::end_child() {
  ::kill(child_.pid, SIGTERM);
  const auto until = SteadyClock::now() + kEndTime;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now()).count();
    pollfd open{child_.output, POLLIN, 0};
    std::array<char, 256> said{};
    const int ready = left <= 0 ? 0 : ::poll(&open, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready > 0 && ::read(child_.output, said.data(), said.size()) > 0) continue;
    if (ready == 0) ::kill(child_.pid, SIGKILL);
    break;
  }
  static_cast<void>(process::wait_for(child_.pid));
  ::close(std::exchange(child_.output, -1));
}

bool OwnKeyd::pause(milliseconds length) const {
  pollfd open{stop_.get(), POLLIN, 0};
  const auto until = SteadyClock::now() + length;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now()).count();
    const int ready = left <= 0 ? 0 : ::poll(&open, 1, static_cast<int>(left));
    if (ready >= 0) return ready == 0;
  }
}

}  // namespace mibun::cli
