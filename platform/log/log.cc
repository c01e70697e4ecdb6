#include "platform/log/log.h"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "core/base/time.h"
#include "platform/log/json_line.h"

namespace mibun::log {
namespace {

constexpr int kClosed = 1000;  // above every level

std::atomic<int> minimum_level{kClosed};
std::atomic<const char*> status_of_clock{""};
std::mutex logger_mutex;
std::shared_ptr<spdlog::logger> logger;

// Created private: which events happened when is the operator's business alone.
spdlog::sink_ptr file_sink(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return nullptr;
  ::close(fd);
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
  } catch (const spdlog::spdlog_ex&) {
    return nullptr;
  }
}

std::shared_ptr<spdlog::logger> current() {
  const std::lock_guard lock(logger_mutex);
  return logger;
}

}  // namespace

void open(const std::string& path, Level minimum) {
  spdlog::sink_ptr sink = path.empty() ? nullptr : file_sink(path);
  const bool failed = !path.empty() && sink == nullptr;
  if (sink == nullptr) sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto opened = std::make_shared<spdlog::logger>("mibun", std::move(sink));
  opened->set_pattern("%v");
  opened->set_level(spdlog::level::trace);
  opened->flush_on(spdlog::level::trace);  // a line is out when write() returns, whatever ends the process next
  {
    const std::lock_guard lock(logger_mutex);
    logger = std::move(opened);
  }
  minimum_level = static_cast<int>(minimum);
  if (failed) error("log_file_not_opened");
}

void set_clock_status(const char* constant) {
  status_of_clock = constant;
}

std::string_view clock_status() {
  return status_of_clock.load();
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (static_cast<int>(level) < minimum_level) return;
  const std::string line = json_line(SystemClock().now(), level, event, fields, clock_status());
  if (const auto to = current()) to->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void flush() {
  if (const auto to = current()) to->flush();
}

}  // namespace mibun::log
