#include "core/codecs/zlib.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace mibun::zlib {
namespace {

class Inflater {
 public:
  Inflater() { ready_ = ::inflateInit(&stream_) == Z_OK; }
  ~Inflater() {
    if (ready_) ::inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

Bytes deflate(BytesView data, Effort effort) {
  uLongf size = ::compressBound(static_cast<uLong>(data.size()));
  Bytes out(size);
  const int level = effort == Effort::best ? Z_BEST_COMPRESSION : effort == Effort::balanced ? 6 : Z_BEST_SPEED;
  const int rc = ::compress2(out.data(), &size, data.data(), static_cast<uLong>(data.size()), level);
  MIBUN_INVARIANT(rc == Z_OK);
  out.resize(size);
  return out;
}

Result<Bytes> inflate(BytesView data, std::size_t bytes_max) {
  if (data.size() > std::numeric_limits<uInt>::max()) return fail(ErrorCode::zlib_too_large);
  Inflater inflater;
  if (!inflater.ready()) return fail(ErrorCode::unavailable, "zlib");
  z_stream& stream = inflater.stream();
  stream.next_in = const_cast<Bytef*>(data.data());  // zlib's interface predates const; it only reads
  stream.avail_in = static_cast<uInt>(data.size());

  // The output grows with what really came out, never with what the input promises.
  Bytes out;
  std::array<std::uint8_t, 16 * 1024> chunk;
  for (;;) {
    stream.next_out = chunk.data();
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int rc = ::inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = chunk.size() - stream.avail_out;
    if (made > bytes_max - out.size()) return fail(ErrorCode::zlib_too_large);
    out.insert(out.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(made));
    if (rc == Z_STREAM_END) break;
    // Z_BUF_ERROR here means that the input ended too early: there is always room for output.
    if (rc != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) return fail(ErrorCode::zlib_malformed);
  }
  if (stream.avail_in != 0) return fail(ErrorCode::zlib_malformed, {}, "bytes after the end of the stream");
  return out;
}

}  // namespace mibun::zlib
