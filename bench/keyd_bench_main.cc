// keyd_bench [--tiny] [--token MODULE LABEL PIN_FILE]: records sealed and opened and cards signed per second, by a
// holder in this process, by one whose keys are in a token, and by a key service in another process; and what one round
// trip to it takes. Google Benchmark's JSON. Time is wall-clock: with a service, the work is another process'.
#include <benchmark/benchmark.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "platform/keyd/guarded_key_holder.h"
#include "platform/keyd/open_key_holder.h"
#include "platform/keyd/rated_signing_keys.h"
#include "platform/keyd/remote_key_holder.h"
#include "platform/keyd/remote_signing_keys.h"
#include "platform/keyd/service.h"
#include "platform/keyd/stored_signing_keys.h"

namespace {

using namespace mibun;
using benchmark::State;
using keyd::KeyHolder;
using keyd::PersonId;
using keyd::RecordName;

constexpr std::size_t kRecordSize = 1024;
const RecordName kName{"card", "row", 1};  // of no purpose
crypto::SystemRng rng;

struct Arguments {
  bool is_tiny = false;
  std::optional<keyd::TokenObjects> token;
};

Arguments read_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string one = argv[i];
    if (one == "--tiny") arguments.is_tiny = true;
    if (one == "--token" && i + 3 < argc) {
      arguments.token = keyd::TokenObjects{argv[i + 1], argv[i + 2], keyd::SecretFile{argv[i + 3]}};
      i += 3;
    }
  }
  return arguments;
}

// A directory that goes with this object.
class Scratch {
 public:
  Scratch() : path_(std::filesystem::temp_directory_path() / ("mibun-keyd-bench-" + hex::encode(rng.bytes(8)))) {
    std::filesystem::create_directory(path_);
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A key service of its own process, on files.
class OtherProcess {
 public:
  OtherProcess(const std::string& directory, std::string socket) {
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ != 0) return;
    auto holder = keyd::EmbeddedKeyHolder::open(directory, rng);
    auto service = keyd::Service::listen({.socket_path = std::move(socket), .peers = {}});
    if (!holder || !service) ::_exit(1);
    auto signing_keys = keyd::StoredSigningKeys::open_files(directory + "/signing", rng);
    if (!signing_keys) ::_exit(1);
    const keyd::OpenRate no_limit{.per_second = 1e9, .burst = 1e9};
    const keyd::OpenRates rates{{keyd::Purpose::unlisted, no_limit}, {keyd::Purpose::sign_card, no_limit}};
    keyd::GuardedKeyHolder guarded(**holder, rates);
    keyd::RatedSigningKeys rated(**signing_keys, rates);
    (*service)->start(guarded, &rated);
    if (::getppid() == parent) (*service)->run(::eventfd(0, 0));
    ::_exit(0);
  }
  OtherProcess(const OtherProcess&) = delete;
  ~OtherProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  Result<std::unique_ptr<KeyHolder>> client(const std::string& socket) const {
    for (;;) {
      auto holder = keyd::RemoteKeyHolder::open({.socket_path = socket});
      if (holder) return std::unique_ptr<KeyHolder>(std::move(*holder));
      if (::waitpid(pid_, nullptr, WNOHANG) != 0) return pass_error(holder);  // it ended, so it will not listen
      ::usleep(1000);
    }
  }

 private:
  pid_t pid_ = -1;
};

void skip(State& state, const Error& error) {
  state.SkipWithError((std::string(to_string(error.code)) + " at " + error.where).c_str());
}

template <class Work>
void time_operation(State& state, Work&& work) {
  for (auto _ : state) {
    if (const auto done = work(); !done) return skip(state, done.error());
  }
  state.SetItemsProcessed(state.iterations());
}

void add(const std::string& name, const Arguments& arguments, std::function<void(State&)> run) {
  auto* added =
      benchmark::RegisterBenchmark(name.c_str(), std::move(run))->Unit(benchmark::kMicrosecond)->UseRealTime();
  if (arguments.is_tiny) added->Iterations(2);
}

// One person's key is used again and again, as in a request.
Status register_records(const std::string& where, KeyHolder& keys, const Arguments& arguments) {
  const PersonId person{"person-bench"};
  MIBUN_CHECK(keys.create_person_key(person));
  const auto text = std::make_shared<const Bytes>(kRecordSize);
  MIBUN_TRY(Bytes sealed, keys.seal(person, kName, *text));
  const auto record = std::make_shared<const Bytes>(std::move(sealed));
  add(where + "/seal_1k", arguments,
      [=, &keys](State& state) { time_operation(state, [&] { return keys.seal(person, kName, *text); }); });
  add(where + "/open_1k", arguments,
      [=, &keys](State& state) { time_operation(state, [&] { return keys.open(person, kName, *record); }); });
  add(where + "/create_person_key", arguments, [=, &keys](State& state) {
    time_operation(state, [&] { return keys.create_person_key({hex::encode(rng.bytes(16))}); });
  });
  return {};
}

// What an issuer signs of an SD-JWT VC: a header with its certificate, and a payload of the size of a small card.
std::string card_to_sign() {
  const std::string header = R"({"alg":"ES256","typ":"dc+sd-jwt","x5c":[")" + std::string(900, 'A') + "\"]}";
  return base64url::encode(header) + "." + base64url::encode(std::string(kRecordSize, 'x'));
}

