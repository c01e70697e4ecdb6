#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "platform/http/request_head.h"

namespace mibun::http {

// The chunked transfer coding of RFC 9112, section 7.1, fed piece by piece:
//   chunk = 1*HEXDIG [ chunk-ext ] CRLF data CRLF; last-chunk = 1*"0" ... CRLF; trailers; CRLF
// Extensions are checked and ignored, trailers checked and dropped. After done() or an error the object is used up.
class ChunkedBody {
 public:
  explicit ChunkedBody(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  // Takes `bytes` and appends data to `body`. Returns how many bytes were taken: all, or up to the body's end when
  // done(). 400, 413 (as soon as a chunk size says so), 431 (trailers).
  Parsed<std::size_t> take(std::string_view bytes, std::string& body);
  bool done() const { return state_ == State::done; }

 private:
  enum class State { size_line, data, data_end, trailer_line, done };

  Parsed<void> end_line(std::string_view line, std::size_t body_bytes);
  Parsed<void> read_size_line(std::string_view line, std::size_t body_bytes);
  Parsed<std::size_t> take_line(std::string_view bytes, std::size_t body_bytes);

  std::size_t body_bytes_max_;
  State state_ = State::size_line;
  std::string line_;           // the unfinished line
  std::size_t data_left_ = 0;  // of the chunk
  std::size_t trailer_bytes_ = 0;
};

}  // namespace mibun::http
