#include "tests/server/steps/at_server.h"

#include "tests/server/killed/judge.h"

namespace mibun::server {

std::string AtServer::before() {
  if (before_.empty()) {
    before_ = fresh_folder("before " + name());
    copy_folder(stage().world().data_directory(), before_ + "/data");
  }
  return before_;
}

bool AtServer::perform(const Try& one) {
  model = stage().model();
  ServerProcess server(one.data(), stage().config_file(), one.disk_while_counting(one.data()));
  if (!server.is_ready()) throw std::runtime_error("it does not start");
  stage().talk_to(server, one.data());
  get_ready();
  bool answered = false;
  try {
    const Counting counting(one);
    ask();
    answered = true;
  } catch (const ServerGone&) {
  }
  if (one.way == Way::killed) {
    server.kill();
  } else {
    static_cast<void>(server.stop());  // the power goes right after, when it has not gone before
  }
  return answered;
}

std::string AtServer::judge(const Try& one, bool acknowledged) {
  TestWorld& w = stage().world();
  if (std::string wrong = look_at(one.data()); !wrong.empty()) return wrong;
  {
    ServerProcess server(one.data(), stage().config_file(), {});
    if (!server.is_ready()) return "it does not start again";
    stage().talk_to(server, one.data());
    const auto may_be = acknowledged ? std::nullopt : doubt();
    if (std::string lost = what_was_lost(w, model, may_be); !lost.empty()) return lost;
    if (!acknowledged) {
      ask_again();
      if (std::string lost = what_was_lost(w, model, {}); !lost.empty()) return "asked again: " + lost;
    }
    live_anew(w, model);
    if (const int code = server.stop(); code != 0) return "it ends with " + std::to_string(code);
  }
  if (std::string half = what_is_half_done(one.data(), model, {}); !half.empty()) return half;
  return look_again_at(one.data());
}

}  // namespace mibun::server
