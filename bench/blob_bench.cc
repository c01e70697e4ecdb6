#include "bench/blob_bench.h"

#include "core/crypto/hash.h"
#include "platform/blobs/format.h"

namespace mibun::bench {
namespace {

constexpr blobs::Belonging kBelonging{"person", "00112233445566778899aabbccddeeff"};

}  // namespace

struct BlobBench::Impl {
  crypto::SystemRng rng;
  Bytes key = rng.bytes(blobs::kKeySize);
  Bytes content = rng.bytes(kContentBytes);
  Bytes sealed = blobs::seal(key, kBelonging, content, rng);
};

BlobBench::BlobBench(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlobBench::BlobBench(BlobBench&&) noexcept = default;
BlobBench::~BlobBench() = default;

Result<BlobBench> BlobBench::make() {
  BlobBench made(std::make_unique<Impl>());
  MIBUN_CHECK(made.open());
  return made;
}

Status BlobBench::seal() {
  const Bytes sealed = blobs::seal(impl_->key, kBelonging, impl_->content, impl_->rng);
  return sealed.size() == impl_->sealed.size() ? Status{} : fail(ErrorCode::internal_error, "seal_file");
}

Status BlobBench::open() {
  MIBUN_TRY(const Bytes content, blobs::open(impl_->key, kBelonging, impl_->sealed));
  return content.size() == kContentBytes ? Status{} : fail(ErrorCode::internal_error, "open_file");
}

}  // namespace mibun::bench
