#include "tests/server/faults/served.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "platform/files/files.h"

namespace mibun::server {

using namespace std::chrono_literals;

Stage& stage() {
  if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  static Stage one;
  return one;
}

void touch(const std::string& path) {
  std::ofstream(path) << "x";
}

std::string config_with(const json::Object& more) {
  if (more.empty()) return stage().config_file();
  const Bytes text = must(files::read_file(stage().config_file(), 1 << 20));
  json::Object config = must(json::parse_object(as_text(text)));
  for (const auto& member : more) config[member.key()] = member.value();
  return stage().world().directory_.write("config-with.json", json::serialize(config));
}

Served::Served(ServedOptions given)
    : options(std::move(given)),
      data{std::filesystem::canonical(stage().new_data(options.data)).string()},
      full(stage().world().directory_.file("full")),
      failing(stage().world().directory_.file("failing")),
      read_only(stage().world().directory_.file("read-only")) {
  if (options.prepare) options.prepare(data.directory);
  std::vector<std::string> environment = options.environment;
  if (options.has_our_disk) {
    environment.insert(environment.end(),
                       {"MIBUN_DISK_ROOT=" + data.directory, "MIBUN_DISK_FULL_WHILE=" + full,
                        "MIBUN_DISK_FAILING_WHILE=" + failing, "MIBUN_DISK_READ_ONLY_WHILE=" + read_only});
  }
  start(environment);
}

Served::~Served() {
  for (const std::string& path : {full, failing, read_only}) std::filesystem::remove(path);
}

void Served::start(const std::vector<std::string>& environment) {
  server.emplace(data.directory, config_with(options.config), environment);
  REQUIRE(server->is_ready());
  stage().talk_to(*server, data.directory);
}

void Served::start_again() {
  start({"MIBUN_DISK_ROOT=" + data.directory});
}

std::string Served::event_log() const {
  const auto text = files::read_file(data.directory + "/log/mibun.jsonl", 64 << 20);
  return text ? std::string(as_text(*text)) : std::string();
}

Reply begin_registration() {
  return stage().world().send(stage().world().json_request("POST", "/api/v1/registrations", {}));
}
Reply ready() {
  return stage().world().send({.target = "/readyz"});
}
Reply signed_metadata() {
  return stage().world().send(
      {.target = "/.well-known/openid-credential-issuer", .headers = {{"Accept", "application/jwt"}}});
}

void check_refused(const Reply& reply, std::string_view code) {
  CHECK(reply.status() == 503);
  CHECK(reply.code() == code);
  CHECK(reply.text("title").size() > 10);
  CHECK(reply.text("detail").size() > 10);
  CHECK(reply.response.header("retry-after").has_value());
}

void check_reads_go_on() {
  CHECK(stage().world().send({.target = "/healthz"}).status() == 200);
  CHECK(stage().world().send({.target = "/.well-known/mibun-trust.json"}).status() == 200);
  CHECK(stage().world().send({.target = "/api/v1/public-notices"}).status() == 200);
}

bool comes_true(const std::function<bool()>& what, std::chrono::seconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!what()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

bool works_again() {
  return comes_true([] { return begin_registration().status() == 201; }) && ready().status() == 200;
}

Model check_whole(const Served& served) {
  CAPTURE(served.data.directory);
  Model model = stage().model();
  CHECK(what_was_lost(stage().world(), model, {}) == "");
  live_anew(stage().world(), model);
  return model;
}

void check_whole_and_stop(Served& served) {
  const Model model = check_whole(served);
  CHECK(served.server->stop() == 0);
  CHECK(what_is_half_done(served.data.directory, model, {}) == "");
}

}  // namespace mibun::server
