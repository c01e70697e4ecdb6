// `faults_forker DIRECTORY TIMES`: starts a program that often, while two threads write files.
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "platform/files/files.h"
#include "platform/process/process.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto write = [directory = std::string(argv[1])](const std::stop_token& stop, int number) {
    const mibun::Bytes content(512, 'a');
    const std::string path = directory + "/" + std::to_string(number);
    while (!stop.stop_requested() && mibun::files::write_file_atomic(path, content)) {
    }
  };
  const std::jthread first(write, 1), second(write, 2);
  const mibun::process::Command command{
      .argv = {"true"}, .environment = mibun::process::inherited({"PATH"}), .timeout = std::chrono::minutes(1)};
  for (int left = std::atoi(argv[2]); left > 0; --left) {
    const auto ran = mibun::process::run(command);
    if (!ran || ran->exit_code != 0) return 1;
  }
  return 0;
}
