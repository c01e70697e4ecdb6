#include "platform/http/chunked_body.h"

#include <algorithm>
#include <charconv>

#include "platform/http/characters.h"

namespace mibun::http {
namespace {

constexpr std::size_t kSizeDigitsMax = 8;
constexpr std::size_t kSizeLineBytesMax = 256;
constexpr std::size_t kTrailerBytesMax = 4096;

std::unexpected<Refusal> refuse(int status, std::string_view reason) {
  return std::unexpected<Refusal>(Refusal{status, reason});
}

}  // namespace

Parsed<void> ChunkedBody::read_size_line(std::string_view line, std::size_t body_bytes) {
  const std::size_t digits = std::min(line.find(';'), line.size());
  const std::string_view size = line.substr(0, digits);
  if (size.empty() || size.size() > kSizeDigitsMax || !all_in(kHexDigit, size)) {
    return refuse(400, "a chunk size is malformed");
  }
  if (!is_field_text(line.substr(digits))) return refuse(400, "a chunk extension has a control character");
  std::from_chars(size.data(), size.data() + size.size(), data_left_, 16);
  if (data_left_ > body_bytes_max_ - body_bytes) return refuse(413, "the body is too large");
  state_ = data_left_ == 0 ? State::trailer_line : State::data;
  return {};
}

Parsed<void> ChunkedBody::end_line(std::string_view line, std::size_t body_bytes) {
  if (state_ == State::size_line) return read_size_line(line, body_bytes);
  if (state_ == State::data_end) {  // take_line() has seen that there is nothing but CRLF
    state_ = State::size_line;
    return {};
  }
  if (line.empty()) {
    state_ = State::done;
    return {};
  }
  if (const auto trailer = parse_header_line(line); !trailer) return std::unexpected(trailer.error());
  return {};
}

// Up to the next LF. Lines are short, so collecting them costs nothing and every split of the bytes reads the same.
Parsed<std::size_t> ChunkedBody::take_line(std::string_view bytes, std::size_t body_bytes) {
  const std::size_t end = bytes.find('\n');
  const std::size_t count = end == std::string_view::npos ? bytes.size() : end + 1;
  const bool trailer = state_ == State::trailer_line;
  if (trailer) {
    trailer_bytes_ += count;
    if (trailer_bytes_ > kTrailerBytesMax) return refuse(431, "the trailers are too large");
  } else if (line_.size() + count > kSizeLineBytesMax) {
    return refuse(400, "a chunk size line is too long");
  }
  line_.append(bytes.substr(0, count));
  // What follows a chunk's data is exactly CRLF; waiting for a whole line would hide the mistake.
  if (state_ == State::data_end && !std::string_view("\r\n").starts_with(line_)) {
    return refuse(400, "a chunk is longer than its size");
  }
  if (end == std::string_view::npos) return count;
  if (!line_.ends_with("\r\n")) return refuse(400, "a line ends with a bare LF");
  const std::string line = std::exchange(line_, {});
  if (auto ended = end_line(std::string_view(line).substr(0, line.size() - 2), body_bytes); !ended) {
    return std::unexpected(ended.error());
  }
  return count;
}

Parsed<std::size_t> ChunkedBody::take(std::string_view bytes, std::string& body) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !done()) {
    if (state_ == State::data) {
      const std::size_t count = std::min(data_left_, bytes.size() - taken);
      body.append(bytes.substr(taken, count));
      taken += count;
      data_left_ -= count;
      if (data_left_ == 0) state_ = State::data_end;
      continue;
    }
    const auto line = take_line(bytes.substr(taken), body.size());
    if (!line) return std::unexpected(line.error());
    taken += *line;
  }
  return taken;
}

}  // namespace mibun::http
