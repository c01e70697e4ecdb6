// Hot paths one by one with Google Benchmark, then the share of the raw limit: core_bench [--rounds=N]
// [--benchmark_...]
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "bench/core_bench.h"
#include "bench/raw_limit.h"
#include "core/crypto/hash.h"
#include "core/jose/jwe.h"
#include "core/jose/jws.h"

namespace {

using namespace mibun;

void two_raw_verifications(benchmark::State& state) {
  bench::RawLimit raw;
  for (auto _ : state) benchmark::DoNotOptimize(raw.verify_two());
}
BENCHMARK(two_raw_verifications)->Unit(benchmark::kMicrosecond);

void verify_presentation(benchmark::State& state) {
  auto bench = bench::PresentationBench::make();
  MIBUN_INVARIANT(bench.has_value());
  for (auto _ : state) {
    if (!bench->verify()) state.SkipWithError("refused");
  }
}
BENCHMARK(verify_presentation)->Unit(benchmark::kMicrosecond);

void verify_jws_1500_bytes(benchmark::State& state) {
  const auto key = crypto::P256PrivateKey::generate();
  const auto text = jose::sign_jws({{"typ", "t"}}, json::Object{{"a", std::string(1100, 'x')}}, key);
  MIBUN_INVARIANT(text.has_value());
  const auto public_key = key.public_key();
  for (auto _ : state) {
    auto jws = jose::Jws::parse(*text);
    if (!jws || !std::move(*jws).verify(public_key, {.typ = "t"})) state.SkipWithError("refused");
  }
}
BENCHMARK(verify_jws_1500_bytes)->Unit(benchmark::kMicrosecond);

void decrypt_jwe_3000_bytes(benchmark::State& state) {
  const auto key = crypto::P256PrivateKey::generate();
  crypto::SystemRng rng;
  const auto text = jose::encrypt_jwe(key.public_key(), {}, Bytes(3000), rng);
  MIBUN_INVARIANT(text.has_value());
  for (auto _ : state) {
    const auto jwe = jose::Jwe::parse(*text, jose::kEcdhEsDirect);
    if (!jwe || !jwe->decrypt(key)) state.SkipWithError("refused");
  }
}
BENCHMARK(decrypt_jwe_3000_bytes)->Unit(benchmark::kMicrosecond);

// Takes "--rounds=N" out of the arguments; 15 when absent.
int take_rounds(int& argc, char** argv) {
  constexpr std::string_view kName = "--rounds=";
  int rounds = 15;
  int kept = 0;
  for (int i = 0; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kName)) {
      rounds = std::atoi(argument.substr(kName.size()).data());
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  return rounds;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = take_rounds(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  const auto share = bench::measure_library_share(rounds);
  if (!share) {
    std::fprintf(stderr, "core_bench: %s\n", std::string(to_string(share.error().code)).c_str());
    return 1;
  }
  std::printf("presentation of %zu bytes: %.0f/s, two raw verifications: %.0f/s, share %.3f (median of %d rounds)\n",
              share->presentation_bytes, share->presentations_per_second, share->raw_pairs_per_second, share->ratio,
              rounds);
  return 0;
}