Status register_signing(const std::string& where, keyd::SigningKeys& keys, const Arguments& arguments) {
  const keyd::SigningKeyId id{"issuer", 1};
  MIBUN_CHECK(keys.create(id));
  const auto message = std::make_shared<const std::string>(card_to_sign());
  add(where + "/sign_card", arguments, [=, &keys](State& state) {
    time_operation(state, [&] { return keys.sign(keyd::Purpose::sign_card, id, as_bytes(*message)); });
  });
  return {};
}

// Every key of the table goes out of one epoch and into the next: per rotation, of a hundred keys.
Status register_rotation(const std::string& where, KeyHolder& keys, const Arguments& arguments) {
  for (int i = 0; i < 100; ++i) MIBUN_CHECK(keys.create_person_key({"rotated-" + std::to_string(i)}));
  add(where + "/rotate_100_keys", arguments,
      [&keys](State& state) { time_operation(state, [&] { return keys.rotate_epoch(); }); });
  return {};
}

Status run(const Arguments& arguments) {
  const Scratch scratch;
  // First, while this process has one thread.
  const OtherProcess other(scratch.file("service"), scratch.file("sock"));
  MIBUN_TRY(const auto remote, other.client(scratch.file("sock")));
  MIBUN_TRY(const auto embedded, keyd::open_key_holder({}, scratch.file("embedded"), rng));
  MIBUN_TRY(const auto rotated, keyd::open_key_holder({}, scratch.file("rotated"), rng));
  std::unique_ptr<KeyHolder> on_token;
  if (arguments.token) {
    keyd::Settings settings;
    settings.epoch_keys = *arguments.token;
    MIBUN_TRY(on_token, keyd::open_key_holder(settings, scratch.file("on_token"), rng));
  }
  MIBUN_CHECK(register_records("embedded", *embedded, arguments));
  MIBUN_CHECK(register_rotation("embedded", *rotated, arguments));
  if (on_token) {
    MIBUN_CHECK(register_rotation("token", *on_token, arguments));
    MIBUN_CHECK(register_records("token", *on_token, arguments));
  }
  MIBUN_CHECK(register_records("service", *remote, arguments));
  const auto in_folder = [&](const char* name) {
    return keyd::SigningPlaces{
        .directory = scratch.file(name), .default_directory = scratch.file("none"), .default_memory = {}};
  };
  MIBUN_TRY(const auto signing_here, keyd::open_signing_keys({}, in_folder("signing"), rng));
  MIBUN_TRY(const auto signing_there, keyd::RemoteSigningKeys::open({.socket_path = scratch.file("sock")}));
  std::unique_ptr<keyd::SigningKeys> signing_on_token;
  if (arguments.token) {
    keyd::Settings settings;
    settings.signing_keys = *arguments.token;
    MIBUN_TRY(signing_on_token, keyd::open_signing_keys(settings, in_folder("signing_on_token"), rng));
  }
  MIBUN_CHECK(register_signing("embedded", *signing_here, arguments));
  if (signing_on_token) MIBUN_CHECK(register_signing("token", *signing_on_token, arguments));
  MIBUN_CHECK(register_signing("service", *signing_there, arguments));
  add("service/round_trip", arguments,
      [&](State& state) { time_operation(state, [&] { return remote->lookup_hash("bench", as_bytes("value")); }); });

  static std::string program = "keyd_bench";
  static char* of_its_own[] = {program.data(), nullptr};
  int count = 1;
  benchmark::Initialize(&count, of_its_own);
  benchmark::AddCustomContext("crypto_library", crypto::library_version());
  benchmark::JSONReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const Status done = run(read_arguments(argc, argv));
  if (done) return 0;
  std::fprintf(stderr, "keyd_bench: %s at %s: %s\n", std::string(to_string(done.error().code)).c_str(),
               done.error().where.c_str(), done.error().detail.c_str());
  return 1;
}
