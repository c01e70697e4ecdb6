#pragma once

#include <string>
#include <vector>

// Requests as they arrive, and the status each has to get: used against the parser alone and through sockets.
struct RequestRow {
  std::string why, bytes;
  int status;  // 200: accepted
};

// The body limit that the rows count on; the head limits are the defaults.
inline constexpr std::size_t kRowBodyBytesMax = 1000;

std::vector<RequestRow> refused_heads();
std::vector<RequestRow> refused_bodies();
std::vector<RequestRow> accepted_requests();
