#pragma once

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

// "127.0.0.1:8443" of every TCP socket that a process listens on, from what the kernel tells about it.
namespace listening {

// "0100007F:20FB" -> "127.0.0.1:8443"; of IPv6 the hexadecimal form as it is.
inline std::string readable(const std::string& address) {
  const std::size_t colon = address.find(':');
  const std::string port = std::to_string(std::stoul(address.substr(colon + 1), nullptr, 16));
  if (colon != 8) return address.substr(0, colon) + ":" + port;
  std::string host;
  for (std::size_t at = 8; at > 0; at -= 2) {
    host += std::to_string(std::stoul(address.substr(at - 2, 2), nullptr, 16)) + (at > 2 ? "." : "");
  }
  return host + ":" + port;
}

inline std::set<std::string> inodes_of(pid_t process) {
  std::set<std::string> inodes;
  for (const auto& file : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(file.path(), gone).string();
    if (target.starts_with("socket:[")) inodes.insert(target.substr(8, target.size() - 9));
  }
  return inodes;
}

inline std::set<std::string> addresses_of(pid_t process) {
  const std::set<std::string> inodes = inodes_of(process);
  std::set<std::string> addresses;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);  // the names of the columns
    while (std::getline(in, line)) {
      std::istringstream words(line);
      std::string number, local, remote, state, queues, timer, retransmitted, user, timeout, inode;
      words >> number >> local >> remote >> state >> queues >> timer >> retransmitted >> user >> timeout >> inode;
      if (state == "0A" && inodes.contains(inode)) addresses.insert(readable(local));
    }
  }
  return addresses;
}

}  // namespace listening
